package bench

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

const (
	// linkBatches bounds the batches on their way to one partition, batchSize
	// one of them, in bytes: 53 moves.
	linkBatches = 64
	batchSize   = 1 << 10
	// linkSlots bounds the frames of one partition that are not answered yet,
	// slotSize is the room for an answer.
	linkSlots = 1024
	slotSize  = max(codec.ReplyLen, codec.JoinedLen)
)

var processStart = time.Now()

// nanotime is the monotonic clock in nanoseconds since the process began.
func nanotime() int64 { return int64(time.Since(processStart)) }

// link is the crowd's connection to one partition: rings of frames in both
// directions, each with one writer and one reader, so it takes no lock. To the
// actor it is a peer.
type link struct {
	actor *actor.Actor
	meter *meter // or nil

	// the crowd's end
	batch   []byte // under construction, or nil
	batches uint64 // begun
	sent    uint64 // frames
	got     uint64 // answers

	_       [64]byte      // the two ends do not share a cache line
	taken   atomic.Uint64 // batches
	arrived atomic.Uint64 // answers

	// the actor's end
	since   int64 // when it began with what it has in hand
	inHand  int
	service actor.Counts // of moves, decode to encode
	serving int64        // their sum, in nanoseconds

	ring  [linkBatches][batchSize]byte
	slots [linkSlots][slotSize]byte
}

// Recycle is called when a batch's frames have been copied and before the first
// of them is decoded: here the service of its moves begins.
func (l *link) Recycle(buffer []byte) {
	if l.inHand == 0 {
		l.since = nanotime()
	}
	for frames := buffer; len(frames) > 0; l.inHand++ {
		_, _, rest, err := codec.Next(frames)
		if err != nil {
			panic("bench: a frame that was just written cannot be read")
		}
		frames = rest
	}
	l.taken.Add(1)
}

// Send is called when the answers have been encoded: there it ends. Moves that
// were served together took the same share of the time.
func (l *link) Send(frames []byte) bool {
	took, at, n := nanotime()-l.since, l.arrived.Load(), uint64(0)
	if l.meter != nil {
		l.meter.answered(frames, l.since+took)
	}
	for len(frames) > 0 {
		_, _, rest, err := codec.Next(frames)
		if err != nil || len(frames)-len(rest) > slotSize {
			panic("bench: a partition answers with something else than an answer")
		}
		copy(l.slots[(at+n)%linkSlots][:], frames[:len(frames)-len(rest)])
		frames = rest
		n++
	}
	for range n {
		l.service.Add(took / int64(n))
	}
	l.serving += took
	l.inHand -= int(n)
	l.since = nanotime()
	l.arrived.Add(n)
	return true
}

// waiting is how many frames are not answered yet, as the crowd knows it.
func (l *link) waiting() int { return int(l.sent - l.got) }

// room reports whether another frame can be sent now.
func (l *link) room() bool {
	return l.waiting() < linkSlots &&
		(l.batch != nil && len(l.batch)+codec.MaxFrame <= batchSize || l.batch == nil && l.batches-l.taken.Load() < linkBatches)
}

// next is where the next frame is appended; room comes first.
func (l *link) next() []byte {
	if l.batch == nil {
		l.batch = l.ring[l.batches%linkBatches][:0]
		l.batches++
	}
	l.sent++
	return l.batch
}

// submit gives the batch under construction to the partition.
func (l *link) submit(ctx context.Context) error {
	b := codec.Batch{Peer: l, Frames: l.batch, ReadAt: nanotime()}
	l.batch = nil
	return l.actor.Submit(ctx, b)
}

// answer is the next answer's frame, or nil.
func (l *link) answer() []byte {
	if l.got == l.arrived.Load() {
		return nil
	}
	l.got++
	return l.slots[(l.got-1)%linkSlots][:]
}

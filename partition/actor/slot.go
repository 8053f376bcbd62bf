package actor

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// slot is one record on its way to the journal and what it will release.
type slot struct {
	at       codec.Index
	last     codec.Tick
	clock    uint64 // after it
	state    uint64
	chain    codec.Hash
	record   []byte
	frames   []byte
	joining  []joining
	closedAt int64 // nanotime
	moves    int
	pending  Pending
	err      error // the journal's answer
}

// joining is a subscriber that gets the view as of this record before it
// follows the releases after it.
type joining struct {
	peer codec.Peer
	view []byte
	from codec.DeltaSeq
}

// ring holds the slots. The actor fills them, the pen writes them, the actor
// releases them, all in order.
type ring struct {
	slots [maxSlots]slot
	head  int // next to fill
	used  int
}

func (r *ring) free() int { return maxSlots - r.used }

// newRing makes a ring whose first slots have their buffers.
func newRing() *ring {
	r := new(ring)
	for i := range readySlots {
		r.slots[i].make()
	}
	return r
}

// make gives the slot buffers for the largest record and the fullest outbox.
func (s *slot) make() {
	s.record, s.frames = make([]byte, 0, codec.MaxRecord), make([]byte, 0, partition.MaxOutbox)
}

// take is the next slot to fill, emptied. As long as the journal keeps up it is
// one of the first, so the others need no buffers.
func (r *ring) take() *slot {
	if r.used == maxSlots {
		panic("actor: a record is closed without a free slot")
	}
	if r.used == 0 {
		r.head = 0
	}
	s := &r.slots[r.head]
	if s.record == nil {
		s.make()
	}
	r.head = (r.head + 1) % maxSlots
	r.used++
	*s = slot{record: s.record[:0], frames: usual(s.frames), joining: s.joining[:0]}
	return s
}

// give returns the oldest slot.
func (r *ring) give() { r.used-- }

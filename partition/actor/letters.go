package actor

import (
	"bytes"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// letterbox stands for a neighbour in the mailbox. Its letters are answered by
// letters of their own, when the record is durable, so nothing goes back this way.
type letterbox struct {
	free chan []byte // buffers for letters
}

func newLetterbox() *letterbox {
	l := &letterbox{make(chan []byte, letterBuffers)}
	for range letterBuffers {
		l.free <- make([]byte, 0, letterBuffer)
	}
	return l
}

func (*letterbox) Send([]byte) bool { return true }

// Recycle takes a buffer back; one more than there were is let go.
func (l *letterbox) Recycle(buffer []byte) {
	select {
	case l.free <- buffer:
	default:
	}
}

// copy puts letters into a buffer of their own.
func (l *letterbox) copy(frames []byte) []byte {
	select {
	case buffer := <-l.free:
		return append(buffer[:0], frames...)
	default:
		return bytes.Clone(frames)
	}
}

// Deliver takes letters of other partitions, as their port Post sends them:
// whole frames, which the actor copies. It never waits; false: they are lost,
// and will be sent again.
func (a *Actor) Deliver(frames []byte) bool {
	select {
	case <-a.stopped:
		return false
	default:
	}
	batch := codec.Batch{Peer: a.letters, Frames: a.letters.copy(frames), ReadAt: a.cfg.Nanotime()}
	select {
	case a.mailbox <- batch:
		return true
	default:
		a.letters.Recycle(batch.Frames)
		return false
	}
}

// letter steps what another partition says about a player. The core answers it
// in its outbox, or not at all.
func (a *Actor) letter(typ codec.Type, payload []byte) error {
	var to codec.PartitionID
	switch typ {
	case codec.TypeArrive:
		l, err := codec.ParseArrive(payload)
		if err != nil {
			return err
		}
		a.in, to = l.Input(), l.To
	case codec.TypeArrived:
		l, err := codec.ParseArrived(payload)
		if err != nil {
			return err
		}
		a.in, to = l.Input(), l.From
	}
	if to != a.cfg.Partition {
		return fmt.Errorf("a letter for partition %d: %w", to, codec.ErrValue)
	}
	a.step()
	return nil
}

// address is the partition that a frame of the outbox is for; false: it is for
// everybody who follows.
func address(typ codec.Type, payload []byte) (codec.PartitionID, bool) {
	switch typ {
	case codec.TypeArrive:
		l, err := codec.ParseArrive(payload)
		return l.To, err == nil
	case codec.TypeArrived:
		l, err := codec.ParseArrived(payload)
		return l.From, err == nil
	}
	return 0, false
}

// post sends the letters in hand.
func (a *Actor) post() error {
	for frames := a.mail; len(frames) > 0; {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			return fmt.Errorf("read back a letter of partition %d: %w", a.cfg.Partition, err)
		}
		to, _ := address(typ, payload)
		a.cfg.Post(to, frames[:len(frames)-len(rest)])
		frames = rest
	}
	a.mail = a.mail[:0]
	return nil
}

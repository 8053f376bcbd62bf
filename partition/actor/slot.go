package actor

import "github.com/huntgraph/huntgraph/codec"

// slot is one record on its way to the journal and what it will release.
type slot struct {
	at       codec.Index
	last     codec.Tick
	state    uint64
	chain    codec.Hash
	record   []byte
	frames   []byte
	snapshot []byte // of a base record: the state that the round starts from
	joining  []joining
	closedAt int64 // nanotime
	moves    int
	err      error // the journal's answer
}

// joining is a subscriber that gets the view as of this record before it
// follows the releases after it.
type joining struct {
	peer codec.Peer
	view []byte
	from codec.DeltaSeq
}

// ring holds the slots. The actor fills them in order, the pen writes them in
// order, the actor releases them in order.
type ring struct {
	slots [maxSlots]slot
	head  int // next to fill
	used  int
}

func newRing() *ring {
	r := new(ring)
	for i := range r.slots {
		r.slots[i].record = make([]byte, 0, slotRecord)
		r.slots[i].frames = make([]byte, 0, slotFrames)
	}
	return r
}

func (r *ring) free() int { return maxSlots - r.used }

// take is the next slot to fill, emptied.
func (r *ring) take() *slot {
	if r.used == maxSlots {
		panic("actor: a record is closed without a free slot")
	}
	s := &r.slots[r.head]
	r.head = (r.head + 1) % maxSlots
	r.used++
	*s = slot{record: s.record[:0], frames: s.frames[:0], joining: s.joining[:0]}
	return s
}

// give returns the oldest slot.
func (r *ring) give() { r.used-- }

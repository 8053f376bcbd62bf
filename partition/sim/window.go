package sim

import "github.com/huntgraph/huntgraph/codec"

// fate is what became of a record that was begun.
type fate uint8

const (
	closed    fate = iota // not begun
	sent                  // on its way
	broken                // not sent, refused, or without an answer
	repairing             // it is read back, and appended once more
	durable
)

// write begins to append the next records, as many as may be under way. A base
// waits until all before it are durable: what comes first in a round is decided
// in that round's stream. Nothing is begun behind a base that is under way.
func (o *owner) write() {
	for !o.gone && o.begun < min(len(o.slots), window) {
		s := o.slots[o.begun]
		if o.begun > 0 && (s.at.Seq == 1 && o.h.planted != earlyBase || o.slots[o.begun-1].at.Seq == 1) {
			return
		}
		o.begun++
		s.fate = sent
		if s.at.Seq == 1 {
			o.work(s)
			continue
		}
		o.send(s)
	}
}

// send appends a record. If the one before it is under way it must be the one
// that stands there; if that one is broken there is no place yet.
func (o *owner) send(s *slot) {
	before := codec.Hash{}
	if o.begun > 1 {
		last := o.slots[o.begun-2]
		if last.fate != sent {
			s.fate = broken
			return
		}
		before = last.chain
		o.h.Pipelined++
	}
	st := o.h.stores[o.p]
	o.h.ask(st, func() answer { return st.append(s.at, s.record, before) }, func(a answer) {
		o.do(func() {
			if a.done {
				o.settled(s, durable)
			} else {
				o.settled(s, broken)
			}
		})
	})
}

// settled notes what became of a record, and goes on with the oldest of those
// that were begun: they are released, or repaired, in order.
func (o *owner) settled(s *slot, f fate) {
	s.fate = f
	for o.begun > 0 && !o.gone {
		oldest := o.slots[0]
		if oldest.fate == broken && o.h.planted == carryOn && o.begun > 1 {
			oldest.fate = durable
		}
		if oldest.fate == broken {
			oldest.fate = repairing
			o.find(oldest.at, oldest.record, func() { o.settled(oldest, durable) })
		}
		if oldest.fate != durable {
			break
		}
		o.slots = o.slots[1:]
		o.begun--
		o.release(oldest)
		if !o.serving { // the first record of its epoch
			o.serve()
		}
	}
	o.write()
	o.boundaries() // ticks may have waited for the slot
}

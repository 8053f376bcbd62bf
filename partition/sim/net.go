package sim

import (
	"bytes"

	"github.com/huntgraph/huntgraph/codec"
)

// network is how bad it is at present; the chances are in 100.
type network struct {
	loss, doubles, late int
	lateness            int64 // how late a late message is at most
}

// send brings something to another place: late, lost, doubled, or after what was
// sent later.
func (h *hunt) send(arrive func()) {
	for again := true; again; again = h.rng.IntN(100) < h.net.doubles {
		if h.rng.IntN(100) < h.net.loss {
			h.Lost++
			continue
		}
		delay := 1 + h.rng.Int64N(8)
		if h.rng.IntN(100) < h.net.late {
			delay += h.rng.Int64N(h.net.lateness)
		}
		h.after(delay, arrive)
	}
}

// deliver sends frames to whoever is taken for a partition's owner; answer is
// given what comes back, and by whom.
func (h *hunt) deliver(p codec.PartitionID, frames []byte, answer func(o *owner, frames []byte)) {
	frames = bytes.Clone(frames)
	h.send(func() {
		s := h.seats[p]
		o := s.owner
		if len(s.old) > 0 && h.rng.IntN(6) == 0 {
			o = s.old[h.rng.IntN(len(s.old))] // an old route
		}
		if o != nil {
			o.do(func() { o.hear(frames, answer) })
		}
	})
}

// ask has the journal do something. done gets the answer, or after a while none.
func (h *hunt) ask(st *store, do func() answer, done func(answer)) {
	ended := false
	end := func(a answer) {
		if !ended {
			ended = true
			done(a)
		}
	}
	h.send(func() {
		st.serve(func() {
			if a := do(); a.heard {
				h.send(func() { end(a) })
			}
		})
	})
	h.after(patience, func() { end(answer{}) })
}

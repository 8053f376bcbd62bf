package sim

import "github.com/huntgraph/huntgraph/codec"

// trouble lets things go wrong until h.quiet.
func (h *hunt) trouble() {
	h.net = network{loss: h.rng.IntN(12), doubles: h.rng.IntN(12), late: h.rng.IntN(15), lateness: 1 + h.rng.Int64N(600)}
	h.every(20, 500, func() bool {
		if !h.quiet {
			h.harm(codec.PartitionID(h.rng.IntN(len(h.seats))))
		}
		return !h.quiet
	})
}

// harm does one thing to a partition, or to all.
func (h *hunt) harm(p codec.PartitionID) {
	s, st := h.seats[p], h.stores[p]
	switch h.rng.IntN(9) {
	case 0: // kill -9
		if s.owner != nil {
			h.Crashes++
			h.retire(s.owner)
		}
	case 1: // a pause, as of a process that is stopped, and often somebody who takes over meanwhile
		if s.owner != nil && !s.owner.asleep {
			h.pause(s.owner)
		}
	case 2: // two at once: the one that is there is well
		if s.owner != nil {
			h.assign(p)
		}
	case 3: // one who takes over dies of it
		if s.coming != nil {
			h.Crashes++
			h.retire(s.coming)
		}
	case 4:
		h.Stalls++
		st.stall(h.rng.Int64N(1500))
	case 5:
		st.tear = true
	case 6:
		h.restartCoordinator()
	case 8:
		st.rot()
	case 7: // the network is gone for a while
		was := h.net
		h.net.loss, h.net.late = 30+h.rng.IntN(60), 40
		h.after(h.rng.Int64N(400), func() {
			if !h.quiet {
				h.net = was
			}
		})
	}
}

// pause puts an owner to sleep for a while.
func (h *hunt) pause(o *owner) {
	h.Pauses++
	o.asleep = true
	sleep := 50 + h.rng.Int64N(1500)
	h.after(sleep, o.wake)
	if h.rng.IntN(3) > 0 {
		h.after(h.rng.Int64N(sleep), func() {
			if h.seats[o.p].owner == o && h.seats[o.p].coming == nil {
				h.assign(o.p)
			}
		})
	}
}

// calm ends all faults: those asleep wake up by themselves.
func (h *hunt) calm() {
	h.quiet, h.net = true, network{}
	for _, st := range h.stores {
		st.tear, st.until = false, h.now
	}
}

// play lets players and game servers act until h.still.
func (h *hunt) play() {
	for _, c := range h.clients {
		h.every(20, 130, func() bool {
			if !h.still || !c.joined { // nobody stays lost
				c.act()
			}
			return true
		})
	}
	h.every(20, 200, func() bool {
		e := codec.EdgeID(h.rng.IntN(len(h.land.head)))
		weight := [...]codec.Weight{codec.Blocked, 1 + codec.Weight(h.rng.Uint32N(3000)), 0, 0}[h.rng.IntN(4)]
		if !h.still {
			h.deliver(h.land.owner(h.land.tail(e)), codec.SetWeight{Edge: e, Weight: weight}.Append(nil), nil)
		}
		return !h.still
	})
	h.every(5, 60, func() bool {
		h.wonder()
		return !h.still
	})
}

// wonder asks one partition for a way, as an onlooker, and judges the answer.
func (h *hunt) wonder() {
	if o := h.seats[h.rng.IntN(len(h.seats))].owner; o != nil && !o.asleep {
		lo, hi := h.land.parts[o.p], h.land.parts[o.p+1]
		node := lo + codec.NodeID(h.rng.Uint32N(uint32(hi-lo)))
		goal := codec.GoalID(h.rng.IntN(3))
		h.judge.way(goal, o.core.Way(codec.Ask{Node: node, Goal: goal}))
	}
}

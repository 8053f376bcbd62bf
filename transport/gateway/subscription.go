package gateway

import (
	"fmt"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// sub is an area that a session watches.
type sub struct {
	area *area
	seq  codec.DeltaSeq // sent, or in rest
	rest []message      // of a snapshot of the weights
	owes owes
}

// owes says what is to be sent whole: the session is new to it, or missed some.
type owes struct{ deltas, positions, treasures, state bool }

// subscribe replaces what the session watches. Each area is sent whole, also one
// that it watched already: that is how a client that lost something asks.
func (h *hub) subscribe(s *session, m *huntpb.Subscribe) {
	var subs []sub
	add := func(a *area) {
		same := func(x sub) bool { return x.area == a }
		if slices.ContainsFunc(subs, same) {
			return
		}
		x := sub{area: a}
		if i := slices.IndexFunc(s.subs, same); i >= 0 {
			x = s.subs[i]
		}
		x.owes = owes{true, true, true, true}
		subs = append(subs, x)
	}
	for _, id := range m.Areas {
		if uint64(id) >= uint64(len(h.areas)) {
			h.metrics.reject(rejectBad)
			h.end(s, &fatal{huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE,
				fmt.Sprintf("no area %d: the hunt has areas 0 to %d", id, len(h.areas)-1)})
			return
		}
		add(h.areas[id])
	}
	if m.All {
		for _, a := range h.areas {
			add(a)
		}
	}
	s.subs = subs
	h.touch(s)
}

// inDebt reports whether something is owed that can be sent now.
func (s *session) inDebt() bool {
	for i := range s.subs {
		x := &s.subs[i]
		if len(x.rest) > 0 || x.owes.positions || x.owes.treasures || x.owes.state || x.owes.deltas && x.area.deltas.loaded {
			return true
		}
	}
	return false
}

// addOwed adds what is owed whole, as far as the batch goes; the rest follows
// when the writer asks for more.
func (s *session) addOwed(b *batch) {
	for i := range s.subs {
		x := &s.subs[i]
		a := x.area
		if len(b.stream) >= handOver {
			return
		}
		if x.owes.state {
			x.owes.state = false
			b.add(a.stateMessage())
		}
		if x.owes.treasures {
			x.owes.treasures = false
			b.add(a.open.all(a.durable.Index.Round))
		}
		if x.owes.positions {
			x.owes.positions = false
			for _, m := range a.positions.all(a.durable.Index.Round, a.durable.Tick) {
				b.add(m)
			}
		}
		x.addRest(b)
		if x.owes.deltas && len(x.rest) == 0 && a.deltas.loaded {
			x.owes.deltas = false
			x.rest, x.seq = a.deltas.all(), a.deltas.seq
			a.metrics.snapshots.Inc()
			x.addRest(b)
		}
	}
}

// addRest goes on with a snapshot. One that has begun is sent to its end: its
// parts are told apart from those of another only by that.
func (x *sub) addRest(b *batch) {
	for len(x.rest) > 0 && len(b.stream) < handOver {
		b.add(x.rest[0])
		x.rest = x.rest[1:]
	}
}

// miss notes what the session is not sent of the last flush: it is owed whole
// instead. Deltas need no note, they have a sequence.
func (x *sub) miss() {
	if n := len(x.area.moved); n > 0 && !x.owes.positions {
		x.area.metrics.drop(dropPositions, n)
		x.owes.positions = true
	}
	x.owes.treasures = x.owes.treasures || x.area.treasures.framed != nil
	x.owes.state = x.owes.state || x.area.state.framed != nil
}

// addLive adds what the last flush cut, but for what is owed whole anyway.
func (s *session) addLive(b *batch) {
	for i := range s.subs {
		x := &s.subs[i]
		a := x.area
		if len(b.stream) >= handOver {
			x.miss()
			continue
		}
		if a.state.framed != nil && !x.owes.state {
			b.add(a.state)
		}
		if a.treasures.framed != nil && !x.owes.treasures {
			b.add(a.treasures)
		}
		x.addDeltas(b)
		if !x.owes.positions {
			s.addPositions(b, a.moved)
		}
	}
}

// addDeltas goes on in the log. A session that fell out of it loses what it
// missed and is sent a snapshot.
func (x *sub) addDeltas(b *batch) {
	if x.owes.deltas {
		return
	}
	chunks, there := x.area.deltas.since(x.seq)
	if !there {
		x.area.metrics.drop(dropDeltas, int(x.area.deltas.seq-x.seq))
		x.owes.deltas = true
		return
	}
	if len(x.rest) > 0 {
		return
	}
	for _, c := range chunks {
		if len(b.stream) >= handOver {
			return
		}
		b.add(c.message)
		x.seq = c.through
	}
}

// addPositions takes datagrams as long as they are few and work.
func (s *session) addPositions(b *batch, moved []message) {
	if s.noDatagrams || len(b.datagrams)+len(moved) > maxDatagrams {
		for _, m := range moved {
			b.add(m)
		}
		return
	}
	for _, m := range moved {
		b.datagrams = append(b.datagrams, m.body())
		m.sent.Inc()
	}
}

func (b *batch) add(m message) {
	b.stream = append(b.stream, m.framed...)
	m.sent.Inc()
}

package gateway

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// asked is a way that a partition was asked for and has not sent. A session has
// one at the most.
type asked struct {
	s    *session
	id   uint32 // the client's
	area *area
}

// ask passes an ask on, under a number of the hub's own.
func (h *hub) ask(s *session, m *huntpb.Ask) {
	if !s.joined {
		h.notJoined(s)
		return
	}
	a := s.home
	if m.Area != nil {
		if int(*m.Area) >= len(h.areas) {
			h.tell(s, noWay(m.Id, codec.CodeNoSuchNode))
			return
		}
		a = h.areas[*m.Area]
	}
	if m.Goal > codec.MaxGoals {
		h.tell(s, noWay(m.Id, codec.CodeNoSuchGoal))
		return
	}
	h.lastAsk++
	if s.asking != 0 || !a.send(codec.Ask{ID: h.lastAsk, Node: codec.NodeID(m.Node), Goal: codec.GoalID(m.Goal)}.Append(nil)) {
		h.metrics.reject(rejectNotNow)
		h.tell(s, noWay(m.Id, codec.CodeNotNow))
		return
	}
	s.asking = h.lastAsk
	h.asks[s.asking] = asked{s, m.Id, a}
}

// way passes a piece of a way on to the session that asked.
func (h *hub) way(w codec.Way) {
	q, waits := h.asks[w.ID]
	if !waits {
		return // of a session that is gone
	}
	h.answered(q.s)
	m := huntpb.WayOf(w)
	m.Id = q.id
	h.tell(q.s, &huntpb.ServerMessage{Body: &huntpb.ServerMessage_Way{Way: m}})
}

// answered forgets what a session asked.
func (h *hub) answered(s *session) {
	delete(h.asks, s.asking)
	s.asking = 0
}

// giveUp answers what an area was asked and will not send any more.
func (h *hub) giveUp(a *area) {
	for _, q := range h.asks {
		if q.area == a {
			h.answered(q.s)
			h.tell(q.s, noWay(q.id, codec.CodeNotNow))
		}
	}
}

func noWay(id uint32, code codec.Code) *huntpb.ServerMessage {
	w := huntpb.WayOf(codec.Way{Code: code, Node: codec.NoNode, Distance: codec.Unreachable, Next: codec.NoNode})
	w.Id = id
	return &huntpb.ServerMessage{Body: &huntpb.ServerMessage_Way{Way: w}}
}

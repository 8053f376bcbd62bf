package gateway

import (
	"errors"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

var errGap = errors.New("a delta is missing")

// said is a run of frames that a link brought.
type said struct {
	l      *link
	frames []byte
}

// apply takes the frames. What cannot be followed ends the link; the new one
// asks for what is missing.
func (e said) apply(h *hub) {
	a := e.l.area
	if a.link != e.l {
		return
	}
	for rest := e.frames; len(rest) > 0; {
		t, payload, next, err := codec.Next(rest)
		if err == nil {
			err = h.frame(a, t, payload)
		}
		if err != nil {
			h.log.Warn("gateway: a partition's frames cannot be followed, opening the link again",
				"partition", e.l.route.Partition, "node", e.l.route.Node, "frame", t, "err", err)
			h.retry(a)
			return
		}
		rest = next
	}
}

func (h *hub) frame(a *area, t codec.Type, payload []byte) error {
	switch t {
	case codec.TypeReply:
		r, err := codec.ParseReply(payload)
		if err == nil {
			h.reply(a, r)
		}
		return err
	case codec.TypeJoined:
		j, err := codec.ParseJoined(payload)
		if err == nil {
			h.joined(a, j)
		}
		return err
	case codec.TypeWay:
		w, err := codec.ParseWay(payload)
		if err == nil {
			h.way(w)
		}
		return err
	case codec.TypeDurable:
		d, err := codec.ParseDurable(payload)
		if err == nil {
			h.heard[a.id].Store(time.Now().UnixNano())
			h.durable(a, d)
		}
		return err
	case codec.TypeGrant:
		g, err := codec.ParseGrant(payload)
		if err == nil && !a.stale {
			h.grant(a, g)
		}
		return err
	case codec.TypeDelta:
		d, err := codec.ParseDelta(payload)
		if err == nil && !a.deltas.take(d) {
			h.metrics.gaps.Inc()
			return errGap
		}
		return err
	case codec.TypeEvent:
		e, err := codec.ParseEvent(payload)
		if err != nil {
			return err
		}
		return h.event(a, e)
	case codec.TypeHello:
		return nil // the hop's own
	case codec.TypeError:
		e, err := codec.ParseError(payload)
		if err != nil {
			return err
		}
		return e
	}
	return codec.ErrType // a frame that no node sends
}

// reply passes a reply on to the player's session.
func (h *hub) reply(a *area, r codec.Reply) {
	s := h.sessions[r.Player]
	if s == nil || !s.joined {
		return // of a session that is gone
	}
	s.inFlight = max(0, s.inFlight-1)
	switch {
	case h.elsewhere(r.Code):
		s.search = seekShown
		h.missing(s, a, r.Code, r.Node)
		r = codec.Reply{Player: r.Player, Seq: r.Seq, Code: codec.CodeNotNow, Last: s.last, Node: codec.NoNode, Hint: codec.NoHint(0)}
	case s.home != a:
		return // late news of a partition that the player has left
	default:
		s.last = r.Last
	}
	if r.Code == codec.CodeOK {
		h.mark(s, a, r.Round, r.Tick, r.Seq)
		if b := h.of(r.Node); b != nil {
			s.home = b
		}
	}
	h.metrics.nReplies.Add(1)
	h.tell(s, replyMessage(r))
}

// joined passes the answer to a join or a leave on. It is marked like a reply:
// when its tick is durable, so is every move before it.
func (h *hub) joined(a *area, j codec.Joined) {
	s := h.sessions[j.Player]
	if s == nil || !s.asked {
		return
	}
	if h.elsewhere(j.Code) {
		h.missing(s, a, j.Code, j.Node)
		h.tell(s, joinedMessage(codec.Joined{Player: j.Player, Code: codec.CodeNotNow, Left: j.Left, Last: s.last, Node: codec.NoNode, Hint: codec.NoHint(0)}, s.home.id))
		return
	}
	if s.home != a && j.Code != codec.CodeOK {
		return // of a partition that the player is not in
	}
	s.home = a
	s.last = j.Last
	switch j.Code {
	case codec.CodeOK:
		s.joined = !j.Left
		s.asked = !j.Left
		s.inFlight = 0
		h.mark(s, a, j.Round, j.Tick, j.Last)
	case codec.CodeNotNow:
	case codec.CodeNoSuchGoal: // the player is where it was
		s.goal = codec.Nearest
	default:
		s.joined, s.asked = false, false
	}
	h.tell(s, joinedMessage(j, a.id))
}

// mark notes an answer that is not durable. An answer of another partition than
// before says that the departure from there is durable, and all before it.
func (h *hub) mark(s *session, a *area, round codec.Round, tick codec.Tick, seq codec.MoveSeq) {
	if s.marked != a {
		if s.marked != nil {
			delete(s.marked.waiting, s)
		}
		s.marks.clear()
		s.marked = a
	}
	s.marks.add(round, tick, seq)
	a.waiting[s] = struct{}{}
}

// durable tells the sessions whose replies the record holds (I3), and notes
// whether the group that follows was taken before: a node that restarted
// releases its round again. The view that answers a subscription is never old.
func (h *hub) durable(a *area, d codec.Durable) {
	old := d.Index.Compare(a.durable.Index) <= 0
	a.stale = old && !a.answering
	if !old {
		a.durable = d
	}
	for s := range a.waiting {
		if seq, some := s.marks.reach(d.Index.Round, d.Tick); some {
			h.tell(s, durableMessage(d, seq))
		}
		if s.marks.empty() {
			delete(a.waiting, s)
		}
	}
}

// grant tells the player, always, and the area's watchers at the next flush.
func (h *hub) grant(a *area, g codec.Grant) {
	a.open.claim(g.Treasure)
	if s := h.sessions[g.Player]; s != nil {
		h.tell(s, grantMessage(g))
	}
}

// event takes what a partition says beside grants and deltas. The answer to a
// subscription is the present view as events, then the deltas.
func (h *hub) event(a *area, e codec.Event) error {
	switch e.Kind {
	case codec.EventDeltasFollow:
		if !a.deltas.follow(e.Resume, codec.DeltaSeq(e.Value)) {
			h.metrics.gaps.Inc()
			return errGap
		}
	case codec.EventDeltasEnd:
		if !a.deltas.end(codec.DeltaSeq(e.Value)) {
			h.metrics.gaps.Inc()
			return errGap
		}
		a.answering, a.tries = false, 0
		for _, s := range h.sessions {
			if s.inDebt() {
				h.touch(s)
			}
		}
	default:
		if !a.stale {
			a.take(e)
			if e.Kind == codec.EventPlayerLeft {
				h.departed(e.Player)
			}
		}
	}
	return nil
}

// take changes the view.
func (a *area) take(e codec.Event) {
	switch e.Kind {
	case codec.EventRoundStarted:
		a.open.reset()
		if a.answering {
			a.positions.reset() // all that are there follow
		}
	case codec.EventTreasureOpened:
		a.open.add(e.Treasure, e.Node)
	case codec.EventPlayerJoined, codec.EventPlayerMoved, codec.EventPlayerArrived, codec.EventPlayerReturned:
		a.positions.set(e.Player, e.Node)
	case codec.EventPlayerLeft, codec.EventPlayerDeparted:
		a.positions.set(e.Player, codec.NoNode)
	}
}

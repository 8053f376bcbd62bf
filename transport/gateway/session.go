package gateway

import (
	"net/netip"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/token"
)

// session is what the hub knows of a client; the hub alone touches it.
type session struct {
	peer    *peer
	player  codec.PlayerID
	name    codec.Name
	signed  bool // the token says the name: the player cannot choose another
	goal    codec.GoalID
	home    *area // where the player plays, as far as known; set on arrival
	service bool  // a backend's: it is told seeds, and does not play
	source  netip.Prefix

	asked    bool // to join: the partition is asked again whenever its link comes back
	joined   bool
	inFlight int           // moves without a reply
	asking   uint32        // the hub's number of the way it waits for; 0: none
	last     codec.MoveSeq // the last one that the partition named
	marks    marks
	marked   *area  // whose ticks the marks are
	search   search // for the player
	subs     []sub
	told     time.Time // when it was last told of its rate
	active   time.Time // when it last played or watched; set on arrival
	moved    bool      // since it was last looked at
	shown    time.Time // when its partition last had a sign of it

	ready       bool // the writer waits for a batch
	dirty       bool // in the hub's list
	pending     []byte
	spare       []byte // the writer's last buffer
	noDatagrams bool   // they failed: positions go on the stream
	closing     *fatal
}

func newSession(p *peer, c token.Claims) *session {
	name := codec.NameOf(c.Name)
	return &session{peer: p, player: c.Player, name: name, signed: name != codec.Name{}, service: c.Service, source: sourceOf(p.quic.RemoteAddr()), ready: true}
}

// take is what waits, in a buffer that is the writer's from now on.
func (s *session) take() []byte {
	b := s.pending
	s.pending, s.spare = s.spare[:0], nil
	return b
}

// giveBack takes a buffer that was not needed, or not any more. A large one is
// left to the collector: one snapshot must not hold its memory for ever.
func (s *session) giveBack(b []byte) {
	if cap(b) <= handOver {
		s.spare = b[:0]
	}
}

// idle reports whether the session has neither played nor watched for too long. A
// service is there for the events.
func (s *session) idle(now time.Time) bool {
	if s.joined || s.asked || len(s.subs) > 0 || s.service {
		s.active = now
	}
	return now.Sub(s.active) > idleLimit
}

// present shows the partition that a player is there who has not moved for a while:
// it is expired when its session has ended, not because it stands still.
func (s *session) present(now time.Time) {
	switch {
	case s.moved || !s.joined:
		s.moved, s.shown = false, now
	case now.Sub(s.shown) >= presentEvery && s.home.send(codec.Present{Player: s.player}.Append(nil)):
		s.shown = now
	}
}

// arrived is a session that said hello.
type arrived struct{ s *session }

func (e arrived) apply(h *hub) {
	s := e.s
	h.alive++
	h.metrics.sessions.Inc()
	h.metrics.nSessions.Add(1)
	s.home = h.birthplace(s.player)
	s.active = time.Now()
	if older := h.sessions[s.player]; older != nil {
		h.end(older, &fatal{huntpb.ErrorCode_ERROR_CODE_REPLACED, "the same player opened a newer session"})
	}
	h.sessions[s.player] = s
	if h.drained != nil {
		h.end(s, &fatal{huntpb.ErrorCode_ERROR_CODE_DRAINING, "the gateway stops: connect to another one"})
		return
	}
	h.tell(s, &huntpb.ServerMessage{Body: &huntpb.ServerMessage_Welcome{Welcome: &huntpb.Welcome{
		Version:        huntpb.ProtocolVersion,
		Hunt:           h.cfg.Hunt,
		Player:         uint64(s.player),
		Areas:          uint32(len(h.areas)),
		World:          h.cfg.World[:],
		TicksPerSecond: codec.TicksPerSecond,
	}}})
	h.history.each(func(n notice) { h.send(s, n.to(s), true) })
	h.tellScore(s)
}

// left is a session whose writer has ended.
type left struct{ s *session }

func (e left) apply(h *hub) {
	h.forget(e.s)
	e.s.closing = &fatal{}
	h.alive--
	h.metrics.sessions.Dec()
	h.metrics.nSessions.Add(-1)
	h.checkDrained()
}

// failed is a session whose client is at fault.
type failed struct {
	s *session
	f *fatal
}

func (e failed) apply(h *hub) { h.end(e.s, e.f) }

// ready is a writer that asks for more.
type ready struct {
	s           *session
	buffer      []byte
	noDatagrams bool
}

func (e ready) apply(h *hub) {
	s := e.s
	s.ready = true
	s.giveBack(e.buffer)
	if e.noDatagrams && !s.noDatagrams {
		s.noDatagrams = true
		for i := range s.subs {
			s.subs[i].owes.positions = true
		}
	}
	if len(s.pending) > 0 || s.closing != nil || s.inDebt() {
		h.touch(s)
	}
}

// complained is a session that sends too much.
type complained struct{ s *session }

func (e complained) apply(h *hub) { h.complain(e.s) }

// complain tells a session of its rate, at most once a second.
func (h *hub) complain(s *session) {
	if now := time.Now(); now.Sub(s.told) >= complaintEvery {
		s.told = now
		h.tell(s, errorMessage(huntpb.ErrorCode_ERROR_CODE_RATE, false,
			"too many messages, or moves without a reply: the ones wait, the others are rejected; send slower"))
	}
}

// received is a client's message.
type received struct {
	s *session
	m *huntpb.ClientMessage
}

func (e received) apply(h *hub) {
	s := e.s
	if s.closing != nil {
		return
	}
	switch m := e.m.Body.(type) {
	case *huntpb.ClientMessage_Move:
		h.move(s, codec.Move{Player: s.player, Seq: codec.MoveSeq(m.Move.Seq), Edge: codec.EdgeID(m.Move.Edge)})
	case *huntpb.ClientMessage_Join:
		if s.service {
			h.metrics.reject(rejectBad)
			h.end(s, &fatal{huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN, "a service's token does not play, for a service knows where treasures are: join with a player's"})
			return
		}
		if name := codec.NameOf(m.Join.Name); !s.signed && name != (codec.Name{}) {
			s.name = name
		}
		s.asked = true
		if m.Join.Goal > codec.MaxGoals {
			h.tell(s, joinedMessage(codec.Joined{Code: codec.CodeNoSuchGoal, Last: s.last, Node: codec.NoNode, Hint: codec.NoHint(0)}, s.home.id))
			return
		}
		s.goal = codec.GoalID(m.Join.Goal)
		if !h.seat(s) {
			s.asked = false
			h.metrics.reject(rejectShare)
			h.tell(s, joinedMessage(codec.Joined{Code: codec.CodeTableFull, Last: s.last, Node: codec.NoNode, Hint: codec.NoHint(0)}, s.home.id))
			return
		}
		if !h.enter(s) {
			h.metrics.reject(rejectNotNow)
			h.tell(s, joinedMessage(codec.Joined{Code: codec.CodeNotNow, Last: s.last, Node: codec.NoNode, Hint: codec.NoHint(0)}, s.home.id))
		}
	case *huntpb.ClientMessage_Leave:
		if !s.joined {
			h.notJoined(s)
		} else if !s.home.send(codec.Leave{Player: s.player}.Append(nil)) {
			h.metrics.reject(rejectNotNow)
			h.tell(s, joinedMessage(codec.Joined{Code: codec.CodeNotNow, Last: s.last, Node: codec.NoNode, Left: true, Hint: codec.NoHint(0)}, s.home.id))
		}
	case *huntpb.ClientMessage_Ask:
		h.ask(s, m.Ask)
	case *huntpb.ClientMessage_Subscribe:
		h.subscribe(s, m.Subscribe)
	case *huntpb.ClientMessage_Ping:
		h.tell(s, &huntpb.ServerMessage{Body: &huntpb.ServerMessage_Pong{Pong: &huntpb.Pong{Stamp: m.Ping.Stamp}}})
	case *huntpb.ClientMessage_Hello:
		h.metrics.reject(rejectBad)
		h.end(s, &fatal{huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, "a second hello: a session says it once"})
	}
}

// move passes a move on. Whether it is lawful is the partition's to say.
func (h *hub) move(s *session, m codec.Move) {
	switch {
	case !s.joined:
		h.notJoined(s)
	case s.inFlight >= maxInFlight:
		h.metrics.reject(rejectInFlight)
		h.complain(s)
	case s.home.send(m.Append(nil)):
		s.inFlight++
		s.moved = true
	default:
		h.metrics.reject(rejectNotNow)
		h.tell(s, replyMessage(codec.Reply{Seq: m.Seq, Code: codec.CodeNotNow, Last: s.last, Node: codec.NoNode, Hint: codec.NoHint(0)}))
	}
}

func (h *hub) notJoined(s *session) {
	h.metrics.reject(rejectNotJoined)
	h.tell(s, errorMessage(huntpb.ErrorCode_ERROR_CODE_NOT_JOINED, false, "join before you move or leave"))
}

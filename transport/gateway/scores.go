package gateway

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// scores are what was granted in the newest round that has started, as the rounds'
// events say, by player: at most codec.MaxTreasures.
type scores struct {
	round uint32 // 0: none has started
	of    map[codec.PlayerID]uint32
}

// score takes a round event, and tells the sessions whose score it changes.
func (h *hub) score(e *huntpb.RoundEvent) {
	switch b := e.Body.(type) {
	case *huntpb.RoundEvent_Started:
		if b.Started.Round <= h.scores.round {
			return
		}
		h.scores = scores{b.Started.Round, map[codec.PlayerID]uint32{}}
		for _, s := range h.sessions {
			h.tellScore(s)
		}
	case *huntpb.RoundEvent_Granted:
		if h.scores.round != b.Granted.Round {
			return // a late one of the round before
		}
		player := codec.PlayerID(b.Granted.Player)
		h.scores.of[player] = b.Granted.Score
		if s := h.sessions[player]; s != nil {
			h.tellScore(s)
		}
	}
}

// tellScore tells a session of its player's score; what is not urgent leaves with
// the next message that is.
func (h *hub) tellScore(s *session) {
	if h.scores.round == 0 || s.service {
		return
	}
	h.send(s, h.metrics.encode(&huntpb.ServerMessage{Body: &huntpb.ServerMessage_Score{
		Score: &huntpb.Score{Round: h.scores.round, Score: h.scores.of[s.player]},
	}}), false)
}

package gateway

import (
	"github.com/huntgraph/huntgraph/codec"
)

// A player walks from area to area and its session follows: a reply that says
// that it stands in another partition moves the session there. What comes before
// the player has arrived is answered with "not now".
//
// Where a player is that the session lost, or never knew, is asked for with
// joins: no partition but the player's home lets it spawn, and home does not
// while it is abroad, so a join in the wrong place does no harm (I7).

// of is the area that a node lies in; nil if that is not known.
func (h *hub) of(n codec.NodeID) *area {
	parts := h.cfg.Parts
	if len(parts) != len(h.areas)+1 || n >= parts[len(parts)-1] {
		return nil
	}
	lo, hi := 0, len(parts)-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; parts[mid] <= n {
			lo = mid
		} else {
			hi = mid
		}
	}
	return h.areas[lo]
}

// birthplace is where a player spawns.
func (h *hub) birthplace(p codec.PlayerID) *area {
	return h.areas[int(uint64(p)%uint64(len(h.areas)))]
}

// shows is an area, but not this one, whose durable view has the player.
func (h *hub) shows(p codec.PlayerID, not *area) *area {
	for _, a := range h.areas {
		if _, there := a.positions.at[p]; there && a != not {
			return a
		}
	}
	return nil
}

// enter asks for the player to be in the hunt: where it was last, or is shown,
// or else where it spawns. False: nobody can be asked now.
func (h *hub) enter(s *session) bool {
	s.asked, s.search = true, seekShown
	if !s.joined {
		s.home = h.birthplace(s.player)
		if a := h.shows(s.player, nil); a != nil {
			s.home = a
		}
	}
	return s.home.send(s.join())
}

func (s *session) join() []byte {
	return codec.Join{Player: s.player, Name: s.name, Goal: s.goal}.Append(nil)
}

// search is how far the search for a player has come: a client's message
// begins it anew, so it ends by itself.
type search uint8

const (
	seekShown search = iota // ask the area that shows it
	seekHome                // ask where it spawns
	seekAll                 // ask everybody
	seekNone
)

// seek asks the next one that may have the player, which was not in a.
func (h *hub) seek(s *session, a *area) {
	for s.search < seekNone {
		s.search++
		switch s.search - 1 {
		case seekShown:
			if b := h.shows(s.player, a); b != nil {
				b.send(s.join())
				return
			}
		case seekHome:
			if b := h.birthplace(s.player); b != a {
				b.send(s.join())
				return
			}
		case seekAll:
			if s.joined {
				return // it is on its way, and the areas between which it goes will show it
			}
			for _, b := range h.areas {
				if b != a {
					b.send(s.join())
				}
			}
		}
	}
}

// missing takes the answer of a partition that does not have the player: it is
// under way from there, or somewhere else. The client is to ask again.
func (h *hub) missing(s *session, a *area, code codec.Code, node codec.NodeID) {
	if code == codec.CodeAway {
		if b := h.of(node); b != nil {
			s.home = b
			return
		}
	}
	h.seek(s, a)
}

// elsewhere: the code says that the player is not in the partition that
// answered, in a hunt in which it may be in another.
func (h *hub) elsewhere(code codec.Code) bool {
	return len(h.cfg.Parts) > 2 && (code == codec.CodeAway || code == codec.CodeUnknownPlayer)
}

package gateway

import (
	"net/netip"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// guests are the players that sessions of this gateway brought into the hunt, by
// the source of the session. A source may take half as many of a partition's
// places as it leaves free: one alone gets a third of them, and another one
// always gets in.
type guests struct {
	players map[codec.PlayerID]guest
	places  map[place]int // taken, by home and source
	homes   map[*area]int // taken, by home
}

type guest struct {
	place
	since time.Time
}

type place struct {
	home   *area
	source netip.Prefix
}

func newGuests() guests {
	return guests{players: map[codec.PlayerID]guest{}, places: map[place]int{}, homes: map[*area]int{}}
}

func (g *guests) add(p codec.PlayerID, at place) {
	g.players[p] = guest{at, time.Now()}
	g.places[at]++
	g.homes[at.home]++
}

// remove forgets a player that has left the hunt.
func (g *guests) remove(p codec.PlayerID) {
	at, is := g.players[p]
	if !is {
		return
	}
	delete(g.players, p)
	if g.places[at.place]--; g.places[at.place] == 0 {
		delete(g.places, at.place)
	}
	g.homes[at.home]--
}

// seat takes a place for a session's player, which spawns at its home unless it is
// in the hunt already. False: the source has its share.
func (h *hub) seat(s *session) bool {
	if _, is := h.guests.players[s.player]; is || h.shows(s.player, nil) != nil {
		return true
	}
	at := place{h.birthplace(s.player), s.source}
	taken := max(len(at.home.positions.at), h.guests.homes[at.home])
	if h.guests.places[at] >= (h.cfg.Seats-taken)/2 {
		return false
	}
	h.guests.add(s.player, at)
	return true
}

// sweepGuests forgets some players that no area shows and no session plays: that
// they left was said while a link was down, or they never got in.
func (h *hub) sweepGuests(now time.Time) {
	looked := 0
	for p, g := range h.guests.players {
		if looked++; looked > guestSweep {
			return
		}
		if now.Sub(g.since) > guestGrace && !h.plays(p) && h.shows(p, nil) == nil {
			h.guests.remove(p)
		}
	}
}

// departed takes it that a player has left the hunt. One that has joined again
// since keeps its place.
func (h *hub) departed(p codec.PlayerID) {
	if !h.plays(p) {
		h.guests.remove(p)
	}
}

// plays reports whether a session has its player in the hunt, or asked for it.
func (h *hub) plays(p codec.PlayerID) bool {
	s := h.sessions[p]
	return s != nil && s.asked
}

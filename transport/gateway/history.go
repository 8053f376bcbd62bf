package gateway

import "github.com/huntgraph/huntgraph/codec/huntpb"

// history is what a new session is told of the round: its start, the last
// leaderboard, and the last maxEvents events.
type history struct {
	entries []entry // oldest first
}

type entry struct {
	pin    pin
	notice notice
}

// pin marks the newest event of a kind that stays however old it is.
type pin uint8

const (
	pinNone pin = iota
	pinStart
	pinLeaderboard
)

func (y *history) add(e *huntpb.RoundEvent, n notice) {
	p := pinNone
	switch e.Body.(type) {
	case *huntpb.RoundEvent_Started:
		p = pinStart
	case *huntpb.RoundEvent_Leaderboard:
		p = pinLeaderboard
	}
	for i := range y.entries {
		if y.entries[i].pin == p {
			y.entries[i].pin = pinNone
		}
	}
	y.entries = append(y.entries, entry{p, n})
	over := len(y.entries) - maxEvents
	for i := 0; over > 0 && i < len(y.entries); {
		if y.entries[i].pin != pinNone {
			i++
			continue
		}
		y.entries = append(y.entries[:i], y.entries[i+1:]...)
		over--
	}
}

func (y *history) each(tell func(notice)) {
	for _, e := range y.entries {
		tell(e.notice)
	}
}

package gateway

import (
	"slices"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// TestPresent: a partition is shown, now and then, the players that stand still,
// and nobody else.
func TestPresent(t *testing.T) {
	start := time.Now()
	for name, tc := range map[string]struct {
		joined, moves bool
		want          int
	}{
		"stands still": {true, false, 3},
		"moves":        {true, true, 0},
		"watches":      {false, false, 0},
	} {
		w := new(wire)
		s := session{player: 7, joined: tc.joined, shown: start, home: &area{hop: w}}
		for now := start; now.Before(start.Add(3*presentEvery + time.Second)); now = now.Add(slowFlush * flushEvery) {
			s.moved = tc.moves
			s.present(now)
		}
		if !slices.Equal(w.sent, slices.Repeat([]codec.Type{codec.TypePresent}, tc.want)) {
			t.Errorf("%s: %v was sent, want %d signs", name, w.sent, tc.want)
		}
	}
}

package system

import (
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// The tally sees a grant twice, as released and as received, in either order.
func TestTally(t *testing.T) {
	released := func(round codec.Round, treasure codec.TreasureID, player codec.PlayerID) func(*tally) {
		return func(y *tally) {
			y.granted(claim{round, treasure}, holder{player, codec.Index{Round: round, Seq: uint64(treasure) + 2}}, true)
		}
	}
	again := func(round codec.Round, treasure codec.TreasureID, player codec.PlayerID) func(*tally) {
		return func(y *tally) {
			y.granted(claim{round, treasure}, holder{player, codec.Index{Round: round, Seq: uint64(treasure) + 2}}, false)
		}
	}
	received := func(round, treasure uint32, player codec.PlayerID) func(*tally) {
		return func(y *tally) { y.receipt(player, &huntpb.Grant{Round: round, Treasure: treasure}) }
	}
	for _, c := range []struct {
		name               string
		steps              []func(*tally)
		grants, duplicates int
	}{
		{"nothing", nil, 0, 0},
		{"released, then received", []func(*tally){released(1, 5, 7), received(1, 5, 7)}, 1, 0},
		{"received, then released", []func(*tally){received(1, 5, 7), released(1, 5, 7)}, 1, 0},
		{"released only", []func(*tally){released(1, 5, 7)}, 1, 0},
		{"received only", []func(*tally){received(1, 5, 7)}, 0, 1},
		{"received only, long ago", []func(*tally){received(1, 5, 7), released(3, 5, 7)}, 1, 1},
		{"received by another, after", []func(*tally){released(1, 5, 7), received(1, 5, 8)}, 1, 1},
		{"received by another, before", []func(*tally){received(1, 5, 8), released(1, 5, 7)}, 1, 1},
		{"received by two", []func(*tally){received(1, 5, 7), received(1, 5, 8), released(1, 5, 7)}, 1, 1},
		{"received twice by its holder", []func(*tally){released(1, 5, 7), received(1, 5, 7), received(1, 5, 7)}, 1, 0},
		{"released to two", []func(*tally){released(1, 5, 7), released(1, 5, 8)}, 2, 1},
		{"released again after a restart", []func(*tally){again(1, 5, 7), again(1, 5, 7), received(1, 5, 7)}, 0, 0},
		{"another treasure, another round", []func(*tally){released(1, 5, 7), released(1, 6, 8), released(2, 5, 8)}, 3, 0},
		{"a late receipt in the next round", []func(*tally){released(1, 5, 7), released(2, 1, 8), received(1, 5, 7)}, 2, 0},
		{"a receipt of a forgotten round", []func(*tally){released(1, 5, 7), released(3, 1, 8), received(1, 5, 7)}, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newTally(nil)
			for _, step := range c.steps {
				step(y)
			}
			if grants, duplicates := y.counts(); grants != c.grants || duplicates != c.duplicates {
				t.Errorf("%d grants and %d duplicates, want %d and %d", grants, duplicates, c.grants, c.duplicates)
			}
		})
	}
}

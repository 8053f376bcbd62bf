package system

import (
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// The tally takes receipts and releases in either order, and sees a second
// holder in each.
func TestTally(t *testing.T) {
	type step func(*tally)
	release := func(round codec.Round, p codec.PlayerID, seq uint64) step {
		return func(y *tally) {
			y.granted(claim{round, 9}, holder{p, codec.Index{Round: round, Seq: seq}}, true)
		}
	}
	receipt := func(round uint32, p codec.PlayerID) step {
		return func(y *tally) { y.receipt(p, &huntpb.Grant{Round: round, Treasure: 9}) }
	}
	for _, c := range []struct {
		name  string
		steps []step
		want  int
	}{
		{"release, receipt", []step{release(1, 5, 3), receipt(1, 5)}, 0},
		{"receipt, release", []step{receipt(1, 5), release(1, 5, 3)}, 0},
		{"released again after a restart", []step{release(1, 5, 3), release(1, 5, 3)}, 0},
		{"a late receipt of the round before", []step{release(1, 5, 3), release(2, 6, 3), receipt(1, 5)}, 0},
		{"two releases", []step{release(1, 5, 3), release(1, 5, 4)}, 1},
		{"two receipts", []step{receipt(1, 5), receipt(1, 6), release(1, 6, 3)}, 1},
		{"a receipt of another's", []step{release(1, 5, 3), receipt(1, 6)}, 1},
		{"a receipt of another's, first", []step{receipt(1, 6), release(1, 5, 3)}, 1},
		{"a receipt of what was never released", []step{receipt(1, 5)}, 1},
		{"the same, two rounds later", []step{receipt(1, 5), release(3, 6, 3)}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newTally(nil)
			for _, s := range c.steps {
				s(y)
			}
			if _, got := y.counts(); got != c.want {
				t.Errorf("%d duplicates, want %d", got, c.want)
			}
		})
	}
}

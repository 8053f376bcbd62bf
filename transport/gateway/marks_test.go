package gateway

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/codec"
)

// TestMarks holds I3 against a plain list: what is said to be durable is, and
// once the last tick is durable nothing is left.
func TestMarks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m marks
		type reply struct {
			round codec.Round
			tick  codec.Tick
		}
		var all []reply // of sequence i + 1
		round, tick := codec.Round(1), codec.Tick(0)
		told := codec.MoveSeq(0)
		for range rapid.IntRange(0, 3*maxMarks).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				round, tick = round+1, 0
			case 1, 2, 3:
				tick++
			case 4:
				if len(all) == 0 {
					continue
				}
				at := all[rapid.IntRange(0, len(all)-1).Draw(t, "durable")]
				if seq, some := m.reach(at.round, at.tick); some {
					if seq <= told {
						t.Fatalf("told %d after %d", seq, told)
					}
					told = seq
					if r := all[seq-1]; r.round > at.round || r.round == at.round && r.tick > at.tick {
						t.Fatalf("told %d of %v at %v", seq, r, at)
					}
				}
			default:
				all = append(all, reply{round, tick})
				m.add(round, tick, codec.MoveSeq(len(all)))
			}
			if len(m.list) > maxMarks {
				t.Fatalf("%d marks", len(m.list))
			}
		}
		if seq, some := m.reach(round, tick); some {
			told = seq
		}
		if int(told) != len(all) || !m.empty() {
			t.Fatalf("told %d of %d at the end", told, len(all))
		}
	})
}

// TestMarksExact: below the cap nothing is told late.
func TestMarksExact(t *testing.T) {
	var m marks
	for i := range codec.MoveSeq(maxMarks) {
		m.add(1, codec.Tick(i/2), i+1)
	}
	for i := range codec.Tick(maxMarks / 2) {
		if seq, some := m.reach(1, i); !some || seq != codec.MoveSeq(2*i+2) {
			t.Fatalf("tick %d: %d, %v", i, seq, some)
		}
	}
}

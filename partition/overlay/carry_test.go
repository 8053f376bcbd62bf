package overlay

import (
	"math/rand/v2"
	"testing"
)

// TestCarry holds I8 for fields that follow one another: few weights change
// between two of them, goals come and go, and what is asked for wanders. Every
// value is the oracle's.
func TestCarry(t *testing.T) {
	carried, searched := 0, 0
	for seed := range uint64(25) {
		rng := rand.New(rand.NewPCG(seed, 5))
		s := searchOf(4 + rng.IntN(2)*2000)
		l := newLand(t, rng, s, 30+rng.IntN(300), 1+rng.IntN(4), 2)
		goals, at := randomGoals(rng, l.whole.nodes(), 4), rng.IntN(l.whole.nodes())
		for i := range 60 {
			prev := 1 - i%2
			if i == 0 || rng.IntN(20) == 0 {
				prev = -1
			}
			l.begin(i%2, prev, s, goals)
			l.join(i%2, s)
			want := l.oracle(goals)
			for range 20 {
				at = (at + l.whole.nodes() - 20 + rng.IntN(41)) % l.whole.nodes()
				l.agreeAt(i%2, s, want, uint32(at))
			}
			l.change(s, rng.IntN(3))
			if rng.IntN(4) == 0 {
				goals = l.swap(goals)
			}
		}
		carried, searched = carried+s.Carried, searched+s.Searched
	}
	t.Logf("%d cells carried, %d searched", carried, searched)
	if carried < searched/2 {
		t.Error("the test shows too little")
	}
}

// change gives some edges other levels, mostly somewhat higher or lower ones.
func (l *land) change(s *Search, n int) {
	for range n {
		o, e := l.edge(l.rng.Uint32N(uint32(len(l.whole.Head))))
		level := randomLevel(l.rng)
		if now := o.Level(e); now < Closed && l.rng.IntN(2) == 0 {
			level = now/2 + uint8(l.rng.IntN(2))
		}
		o.Repair(s, e, level)
	}
}

// swap has one goal go and another one come.
func (l *land) swap(goals []Goal) []Goal {
	if len(goals) > 0 {
		goals = goals[1:]
	}
	return append(goals, Goal{l.rng.Uint32N(uint32(l.whole.nodes())), uint16(l.rng.IntN(50))})
}

// TestCarryShifted: where all goals lie outside and come nearer or go farther by
// a constant, fields that follow one another are those that are found anew, also
// where distances are nearly too long, and most of them are not searched.
func TestCarryShifted(t *testing.T) {
	for _, far := range []uint32{1 << 20, Unreachable - 700} {
		s, anew := searchOf(2000), searchOf(2000)
		for seed := range uint64(20) {
			rng := rand.New(rand.NewPCG(seed, 6))
			l := newLand(t, rng, s, 400, 2, 3)
			o := l.parts[0]
			var values [2][]Value
			for i := range 30 {
				now := make([]Value, len(o.Outside()))
				by := rng.Uint32N(600)
				for k := range now {
					now[k] = Value{far + by + uint32(k)*7, uint16(k % 3)}
				}
				values[i%2] = now
				f, prev := o.Field(i%2), o.Field(1-i%2)
				if i == 0 {
					prev = nil
				}
				for _, b := range []struct {
					f, prev *Field
					s       *Search
				}{{f, prev, s}, {o.Field(2), nil, anew}} {
					o.Begin(b.f, b.prev)
					for !o.Rise(b.f, b.s) {
					}
					o.Enter(b.f, now)
					o.Settle(b.f, b.s)
				}
				for v := range uint32(o.nodes()) {
					o.Refine(f, s, v)
					o.Refine(o.Field(2), anew, v)
					d, n := o.At(f, v)
					if want, m := o.At(o.Field(2), v); d != want || n != m {
						t.Fatalf("seed %d, node %d: %d to %d carried, %d to %d found anew", seed, v, d, n, want, m)
					}
				}
			}
		}
		if near := far < Unreachable/2; near != (s.Carried > 5*s.Searched) {
			t.Errorf("from %d on: %d cells carried, %d searched", far, s.Carried, s.Searched)
		}
	}
}

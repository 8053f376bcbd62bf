package overlay

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// TestPool holds I8 for many fields that share few pages: each follows the one
// before it of its kind, and every value is the oracle's, or refused where
// weights have changed under the field.
func TestPool(t *testing.T) {
	const kinds = 6
	refused, lost := 0, 0
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 7))
		s := searchOf(2000)
		l := newLand(t, rng, s, 100+rng.IntN(200), 1+rng.IntN(3), kinds+1, true)
		var goals, next [kinds][]Goal
		var want, old [kinds][]Value
		field, spare := [kinds]int{}, kinds
		for k := range kinds {
			field[k] = k
			next[k] = []Goal{{rng.Uint32N(uint32(l.whole.nodes())), uint16(k)}}
		}
		next[0] = randomGoals(rng, l.whole.nodes(), 30)
		for i := range 12 {
			for k := range kinds {
				prev := field[k]
				if i == 0 {
					prev = -1
				}
				goals[k] = next[k]
				l.begin(spare, prev, s, goals[k])
				l.join(spare, s)
				field[k], spare = spare, field[k]
				want[k] = l.oracle(goals[k])
			}
			if l.refused > 0 {
				t.Fatal("a field that nothing changed under refuses a node")
			}
			for range 150 {
				k := rng.IntN(kinds)
				l.agreeAt(field[k], s, want[k], rng.Uint32N(uint32(l.whole.nodes())))
			}
			for _, o := range l.parts {
				for c := range o.pool.owner {
					if w := o.pool.owner[c]; w.field > 0 && o.fields[w.field-1].base[w.cell] != uint32(c)*o.pool.size {
						t.Fatal("a page has an owner that does not know of it")
					}
				}
				for f := range o.fields {
					for c, at := range o.fields[f].base {
						if o.pool.size > 0 && at == nowhere && o.fields[f].asked[c] == o.fields[f].version {
							lost++
						}
					}
				}
			}
			old = want
			l.change(s, 3)
			for range 60 { // by the weights before
				k := rng.IntN(kinds)
				l.knownAt(field[k], s, old[k], rng.Uint32N(uint32(l.whole.nodes())))
			}
			refused, l.refused = refused+l.refused, 0
			next[0] = l.swap(goals[0])
		}
	}
	t.Logf("%d values refused, %d pages lost", refused, lost)
	if refused < 100 || lost < 100 {
		t.Error("the test shows too little")
	}
}

// knownAt holds a value that the field may not know to the oracle's.
func (l *land) knownAt(field int, s *Search, at []Value, v uint32) {
	o, n := l.owner(v)
	if !o.Refine(o.Field(field), s, n) {
		l.refused++
		return
	}
	if dist, number := o.At(o.Field(field), n); dist != at[v].Dist || dist != Unreachable && number != at[v].Number {
		l.t.Fatalf("node %d: %d to goal %d after a change, it was %d to %d", v, dist, number, at[v].Dist, at[v].Number)
	}
}

// TestPoolRefused: a pool without room for two fields' goals is no pool.
func TestPoolRefused(t *testing.T) {
	shape, err := Measure(graph(rand.New(rand.NewPCG(1, 8)), 400, 0))
	if err != nil {
		t.Fatal(err)
	}
	shape.Share(2*shape.Cells() + 2)
	if _, err := New(shape, 3, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(make([]uint64, shape.Size(3)/8)))), shape.Size(3))); err != ErrPool {
		t.Error(err)
	}
}

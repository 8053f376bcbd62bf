package overlay

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// batch is changes that come together.
type batch struct {
	edges  []uint32
	level  []uint8
	weight []uint32
}

// drawBatch closes a share of the edges, gives closed ones back, or changes some in any way.
func drawBatch(rng *rand.Rand, o *Overlay) (b batch) {
	kind, share := rng.IntN(3), rng.Float64()*rng.Float64()
	if rng.IntN(2) == 0 {
		share /= 16
	}
	for e := range uint32(len(o.Head)) {
		if rng.Float64() >= share {
			continue
		}
		level, weight := randomLevel(rng), uint32(0)
		switch {
		case kind == 0:
			level = Closed
		case kind == 1 && o.Level(e) != Closed:
			continue
		case kind == 2 && rng.IntN(4) == 0:
			level, weight = Given, 1+rng.Uint32N(100)
		}
		b.edges, b.level, b.weight = append(b.edges, e), append(b.level, level), append(b.weight, weight)
	}
	rng.Shuffle(len(b.edges), func(i, j int) {
		b.edges[i], b.edges[j] = b.edges[j], b.edges[i]
		b.level[i], b.level[j] = b.level[j], b.level[i]
		b.weight[i], b.weight[j] = b.weight[j], b.weight[i]
	})
	return b
}

// standing is a field that was begun before changes, and what it must go on to say.
type standing struct {
	f      *Field
	dist   []uint64
	number []uint16
}

// holds compares a node's value, if the field can still be made final there, and
// reports whether it can.
func (a *standing) holds(t *testing.T, o *Overlay, s *Search, node uint32) bool {
	t.Helper()
	if !o.Refine(a.f, s, node) {
		return false
	}
	if d, n := o.At(a.f, node); uint64(d) != a.dist[node] || d != Unreachable && n != a.number[node] {
		t.Fatalf("node %d in the middle of changes: %d to goal %d, it was %d to %d when the field was begun", node, d, n, a.dist[node], a.number[node])
	}
	return true
}

// TestBulk holds distances to those of an overlay built anew after many changes at
// once, planned and not, with single ones in between; new fields to the oracle; and
// a field that was begun before to what it was then, in the middle of the changes.
func TestBulk(t *testing.T) {
	renewed, repaired, answers := 0, 0, 0
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 8))
		s := searchOf(4 + rng.IntN(2)*2000)
		g := graph(rng, 20+rng.IntN(250), rng.IntN(2))
		if rng.IntN(2) == 0 {
			doors(rng, &g)
		}
		o := overlayOf(t, g, s, func(uint32) uint8 { return randomLevel(rng) })
		plain := g // where a weight of an edge's own is its base
		plain.Base = slices.Clone(g.Base)
		anew := overlayOf(t, plain, s, func(uint32) uint8 { return 0 })
		for range 8 {
			goals := randomGoals(rng, o.nodes(), 1+rng.IntN(3))
			o.Aim(o.Field(0), s, goals)
			before := standing{f: o.Field(0)}
			before.dist, before.number = oracle(o, goals)
			look := func() {
				if before.holds(t, o, s, rng.Uint32N(uint32(o.nodes()))) {
					answers++
				}
			}
			b := drawBatch(rng, o)
			if rng.IntN(4) > 0 {
				for _, e := range b.edges {
					o.Expect(e)
				}
			}
			o.Plan()
			for _, is := range o.due {
				if is == exact {
					repaired++
				} else {
					renewed++
				}
			}
			for i, e := range b.edges {
				before.holds(t, o, s, o.Tail(e)) // final there, as long as the edge is as it was
				plain.Base[e] = g.Base[e]
				if b.level[i] == Given {
					plain.Base[e] = b.weight[i]
				}
				repairInSlices(o, s, anew, e, b.level[i], b.weight[i])
				look()
				if rng.IntN(200) == 0 {
					for n := rng.IntN(20); n > 0 && !o.Mend(s); n-- { // part of it, then more comes
						look()
					}
				}
			}
			for !o.Mend(s) {
				look()
			}
			anew.Rebuild(s, func(e uint32) uint8 {
				if o.Level(e) == Given {
					return 0
				}
				return o.Level(e)
			})
			if n := o.Differ(anew); n != 0 {
				t.Fatalf("seed %d: %d distances are wrong after %d changes", seed, n, len(b.edges))
			}
			look()
			o.Begin(o.Field(1), o.Field(0)) // takes what did not change
			for _, g := range goals {
				o.Target(o.Field(1), g)
			}
			for !o.Rise(o.Field(1), s) {
			}
			agree(t, rng, o, o.Field(1), s, goals)
		}
	}
	t.Logf("%d cells searched anew, %d not, %d answers in between", renewed, repaired, answers)
	if renewed < 300 || repaired < 300 || answers < 1000 {
		t.Error("the test shows too little")
	}
}

// TestBulkCarry: a field takes nothing from the one before in a cell within which
// distances were found anew, although what comes to it from above is as it was.
func TestBulkCarry(t *testing.T) {
	// a line of 16 nodes in four lowest cells: one by itself with the goal, and
	// three that make one cell of the level above
	const n = 16
	g := Graph{Shift: 2, Cells: []uint32{0, 2, 4, 2, 8, 1, 12, 1}}
	for v := range uint32(n) {
		g.First = append(g.First, uint32(len(g.Head)))
		for _, to := range []uint32{v - 1, v + 1} {
			if to < n {
				g.Head, g.Base = append(g.Head, to), append(g.Base, 8)
			}
		}
	}
	g.First = append(g.First, uint32(len(g.Head)))
	s := searchOf(2000)
	o := overlayOf(t, g, s, func(uint32) uint8 { return 0 })
	goals := []Goal{{Node: 0, Number: 1}}
	o.Aim(o.Field(0), s, goals)
	for v := range uint32(n) {
		o.Refine(o.Field(0), s, v)
	}
	var middle []uint32 // edges within the second of the three
	for v := uint32(8); v < 12; v++ {
		for e, end := o.out(v); e < end; e++ {
			if h := g.Head[e]; h >= 8 && h < 12 {
				middle = append(middle, e)
				o.Expect(e)
			}
		}
	}
	o.Plan()
	if c := o.cellOf[8]; o.level[1].due[o.level[1].cell[c]] != due || o.level[2].due[o.level[2].cell[c]] != due {
		t.Fatal("the cells of the changes are not planned to be searched anew")
	}
	for _, e := range middle {
		o.Repair(s, e, 8)
	}
	for !o.Mend(s) {
	}
	f := o.Field(1)
	o.Begin(f, o.Field(0))
	o.Target(f, goals[0])
	for !o.Rise(f, s) {
	}
	dist, _ := oracle(o, goals)
	for v := range uint32(n) {
		o.Refine(f, s, v)
		if d, _ := o.At(f, v); uint64(d) != dist[v] {
			t.Errorf("node %d: %d, the oracle says %d", v, d, dist[v])
		}
	}
}

package world

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/partition"
)

// arcs are a road graph as a source has it: any arcs at all.
type arcs struct {
	nodes            int
	tail, head, base []uint32
}

func randomArcs(t *rapid.T, nodes, heaviest int) arcs {
	a := arcs{nodes: nodes}
	zeros := rapid.IntRange(0, 60).Draw(t, "arcs of weight 0, percent")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	for range rapid.IntRange(0, 4*nodes).Draw(t, "arcs") {
		base := uint32(r.IntN(heaviest))
		if r.IntN(100) < zeros {
			base = 0
		}
		a.tail, a.head, a.base = append(a.tail, uint32(r.IntN(nodes))), append(a.head, uint32(r.IntN(nodes))), append(a.base, base)
	}
	return a
}

func (a arcs) graph() *Graph {
	d := dimacs{tail: a.tail, head: a.head, base: a.base, x: make([]int32, a.nodes), y: make([]int32, a.nodes)}
	return d.graph()
}

const nowhere = math.MaxUint64

// table is every distance there is, by Floyd and Warshall.
func (a arcs) table() [][]uint64 {
	all := make([][]uint64, a.nodes)
	for i := range all {
		all[i] = slices.Repeat([]uint64{nowhere}, a.nodes)
		all[i][i] = 0
	}
	for i, tail := range a.tail {
		all[tail][a.head[i]] = min(all[tail][a.head[i]], uint64(a.base[i]))
	}
	for k := range all {
		for i := range all {
			for j := range all {
				if all[i][k] != nowhere && all[k][j] != nowhere {
					all[i][j] = min(all[i][j], all[i][k]+all[k][j])
				}
			}
		}
	}
	return all
}

func (g *Graph) arcs() arcs {
	a := arcs{nodes: len(g.X), head: g.Head, base: g.Base}
	for v := range uint32(a.nodes) {
		a.tail = append(a.tail, slices.Repeat([]uint32{v}, int(g.First[v+1]-g.First[v]))...)
	}
	return a
}

// TestTidyKeepsDistances: whatever arcs a source has, of weight 0 too, a length
// in the graph divided by its scale is the source's.
func TestTidyKeepsDistances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := randomArcs(t, rapid.IntRange(2, 12).Draw(t, "nodes"), 5)
		want, g := a.table(), a.graph()
		done, err := g.tidy()
		if err != nil {
			t.Fatal(err)
		}
		if done.loops+done.parallel+done.arcs+len(g.Head) != len(a.head) || done.nodes+len(g.X) != a.nodes || done.late != 0 {
			t.Fatalf("%v: %d nodes of %d, %d arcs of %d", done, len(g.X), a.nodes, len(g.Head), len(a.head))
		}
		if len(g.Base) > 0 && slices.Min(g.Base) < light {
			t.Fatalf("an arc weighs %d: congestion cannot raise it", slices.Min(g.Base))
		}
		all, node := g.arcs().table(), g.nodes()
		for i := range want {
			for j := range want {
				d := all[node[i]][node[j]]
				if d != nowhere {
					d /= uint64(g.Scale)
				}
				if d != want[i][j] {
					t.Fatalf("from %d to %d it is %d, expected %d, scale %d", i, j, d, want[i][j], g.Scale)
				}
			}
		}
		if _, err := g.rows(); err != nil && len(g.X) >= MinMain {
			t.Fatal(err)
		}
	})
}

// nodes are the graph's, by the source's.
func (g *Graph) nodes() []uint32 {
	if g.Node != nil {
		return g.Node
	}
	same := make([]uint32, len(g.X))
	for v := range same {
		same[v] = uint32(v)
	}
	return same
}

// TestTidyZeros: many arcs of weight 0 neither make weights nor ways break their bounds.
func TestTidyZeros(t *testing.T) {
	bothWays, oneWay := arcs{nodes: 402}, arcs{nodes: 402}
	for v := range uint32(401) {
		base := uint32(0)
		if v%2 == 0 {
			base = partition.MaxBase / 150
		}
		for _, a := range []*arcs{&bothWays, &oneWay} {
			a.tail, a.head, a.base = append(a.tail, v, v+1), append(a.head, v+1, v), append(a.base, base, base)
		}
		if base == 0 {
			oneWay.base[len(oneWay.base)-1] = 1
		}
	}
	for _, c := range []struct {
		name  string
		arcs  arcs
		nodes int
		scale uint32
		late  uint64
	}{
		{"both ways they are one node", bothWays, 202, 1, 0},
		{"one way they cost little", oneWay, 402, 2, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := c.arcs.graph()
			done, err := g.tidy()
			if err != nil || len(g.X) != c.nodes || g.Scale != c.scale || done.late != c.late {
				t.Fatalf("%d nodes, scale %d, %v: %v", len(g.X), g.Scale, done, err)
			}
			if done.late > 0 != strings.Contains(done.String(), "at most 100 too long") {
				t.Errorf("it says %q", done)
			}
			if _, err := Build(g, 1); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSpan: no shortest way with one more edge is longer than the bound.
func TestSpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomArcs(t, rapid.IntRange(2, 14).Draw(t, "nodes"), 1000).graph()
		if _, err := g.tidy(); err != nil {
			t.Fatal(err)
		}
		w, err := Build(g, 1)
		if err != nil {
			return // nothing is connected both ways
		}
		r := rows{w.First, w.Head, w.Base}
		of, sizes := components(r, 0, uint32(w.Nodes()))
		main := slices.Index(sizes, w.Cut[0].Main)
		span := r.span(0, of, sizes, uint32(main), 0)
		rough := r.span(0, of, sizes, uint32(main), math.MaxUint64)
		all := (&Graph{X: w.X, First: w.First, Head: w.Head, Base: w.Base}).arcs()
		for _, row := range all.table() {
			for e, tail := range all.tail {
				if d := row[tail]; d != nowhere && d+uint64(all.base[e]) > min(span, rough) {
					t.Fatalf("a way is %d long, the bounds are %d and %d", d+uint64(all.base[e]), span, rough)
				}
			}
		}
	})
}

// TestSpanIsTight: a ring of heavy edges with dead ends, where the sum of all
// weights would be refused.
func TestSpanIsTight(t *testing.T) {
	const n, heavy = 64, 1 << 25
	a := arcs{nodes: 2 * n}
	add := func(u, v, base uint32) {
		a.tail, a.head, a.base = append(a.tail, u, v), append(a.head, v, u), append(a.base, base, base)
	}
	for v := range uint32(n) {
		add(v, (v+1)%n, 1000)
		add(v, (v+n/2)%n, heavy)
		a.tail, a.head, a.base = append(a.tail, v), append(a.head, n+v), append(a.base, heavy) // a dead end
	}
	g := a.graph()
	if _, err := g.tidy(); err != nil {
		t.Fatal(err)
	}
	w, err := Build(g, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := rows{w.First, w.Head, w.Base}
	of, sizes := components(r, 0, 2*n)
	got := r.span(0, of, sizes, of[0], MaxPath)
	if want := uint64(32*1000*2 + heavy + heavy); got != want {
		t.Errorf("the bound is %d, expected %d", got, want)
	}
}

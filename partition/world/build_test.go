package world

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// randomGrid is a grid of random cells, some of it in one-way streets.
func randomGrid(t *rapid.T) *Graph {
	g := &Grid{Name: "random", Width: rapid.IntRange(1, 14).Draw(t, "width"), Height: rapid.IntRange(1, 14).Draw(t, "height")}
	closed := rapid.IntRange(0, 60).Draw(t, "closed, percent")
	oneWay := rapid.IntRange(0, 30).Draw(t, "one-way, percent")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	for range g.Width * g.Height {
		g.Open = append(g.Open, r.IntN(100) >= closed)
	}
	all := g.Graph()
	kept := &Graph{Name: all.Name, X: all.X, Y: all.Y, First: []uint32{0}}
	for v := range all.X {
		for e := all.First[v]; e < all.First[v+1]; e++ {
			if r.IntN(100) >= oneWay {
				kept.Head, kept.Base = append(kept.Head, all.Head[e]), append(kept.Base, all.Base[e]+uint32(r.IntN(3)))
			}
		}
		kept.First = append(kept.First, uint32(len(kept.Head)))
	}
	if rapid.Bool().Draw(t, "areas") {
		for _, x := range kept.X {
			kept.Area = append(kept.Area, uint32(x)/4)
		}
	}
	return kept
}

type passage [5]int32 // from x, y to x, y at a weight

func steps(x, y []int32, first, head, base []uint32) (all []passage) {
	for v := range x {
		for e := first[v]; e < first[v+1]; e++ {
			all = append(all, passage{x[v], y[v], x[head[e]], y[head[e]], int32(base[e])})
		}
	}
	slices.SortFunc(all, func(a, b passage) int { return slices.Compare(a[:], b[:]) })
	return all
}

// reach counts the nodes of [lo, lo+n) that are reached from lo, or that reach lo.
func reach(w *World, lo, n uint32, backwards bool) (count int) {
	reached := make([]bool, n)
	reached[0] = true
	for grown := true; grown; {
		grown = false
		for v := range n {
			for e := w.First[lo+v]; e < w.First[lo+v+1]; e++ {
				from, to := v, w.Head[e]-lo
				if backwards {
					from, to = to, from
				}
				if max(from, to) < n && reached[from] && !reached[to] {
					reached[to], grown = true, true
				}
			}
		}
	}
	for _, r := range reached {
		if r {
			count++
		}
	}
	return count
}

func TestBuildProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomGrid(t)
		partitions := rapid.IntRange(1, 6).Draw(t, "partitions")
		w, err := Build(g, partitions)
		if err != nil {
			if !strings.Contains(err.Error(), "connected both ways") && !strings.Contains(err.Error(), "nodes") {
				t.Fatal(err)
			}
			return
		}
		if w.Partitions() != partitions || w.Nodes() != len(g.X) {
			t.Fatalf("%d partitions of %d nodes", w.Partitions(), w.Nodes())
		}
		if !slices.Equal(steps(g.X, g.Y, g.First, g.Head, g.Base), steps(w.X, w.Y, w.First, w.Head, w.Base)) {
			t.Fatal("the world's edges are not the graph's")
		}
		seen := map[[2]int32]bool{}
		for n := range w.X {
			seen[[2]int32{w.X[n], w.Y[n]}] = true
		}
		if len(seen) != len(g.X) {
			t.Fatalf("%d places of %d", len(seen), len(g.X))
		}
		checkParts(t, w)
		again, err := Build(g, partitions)
		if err != nil || again.Hash() != w.Hash() {
			t.Fatalf("built again it differs: %v", err)
		}
	})
}

func checkParts(t *rapid.T, w *World) {
	checkEntries(t, w)
	next := uint32(0)
	for p, c := range w.Cut {
		id := codec.PartitionID(p)
		if uint32(c.FirstNode) != next {
			t.Fatalf("partition %d starts at %d, expected %d", p, c.FirstNode, next)
		}
		next += c.Nodes
		piece := w.Part(id)
		if len(piece.First) != int(c.Nodes)+1 || len(piece.Head) != int(c.Edges) || len(piece.Base) != int(c.Edges) ||
			piece.First[0] != uint32(piece.FirstEdge) || piece.Main != c.Main || piece.Partition != id || piece.World != w.Hash() {
			t.Fatalf("piece %d does not match %+v", p, c)
		}
		border := 0
		for n := range c.Nodes {
			node := c.FirstNode + codec.NodeID(n)
			if w.PartitionOf(node) != id {
				t.Fatalf("node %d is said to be of partition %d", node, w.PartitionOf(node))
			}
			for _, h := range piece.Head[piece.First[n]-piece.First[0] : piece.First[n+1]-piece.First[0]] {
				if w.PartitionOf(codec.NodeID(h)) != id {
					border++
				}
			}
		}
		if border != w.BorderEdges(id) {
			t.Fatalf("partition %d: %d border edges, counted %d", p, w.BorderEdges(id), border)
		}
		for _, backwards := range []bool{false, true} {
			if got := reach(w, uint32(c.FirstNode), c.Main, backwards); got != int(c.Main) {
				t.Fatalf("partition %d: %d of %d main nodes hang together", p, got, c.Main)
			}
		}
	}
	if int(next) != w.Nodes() {
		t.Fatalf("%d of %d nodes have a partition", next, w.Nodes())
	}
}

// checkEntries holds what pieces know of the cut against every edge.
func checkEntries(t *rapid.T, w *World) {
	want := make([][]uint32, w.Partitions())
	for h := range uint32(w.Nodes()) {
		to := w.PartitionOf(codec.NodeID(h))
		for e, head := range w.Head {
			tail := codec.NodeID(sort.Search(w.Nodes(), func(v int) bool { return int(w.First[v+1]) > e }))
			if head == h && w.PartitionOf(tail) != to {
				want[to] = append(want[to], h)
				break
			}
		}
	}
	for p, c := range w.Cut {
		piece := w.Part(codec.PartitionID(p))
		if !slices.Equal(piece.Entries, want[p]) {
			t.Fatalf("partition %d is entered at %v, its piece says %v", p, want[p], piece.Entries)
		}
		if len(piece.Parts) != len(w.Cut)+1 || piece.Parts[p] != c.FirstNode || piece.Parts[p+1] != c.FirstNode+codec.NodeID(c.Nodes) {
			t.Fatalf("partition %d of %+v: places %v", p, c, piece.Parts)
		}
	}
}

// TestMainIsLargest holds the order of a partition against a count by hand.
func TestMainIsLargest(t *testing.T) {
	g, err := ParseMap(strings.NewReader("type octile\nheight 3\nwidth 5\nmap\n..@..\n@@@@@\n...@.\n"), "m")
	if err != nil {
		t.Fatal(err)
	}
	w, err := Build(g.Graph(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if w.Cut[0].Main != 3 || !slices.Equal(w.Y, []int32{2, 2, 2, 0, 0, 0, 0, 2}) || !slices.Equal(w.X, []int32{0, 1, 2, 0, 1, 3, 4, 4}) {
		t.Errorf("main %d, x %v, y %v", w.Cut[0].Main, w.X, w.Y)
	}
}

func TestBuildKeepsLightest(t *testing.T) {
	g := &Graph{X: []int32{0, 1}, Y: []int32{0, 0}, First: []uint32{0, 3, 4}, Head: []uint32{1, 1, 1, 0}, Base: []uint32{7, 5, 6, 9}}
	w, err := Build(g, 1)
	if err != nil || !slices.Equal(w.Base, []uint32{5, 9}) {
		t.Errorf("%v, %v", w, err)
	}
}

// chain is a graph of nodes in a line.
func chain(nodes, base uint32) *Graph {
	a := arcs{nodes: int(nodes)}
	for v := range nodes - 1 {
		a.tail, a.head, a.base = append(a.tail, v, v+1), append(a.head, v+1, v), append(a.base, base, base)
	}
	return a.graph()
}

// star is a graph of a node with so many neighbours.
func star(neighbours uint32) *Graph {
	a := arcs{nodes: int(neighbours) + 1}
	for v := range neighbours {
		a.tail, a.head, a.base = append(a.tail, 0, v+1), append(a.head, v+1, 0), append(a.base, 1, 1)
	}
	return a.graph()
}

// TestBuildAtBounds: what is just within the bounds is built.
func TestBuildAtBounds(t *testing.T) {
	if _, err := Build(star(partition.MaxDegree), 1); err != nil {
		t.Error(err)
	}
	if _, err := Build(chain(8, partition.MaxBase), 1); err == nil || !strings.Contains(err.Error(), "32 bits") {
		t.Errorf("nodes with 8 edges of 2^27: %v", err)
	}
	for _, partitions := range []int{1, 3} {
		w, err := Build(chain(7, partition.MaxBase), partitions)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.CheckWays(); err != nil {
			t.Error(err)
		}
	}
}

// TestCheckWays: a file of partitions that are within bounds is refused by the
// ways that lead through several of them.
func TestCheckWays(t *testing.T) {
	w, err := Build(chain(20, 1e7), 4)
	if err != nil {
		t.Fatal(err)
	}
	for e := range w.Base {
		w.Base[e] *= 10
	}
	again, err := parse(fileOf(t, w))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.CheckWays(); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), "2100000000") {
		t.Error(err)
	}
}

func TestBuildRefuses(t *testing.T) {
	line := func(change func(*Graph)) *Graph {
		g := &Graph{X: make([]int32, 4), Y: make([]int32, 4), First: []uint32{0, 1, 3, 5, 6}, Head: []uint32{1, 0, 2, 1, 3, 2}, Base: []uint32{1, 1, 1, 1, 1, 1}}
		change(g)
		return g
	}
	for _, c := range []struct {
		name       string
		graph      *Graph
		partitions int
		says       string
	}{
		{"no partition", line(func(*Graph) {}), 0, "0 partitions"},
		{"too many partitions", line(func(*Graph) {}), 3, "at most 2"},
		{"empty", &Graph{First: []uint32{0}}, 1, "0 nodes"},
		{"arrays differ", line(func(g *Graph) { g.Y = g.Y[:3] }), 1, "differ in length"},
		{"rows short", line(func(g *Graph) { g.First[4] = 5 }), 1, "do not cover"},
		{"row backwards", line(func(g *Graph) { g.First[2] = 0 }), 1, "node 1: its row"},
		{"head out of range", line(func(g *Graph) { g.Head[2] = 4 }), 1, "edge 2 leads from node 1 to node 4 of 4"},
		{"loop", line(func(g *Graph) { g.Head[5] = 3 }), 1, "edge 5 leads from node 3 to node 3"},
		{"weight 0", line(func(g *Graph) { g.Base[3] = 0 }), 1, "edge 3, from node 2 to node 1, has weight 0"},
		{"blocked", line(func(g *Graph) { g.Base[3] = uint32(codec.Blocked) }), 1, "edge 3, from node 2 to node 1, has weight 4294967295"},
		{"too heavy", line(func(g *Graph) { g.Base[3] = partition.MaxBase + 1 }), 1, "edge 3, from node 2 to node 1, has weight 134217729"},
		{"too many edges of a node", star(partition.MaxDegree + 1), 1, "node 0 has 65536 edges"},
		{"paths too long", chain(20, 1e8), 1, "a path in partition 0 may be 2100000000 long"},
		{"paths too long over partitions", chain(20, 1e8), 4, "a way through the world may be 2100000000 long"},
		{"nothing connected", &Graph{X: make([]int32, 2), Y: make([]int32, 2), First: []uint32{0, 1, 1}, Head: []uint32{1}, Base: []uint32{1}}, 1, "connected both ways"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Build(c.graph, c.partitions); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, expected %q", err, c.says)
			}
		})
	}
}

func TestCells(t *testing.T) {
	w := generated(t, 1)
	cells := w.Cells()
	for n := range w.X {
		if got, ok := cells.Node(w.X[n], w.Y[n]); !ok || got != codec.NodeID(n) {
			t.Fatalf("node %d at %d, %d is found as %d, %v", n, w.X[n], w.Y[n], got, ok)
		}
	}
	if n, ok := cells.Node(-1, -1); ok || n != codec.NoNode {
		t.Errorf("a place without a node has node %d", n)
	}
}

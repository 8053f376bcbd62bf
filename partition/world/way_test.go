package world

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/codec"
)

// checkWay walks a way: its edges lead from node to node and add up.
func checkWay(t *rapid.T, w *World, from, to codec.NodeID, r Way) {
	at, sum := from, uint64(0)
	if len(r.Nodes) != len(r.Edges)+1 || r.Nodes[0] != from || r.Nodes[len(r.Nodes)-1] != to {
		t.Fatalf("from %d to %d: %d nodes from %d to %d, %d edges", from, to, len(r.Nodes), r.Nodes[0], r.Nodes[len(r.Nodes)-1], len(r.Edges))
	}
	for i, e := range r.Edges {
		if uint32(e) < w.First[at] || uint32(e) >= w.First[at+1] || w.Head[e] != uint32(r.Nodes[i+1]) {
			t.Fatalf("edge %d of the way does not lead from node %d to node %d", e, at, r.Nodes[i+1])
		}
		at, sum = r.Nodes[i+1], sum+uint64(w.Base[e])
	}
	if sum != r.Length {
		t.Fatalf("from %d to %d: the edges add up to %d, not %d", from, to, sum, r.Length)
	}
}

// TestWay holds ways in random directed worlds of several partitions
// against the table of all distances.
func TestWay(t *testing.T) {
	crossed := 0
	rapid.Check(t, func(t *rapid.T) {
		heaviest := rapid.SampledFrom([]int{20, 1 << 22}).Draw(t, "heaviest") // the latter needs wide buckets
		g := randomArcs(t, rapid.IntRange(2, 14).Draw(t, "nodes"), heaviest).graph()
		if _, err := g.tidy(); err != nil {
			t.Fatal(err)
		}
		w, err := Build(g, rapid.IntRange(1, 3).Draw(t, "partitions"))
		if err != nil {
			return // too little is connected both ways
		}
		all := (&Graph{X: w.X, First: w.First, Head: w.Head, Base: w.Base}).arcs()
		for from, row := range all.table() {
			for to, want := range row {
				r, ok := w.Way(codec.NodeID(from), codec.NodeID(to))
				if ok != (want != nowhere) || ok && r.Length != want {
					t.Fatalf("from %d to %d it is %d, %v; expected %d", from, to, r.Length, ok, want)
				}
				if ok {
					checkWay(t, w, codec.NodeID(from), codec.NodeID(to), r)
					if w.PartitionOf(codec.NodeID(from)) != w.PartitionOf(codec.NodeID(to)) {
						crossed++
					}
				}
			}
		}
	})
	if crossed == 0 {
		t.Error("no way crossed a border")
	}
}

// TestWaySettlesOnce: one heavy arc at the edge of a grid does not make a search settle nodes again.
func TestWaySettlesOnce(t *testing.T) {
	const side = 60
	g := &Graph{Name: "heavy"}
	link := func(to uint32, base uint32) { g.Head, g.Base = append(g.Head, to), append(g.Base, base) }
	for v := range uint32(side*side + 1) {
		g.X, g.Y = append(g.X, int32(v%side)), append(g.Y, int32(v/side))
		g.First = append(g.First, uint32(len(g.Head)))
		x, y := v%side, v/side
		if v == side*side {
			link(0, 1<<26)
			continue
		}
		for _, d := range [][2]int{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} {
			if nx, ny := int(x)+d[0], int(y)+d[1]; nx >= 0 && nx < side && ny >= 0 && ny < side {
				link(uint32(ny*side+nx), 1)
			}
		}
		if v == 0 {
			link(side*side, 1<<26)
		}
	}
	g.First = append(g.First, uint32(len(g.Head)))
	w, err := Build(g, 1)
	if err != nil {
		t.Fatal(err)
	}
	for from := range codec.NodeID(w.Nodes()) {
		if from%100 > 0 {
			continue
		}
		for _, to := range []codec.NodeID{0, codec.NodeID(w.Nodes() - 1)} {
			if r, ok := w.Way(from, to); !ok || r.Settled > 2*w.Nodes() {
				t.Fatalf("from %d to %d: %v, %d of %d nodes settled", from, to, ok, r.Settled, w.Nodes())
			}
		}
	}
}

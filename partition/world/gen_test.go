package world

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

func generated(t testing.TB, partitions int) *World {
	t.Helper()
	return generate(t, Plan{Edges: 5000, Seed: 1, Partitions: partitions})
}

func generate(t testing.TB, p Plan) *World {
	t.Helper()
	g, err := Generate(p)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Build(g, p.Partitions)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestDefaultWorld pins the default world (I1). A change of this hash is a new
// version of the generator or of the cut: say so in the source's text.
func TestDefaultWorld(t *testing.T) {
	w := generate(t, Plan{Edges: DefaultEdges, Seed: 1, Partitions: 4})
	hash := w.Hash()
	if got := hex.EncodeToString(hash[:]); got != "6870b93be9916b9386848cbd14d366c724dafd01f2906389836ea59415e46216" {
		t.Errorf("the default world's hash is %s", got)
	}
}

func TestGenerated(t *testing.T) {
	for _, p := range []Plan{
		{DefaultEdges, 1, 1}, {DefaultEdges, 2, 4}, {DefaultEdges, 3, 8}, {DefaultEdges, 4, 3},
		{DefaultEdges, 5, 64}, {MinGenEdges, 6, 1}, {MinGenEdges, 7, 5}, {100_000, 8, 5},
	} {
		w := generate(t, p)
		if off := w.Edges() - p.Edges; off*off > p.Edges*p.Edges/25/25 {
			t.Errorf("%+v: %d edges, expected within 4 %%", p, w.Edges())
		}
		pairs := map[[2]uint32]uint32{}
		for v := range uint32(w.Nodes()) {
			for e := w.First[v]; e < w.First[v+1]; e++ {
				pairs[[2]uint32{v, w.Head[e]}] = w.Base[e]
				away := w.PartitionOf(codec.NodeID(v)) != w.PartitionOf(codec.NodeID(w.Head[e]))
				if away && (w.Base[e] == Straight || w.Base[e] == Diagonal) {
					t.Fatalf("%+v: edge %d is cut and no portal", p, e)
				}
			}
		}
		for pair, weight := range pairs {
			if pairs[[2]uint32{pair[1], pair[0]}] != weight {
				t.Fatalf("%+v: the edge %v has no equal back", p, pair)
			}
		}
		for i, c := range w.Cut {
			if c.Main != c.Nodes {
				t.Errorf("%+v: %d of partition %d's %d nodes are its main part", p, c.Main, i, c.Nodes)
			}
			share := float64(c.Edges) * float64(p.Partitions) / float64(w.Edges())
			if share < 0.85 || share > 1.15 {
				t.Errorf("%+v: partition %d has %.2f of an even share", p, i, share)
			}
			if p.Partitions > 1 && w.BorderEdges(codec.PartitionID(i)) == 0 {
				t.Errorf("%+v: no portal leads out of partition %d", p, i)
			}
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	hashes := map[codec.Hash]uint64{}
	for seed := range uint64(5) {
		hash := generate(t, Plan{MinGenEdges, seed, 1}).Hash()
		if other, dup := hashes[hash]; dup {
			t.Errorf("seeds %d and %d give the same world", other, seed)
		}
		hashes[hash] = seed
	}
}

func TestGenerateRefuses(t *testing.T) {
	for _, c := range []struct {
		plan Plan
		says string
	}{
		{Plan{MinGenEdges - 1, 1, 1}, "999 edges"},
		{Plan{MaxGenEdges + 1, 1, 1}, "4194305 edges"},
		{Plan{DefaultEdges, 1, 0}, "0 partitions"},
		{Plan{MinGenEdges, 1, 6}, "it must be 1 to 5"},
	} {
		if _, err := Generate(c.plan); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, expected %q", c.plan, err, c.says)
		}
	}
}

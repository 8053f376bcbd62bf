package world

import (
	"encoding/hex"
	"errors"
	"slices"
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

// TestGolden pins generated worlds, the first being the default one (I1). A
// change of a hash is a new version of the generator or of the cut: say so in
// the source's text.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		plan Plan
		want string
	}{
		{Plan{DefaultEdges, 1, 4}, "b57e6b20096b6db6abc52ba28b737aae3b5228072da82ec409a2fbcdbea8095c"},
		{Plan{MinGenEdges, 6, 1}, "b24f4df2e124ab68c75f01f1c2bf1ded7258d67566436e92288f71ec5d4ef751"},
		{Plan{500_000, 1, 4}, "3b97b7004e1976afb1f4261cd5c95bb0fc34c25d2d45f4c449535934824d99e4"},
	} {
		hash := generate(t, c.plan).Hash()
		if got := hex.EncodeToString(hash[:]); got != c.want {
			t.Errorf("the hash of %+v is %s", c.plan, got)
		}
	}
}

// TestWatched: every stage of the work is told, in order, and each telling may
// end it.
func TestWatched(t *testing.T) {
	stop := errors.New("stop")
	var stages []string
	run := func(tellings int) (*Graph, *World, []codec.NodeID, error) {
		stages = nil
		last := 0
		watch := Watch(func(stage string, done, total int) error {
			if len(stages) == 0 || stages[len(stages)-1] != stage {
				stages, last = append(stages, stage), 0
			}
			if done < last || done >= total {
				t.Errorf("%s: %d of %d after %d", stage, done, total, last)
			}
			if last = done; tellings == 0 {
				return stop
			}
			tellings--
			return nil
		})
		g, err := GenerateWatched(Plan{5000, 1, 3}, watch)
		if err != nil {
			return nil, nil, nil, err
		}
		b := Builder{Watch: watch}
		w, err := b.Build(g, 3)
		return g, w, b.Numbers, err
	}
	tellings := 0
	for ; ; tellings++ {
		if _, _, _, err := run(tellings); err == nil {
			break
		} else if !errors.Is(err, stop) {
			t.Fatal(err)
		}
	}
	if tellings < 10 {
		t.Errorf("told %d times", tellings)
	}
	g, w, numbers, err := run(tellings)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(stages, []string{"carving caves", "sorting edges", "cutting", "numbering nodes", "nesting cells", "checking"}) {
		t.Errorf("the stages are %q", stages)
	}
	for i, n := range numbers {
		if w.X[n] != g.X[i] || w.Y[n] != g.Y[i] {
			t.Fatalf("node %d is not where the world's node %d is", i, n)
		}
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
		{Plan{MaxGenEdges + 1, 1, 1}, "67108865 edges"},
		{Plan{DefaultEdges, 1, 0}, "0 partitions"},
		{Plan{MinGenEdges, 1, 6}, "it must be 1 to 5"},
	} {
		if _, err := Generate(c.plan); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, expected %q", c.plan, err, c.says)
		}
	}
}

func TestPartitionsByDefault(t *testing.T) {
	for _, c := range []struct{ edges, imported, generated int }{
		{1, 1, 4}, {910_000, 1, 4}, {910_001, 2, 4}, {3_920_001, 5, 5}, {47_000_000, 52, 48},
	} {
		if i, g := PartitionsFor(c.edges), PartitionsToGenerate(c.edges); i != c.imported || g != c.generated {
			t.Errorf("%d edges: %d and %d partitions, expected %d and %d", c.edges, i, g, c.imported, c.generated)
		}
	}
}

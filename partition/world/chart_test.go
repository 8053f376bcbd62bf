package world

import (
	"encoding/hex"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestCharts: no two caves share a place, all hang together, and each area does
// by itself.
func TestCharts(t *testing.T) {
	check := func(t *testing.T, l chart, caves, areas int) {
		t.Helper()
		if len(l.places) != caves {
			t.Fatalf("%d caves, expected %d", len(l.places), caves)
		}
		taken := map[[2]int]bool{}
		root := make([]int, caves)
		for i, at := range l.places {
			root[i] = i
			if taken[[2]int{at.column, at.row}] || at.column < 0 || at.column >= l.columns || at.row < 0 || at.row >= l.rows {
				t.Fatalf("cave %d lies at %+v of %d x %d", i, at, l.columns, l.rows)
			}
			taken[[2]int{at.column, at.row}] = true
		}
		find := func(i int) int {
			for root[i] != i {
				i = root[i]
			}
			return i
		}
		count := func(inside bool) (sets int) {
			for _, link := range l.links() {
				if (l.places[link[0]].area == l.places[link[1]].area) == inside {
					root[find(link[1])] = find(link[0])
				}
			}
			for i := range root {
				if root[i] == i {
					sets++
				}
			}
			return sets
		}
		if got := count(true); got != areas {
			t.Errorf("%d areas hang together, expected %d", got, areas)
		}
		if got := count(false); got != 1 {
			t.Errorf("the world is in %d pieces", got)
		}
	}
	for caves := 1; caves < 60; caves++ {
		check(t, layOut(caves), caves, caves)
		for _, blocks := range []int{1, 2, 5, 12} {
			check(t, layOutBlocks(blocks, caves), blocks*caves, blocks)
		}
	}
}

// TestBlocks pins a small world of the large layout (I1): every block is a
// partition, and whole.
func TestBlocks(t *testing.T) {
	g, err := Plan{100_000, 1, 4}.on(layOutBlocks(4, 5), nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Build(g, 4)
	if err != nil {
		t.Fatal(err)
	}
	for p, c := range w.Cut {
		if c.Main != c.Nodes || w.BorderEdges(codec.PartitionID(p)) == 0 {
			t.Errorf("partition %d: %+v", p, c)
		}
	}
	hash := w.Hash()
	if got := hex.EncodeToString(hash[:]); got != "5dd37b21017c2785f074f9342c6bb7a1a1a7fbaae786af8e98c8af2948529db8" {
		t.Errorf("the hash is %s", got)
	}
}

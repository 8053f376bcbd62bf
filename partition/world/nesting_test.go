package world

import (
	"os"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// checkFits wants every partition that is large enough for cells to have some,
// and a search's memory to have room for them.
func checkFits(t *testing.T, w *World) {
	t.Helper()
	for p := range w.Cut {
		piece := w.Part(codec.PartitionID(p))
		least := minNested
		if w.BorderEdges(codec.PartitionID(p)) > 0 || len(piece.Entries) > 0 {
			least = minBordered
		}
		if nodes := len(piece.First) - 1; (len(piece.Cells) > 0) != (nodes >= least) {
			t.Errorf("partition %d of %s: %d cells for %d nodes", p, w.Name, len(piece.Cells)/2, nodes)
		}
		shape, err := overlay.Measure(overlay.Graph{
			First: piece.First, Head: piece.Head, FirstNode: uint32(piece.FirstNode), Base: piece.Base, Cells: piece.Cells,
		})
		if err != nil || !shape.Fits() {
			t.Errorf("partition %d of %s does not fit a search's memory: %v", p, w.Name, err)
		}
	}
}

// TestCellsFit: the widest open map has cells that fit too, and with
// HUNT_ALL_MAPS=1, in minutes, so has every other.
func TestCellsFit(t *testing.T) {
	which := "bg512/AR0044SR.map"
	if os.Getenv("HUNT_ALL_MAPS") == "1" {
		which = "*/*.map"
	}
	for _, path := range realMaps(t, which) {
		grid, err := ReadMap(path)
		if err != nil {
			t.Fatal(err)
		}
		w, err := Build(grid.Graph(), 1)
		if err != nil {
			t.Fatal(err)
		}
		checkFits(t, w)
	}
}

package world

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world/maptest"
)

// countMap counts a map's walkable cells and legal steps from its text alone.
func countMap(t *testing.T, path string) (cells, steps int) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var text []string
	for s := bufio.NewScanner(f); s.Scan(); {
		text = append(text, strings.TrimSpace(s.Text()))
	}
	free := func(y, x int) int {
		if y >= 4 && y < len(text) && x >= 0 && x < len(text[y]) && strings.IndexByte(".GS", text[y][x]) >= 0 {
			return 1
		}
		return 0
	}
	for y := range text {
		for x := range text[y] {
			if free(y, x) == 0 {
				continue
			}
			cells++
			n, s, w, e := free(y-1, x), free(y+1, x), free(y, x-1), free(y, x+1)
			steps += n + s + w + e
			steps += n*w*free(y-1, x-1) + n*e*free(y-1, x+1) + s*w*free(y+1, x-1) + s*e*free(y+1, x+1)
		}
	}
	return cells, steps
}

// realMaps are those that match the pattern.
func realMaps(t *testing.T, pattern string) []string {
	t.Helper()
	maps, err := filepath.Glob(filepath.Join(maptest.Dir(t), pattern))
	if err != nil || len(maps) == 0 {
		t.Fatalf("no map %s: %v", pattern, err)
	}
	return maps
}

// TestRealMaps builds small maps of several kinds, and with HUNT_ALL_MAPS=1 all of these kinds.
func TestRealMaps(t *testing.T) {
	patterns := []string{"dao/arena.map", "mazes/maze512-1-0.map", "random/random512-40-0.map"}
	if os.Getenv("HUNT_ALL_MAPS") == "1" {
		patterns = []string{"dao/*.map", "mazes/*.map", "rooms/*.map", "random/*.map"}
	}
	for _, pattern := range patterns {
		for _, path := range realMaps(t, pattern) {
			t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) { testRealMap(t, path) })
		}
	}
}

func testRealMap(t *testing.T, path string) {
	grid, err := ReadMap(path)
	if err != nil {
		t.Fatal(err)
	}
	cells, steps := countMap(t, path)
	for _, partitions := range []int{1, 4} {
		w, err := Build(grid.Graph(), partitions)
		if err != nil {
			t.Fatal(err)
		}
		if w.Nodes() != cells || w.Edges() != steps {
			t.Fatalf("%d nodes and %d edges, counted %d and %d", w.Nodes(), w.Edges(), cells, steps)
		}
		checkFits(t, w)
		if partitions > 1 {
			checkBalance(t, w)
			continue
		}
		checkScenarios(t, w, grid, path+".scen")
		checkMapped(t, w)
	}
}

// checkMapped writes a world and maps it back.
func checkMapped(t *testing.T, built *World) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "m.world")
	if err := built.Write(file); err != nil {
		t.Fatal(err)
	}
	w, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if w.Hash() != built.Hash() {
		t.Error("the mapped world's hash differs from the built one's")
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// checkBalance wants no partition far above its share of the edges.
func checkBalance(t *testing.T, w *World) {
	t.Helper()
	for p, c := range w.Cut {
		share := float64(c.Edges) / (float64(w.Edges()) / float64(w.Partitions()))
		t.Logf("partition %d: %d nodes, main %d, %d edges (%.2f of a share), %d border edges",
			p, c.Nodes, c.Main, c.Edges, share, w.BorderEdges(codec.PartitionID(p)))
		if share < 0.7 || share > 1.35 { // mazes of wide corridors have few good cuts
			t.Errorf("partition %d has %.2f of an even share", p, share)
		}
	}
}

// checkScenarios looks every query's cells up.
func checkScenarios(t *testing.T, w *World, grid *Grid, path string) {
	t.Helper()
	all, err := ReadScen(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Error("no scenarios")
	}
	cells := w.Cells()
	for _, s := range all {
		for _, at := range [][2]int32{{s.StartX, s.StartY}, {s.GoalX, s.GoalY}} {
			n, ok := cells.Node(at[0], at[1])
			if !ok || w.X[n] != at[0] || w.Y[n] != at[1] {
				t.Fatalf("line %d: cell %v is node %d, %v", s.Line, at, n, ok)
			}
		}
		if s.Width != grid.Width || s.Height != grid.Height {
			t.Fatalf("line %d: %d x %d, the map has %d x %d", s.Line, s.Width, s.Height, grid.Width, grid.Height)
		}
	}
}

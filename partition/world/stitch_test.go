package world

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world/maptest"
)

func gridOf(t testing.TB, name string, rows ...string) *Grid {
	t.Helper()
	g := &Grid{Name: name, Width: len(rows[0]), Height: len(rows)}
	for _, row := range rows {
		for _, c := range row {
			g.Open = append(g.Open, c == '.')
		}
	}
	return g
}

func TestStitch(t *testing.T) {
	wide := gridOf(t, "wide", ".......@.", ".......@@", ".......@@", ".......@@")
	small := gridOf(t, "small", "....", "....", "....")
	maps := []*Grid{wide, small, wide, small, wide}
	open := slices.Clone(wide.Open)
	g, err := Stitch(maps, 7)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.X) != 3*28+2*12 {
		t.Errorf("%d nodes: the cell of its own must go, all else stay", len(g.X))
	}
	if !slices.Equal(open, wide.Open) {
		t.Error("a map was changed")
	}
	var of []uint32 // the map of a node
	for i, nodes := range []int{28, 12, 28, 12, 28} {
		of = append(of, slices.Repeat([]uint32{uint32(i)}, nodes)...)
	}
	links := map[[2]uint32]int{}
	places := map[[2]int32]bool{}
	for v := range uint32(len(g.X)) {
		places[[2]int32{g.X[v], g.Y[v]}] = true
		for e := g.First[v]; e < g.First[v+1]; e++ {
			if h := g.Head[e]; of[v] != of[h] {
				links[[2]uint32{of[v], of[h]}]++
			}
		}
	}
	if len(places) != len(g.X) {
		t.Error("maps overlap")
	}
	for i := range uint32(4) {
		if links[[2]uint32{i, i + 1}] != portalsBetween || links[[2]uint32{i + 1, i}] != portalsBetween {
			t.Errorf("between maps %d and %d there are %v", i, i+1, links)
		}
	}
	w, err := Build(g, 2)
	if err != nil || w.Cut[0].Main+w.Cut[1].Main != uint32(len(g.X)) {
		t.Fatalf("%+v, %v", w, err)
	}
	again, _ := Stitch(maps, 7)
	other, _ := Stitch(maps, 8)
	if !slices.Equal(again.Head, g.Head) || slices.Equal(other.Head, g.Head) {
		t.Error("the seed does not decide the portals")
	}
}

func TestStitchRefuses(t *testing.T) {
	one, none := gridOf(t, "one", ".."), gridOf(t, "none", ".@.")
	for _, c := range []struct {
		maps []*Grid
		says string
	}{
		{nil, "0 maps"},
		{[]*Grid{one}, "1 maps"},
		{slices.Repeat([]*Grid{one}, MaxStitched+1), "4097 maps"},
		{[]*Grid{one, none}, "map none"},
	} {
		if _, err := Stitch(c.maps, 1); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, expected %q", err, c.says)
		}
	}
}

// TestStitchReal: real maps hang together, whatever their islands.
func TestStitchReal(t *testing.T) {
	dir := maptest.Dir(t)
	var maps []*Grid
	for _, name := range []string{"dao/arena.map", "dao/hrt000d.map", "mazes/maze512-1-0.map"} {
		m, err := ReadMap(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, m)
	}
	g, err := Stitch(maps, 1)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Build(g, 3)
	if err != nil {
		t.Fatal(err)
	}
	for p, c := range w.Cut {
		if c.Main != c.Nodes || w.BorderEdges(codec.PartitionID(p)) == 0 {
			t.Errorf("partition %d: %+v", p, c)
		}
	}
}

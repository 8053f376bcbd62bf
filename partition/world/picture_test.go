package world

import (
	"image/color"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

func TestPicture(t *testing.T) {
	g := gridOf(t, "m", "...@", "...@", "@@@.", "...@").Graph()
	w, err := Build(g, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := w.Picture(Sketch{})
	if p.Bounds().Dx() != 4*maxCellSide || p.Bounds().Dy() != 4*maxCellSide {
		t.Fatalf("%v", p.Bounds())
	}
	at := func(x, y int) color.NRGBA { return p.NRGBAAt(x*maxCellSide+3, y*maxCellSide+3) }
	if at(0, 0) != ink(0, false) || at(2, 1) != ink(0, false) || at(0, 3) != ink(0, true) || at(3, 2) != ink(0, true) || at(3, 0) != paper {
		t.Errorf("%v", []color.NRGBA{at(0, 0), at(2, 1), at(0, 3), at(3, 2), at(3, 0)})
	}
}

// TestPictureOfCut: the partitions' colours and their border are there.
func TestPictureOfCut(t *testing.T) {
	w := generated(t, 2)
	seen := map[color.NRGBA]int{}
	p := w.Picture(Sketch{})
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			seen[p.NRGBAAt(x, y)]++
		}
	}
	for name, c := range map[string]color.NRGBA{"first": ink(0, false), "second": ink(1, false), "border": border, "paper": paper} {
		if seen[c] == 0 {
			t.Errorf("the picture has no %s", name)
		}
	}
	if ink(0, false) == ink(1, false) {
		t.Error("two partitions have one colour")
	}
}

// TestPictureOfWideWorld: coordinates at the ends of 32 bits fit the picture.
func TestPictureOfWideWorld(t *testing.T) {
	g := &Graph{X: []int32{-1 << 31, 1<<31 - 1}, Y: []int32{1<<31 - 1, 0}, First: []uint32{0, 1, 2}, Head: []uint32{1, 0}, Base: []uint32{1, 1}}
	w, err := Build(g, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := w.Picture(Sketch{})
	if p.Bounds().Dx() != PictureSide || p.Bounds().Dy() > PictureSide/2+1 {
		t.Errorf("%v", p.Bounds())
	}
	if p.NRGBAAt(0, p.Bounds().Dy()-1) != ink(0, false) || p.NRGBAAt(PictureSide-1, 0) != ink(0, false) {
		t.Error("the two nodes are not in their corners")
	}
}

// TestPictureOfCells: each cell of a level has its colour, and a way lies on top.
func TestPictureOfCells(t *testing.T) {
	w := generated(t, 2)
	second := uint32(w.Cut[1].FirstNode)
	w.Nest = []uint32{0, 2, 50, 1, 100, 2, second, 2, second + 70, 1}
	way, ok := w.Way(0, codec.NodeID(second))
	if !ok {
		t.Fatal("no way")
	}
	for level, want := range []int{2, 5, 3, 2} {
		groups := 0
		w.eachNode(level, func(v uint32, c *Part, group int) {
			groups = max(groups, group+1)
			if in := w.PartitionOf(codec.NodeID(v)); c != &w.Cut[in] {
				t.Fatalf("node %d is not of the partition it is drawn for", v)
			}
		})
		p := w.Picture(Sketch{Level: level, Way: &way})
		seen := map[color.NRGBA]bool{}
		for y := range p.Bounds().Dy() {
			for x := range p.Bounds().Dx() {
				seen[p.NRGBAAt(x, y)] = true
			}
		}
		if groups != want || !seen[ink(want-1, false)] || seen[ink(want, false)] || !seen[trail] {
			t.Errorf("level %d: %d groups, expected %d, or their colours are not those of the picture", level, groups, want)
		}
	}
}

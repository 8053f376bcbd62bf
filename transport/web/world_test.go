package web

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

// square is four nodes on a grid, in two partitions.
var square = World{
	X: []int32{0, 1, 0, 1}, Y: []int32{-5, -5, -4, -4},
	First:      []uint32{0, 2, 3, 4, 4},
	Head:       []uint32{1, 2, 0, 0},
	Base:       []uint32{408, 408, 408, 408},
	Partitions: []uint32{0, 2, 4},
}

// read is the page's parser, written again from the format's description.
func read(b []byte) (magic string, counts [3]uint32, words []uint32) {
	for i := range counts {
		counts[i] = binary.LittleEndian.Uint32(b[4+4*i:])
	}
	for at := 16; at < len(b); at += 4 {
		words = append(words, binary.LittleEndian.Uint32(b[at:]))
	}
	return string(b[:4]), counts, words
}

func TestAppendWorldRoundTrip(t *testing.T) {
	b, err := AppendWorld([]byte("before"), square)
	if err != nil {
		t.Fatal(err)
	}
	if string(b[:6]) != "before" {
		t.Error("what stood before is gone")
	}
	magic, counts, words := read(b[6:])
	if magic != "HGV1" || counts != [3]uint32{4, 4, 2} {
		t.Errorf("magic %q, counts %v; want HGV1, [4 4 2]", magic, counts)
	}
	below := func(v int32) uint32 { return uint32(v) }
	want := slices.Concat([]uint32{0, 1, 0, 1}, []uint32{below(-5), below(-5), below(-4), below(-4)},
		square.First, square.Head, square.Base, square.Partitions)
	if !slices.Equal(words, want) {
		t.Errorf("words\n%v, want\n%v", words, want)
	}
}

func TestAppendWorldRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*World)
	}{
		{"no nodes", func(w *World) { w.X, w.Y = nil, nil }},
		{"fewer y", func(w *World) { w.Y = w.Y[:3] }},
		{"first too short", func(w *World) { w.First = w.First[:4] }},
		{"fewer weights", func(w *World) { w.Base = w.Base[:2] }},
		{"no partitions", func(w *World) { w.Partitions = []uint32{0} }},
		{"first goes back", func(w *World) { w.First = []uint32{0, 3, 2, 4, 4} }},
		{"first ends early", func(w *World) { w.First = []uint32{0, 1, 1, 1, 1} }},
		{"partitions begin late", func(w *World) { w.Partitions = []uint32{1, 2, 4} }},
		{"head beyond", func(w *World) { w.Head = []uint32{1, 2, 0, 4} }},
		{"too large", func(w *World) {
			w.X, w.Y = make([]int32, MaxWorldBytes/8), make([]int32, MaxWorldBytes/8)
			w.First = make([]uint32, len(w.X)+1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := square
			c.spoil(&w)
			if b, err := AppendWorld(nil, w); !errors.Is(err, ErrWorld) || len(b) != 0 {
				t.Errorf("error %v with %d bytes, want ErrWorld and none", err, len(b))
			}
		})
	}
}

package world

import (
	"math/bits"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// index finds what follows from the edges that cross the cut: one pass over all
// heads, with a bit for each node. The world must be sound.
func (w *World) index() {
	w.bounds = make([]codec.NodeID, 0, len(w.Cut)+1)
	entered := make([]uint64, (len(w.X)+63)/64)
	for _, c := range w.Cut {
		w.bounds = append(w.bounds, c.FirstNode)
		for _, head := range w.Head[c.FirstEdge : uint32(c.FirstEdge)+c.Edges] {
			if head-uint32(c.FirstNode) >= c.Nodes {
				entered[head/64] |= 1 << (head % 64)
			}
		}
	}
	w.bounds = append(w.bounds, codec.NodeID(len(w.X)))
	w.entries = nil
	for i, word := range entered {
		for ; word != 0; word &= word - 1 {
			w.entries = append(w.entries, uint32(64*i+bits.TrailingZeros64(word)))
		}
	}
}

// within are those of some ascending nodes that lie in a range.
func within(nodes []uint32, lo, hi uint32) []uint32 {
	a, _ := slices.BinarySearch(nodes, lo)
	b, _ := slices.BinarySearch(nodes, hi)
	return nodes[a:b:b]
}

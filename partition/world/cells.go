package world

import (
	"cmp"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// Cells finds nodes by where they are drawn: a grid's nodes by column and row.
type Cells struct {
	w     *World
	nodes []uint32 // by row, then column, then id
}

// Cells sorts the world's nodes by place, which takes 4 bytes a node.
func (w *World) Cells() *Cells {
	c := &Cells{w, make([]uint32, w.Nodes())}
	for i := range c.nodes {
		c.nodes[i] = uint32(i)
	}
	slices.SortFunc(c.nodes, func(a, b uint32) int {
		return cmp.Or(c.compare(a, w.X[b], w.Y[b]), cmp.Compare(a, b))
	})
	return c
}

// Node is the node at column x and row y, the lowest if there are several.
func (c *Cells) Node(x, y int32) (codec.NodeID, bool) {
	i, found := slices.BinarySearchFunc(c.nodes, 0, func(n uint32, _ int) int { return c.compare(n, x, y) })
	if !found {
		return codec.NoNode, false
	}
	return codec.NodeID(c.nodes[i]), true
}

func (c *Cells) compare(n uint32, x, y int32) int {
	return cmp.Or(cmp.Compare(c.w.Y[n], y), cmp.Compare(c.w.X[n], x))
}

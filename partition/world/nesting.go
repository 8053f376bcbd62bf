package world

import (
	"slices"

	"github.com/huntgraph/huntgraph/partition/overlay"
	"github.com/huntgraph/huntgraph/partition/world/nest"
)

// ladders are the sizes of cells to try, by level from the lowest, until the
// cells fit a search's memory. The first is the best where borders are short. A
// cell of n nodes in the open has about 4*sqrt(n) border points, of which a
// search's memory holds 1,024 of one cell and 4,096 of all cells within one: that
// asks for cells of at most 65,536 nodes, and for no more than four at a step.
var ladders = [][]int{
	nest.Sizes,
	{nest.Lowest, 1 << 12, 1 << 15, 1 << 17},
	{nest.Lowest, 1 << 12, 1 << 14, 1 << 16},
	{nest.Lowest, 1 << 11, 1 << 13, 1 << 15, 1 << 16},
	{nest.Lowest, 1 << 11, 1 << 13, 1 << 14, 1 << 15, 1 << 16},
}

// nested orders the nodes of each partition by nested cells, and returns the
// cells as pairs: a cell's first node and the highest level that begins with
// it. order lists the graph's nodes partition by partition, the main part of
// each before the rest, whose new numbers are returned too. Partitions of few
// nodes have no cells.
func (b *Builder) nested(r rows, order []uint32, parts []Part, x, y []int32) (cells, rest []uint32, err error) {
	n := nester{r: r.unite(r.transpose()), to: make([]uint32, len(order)), x: x, y: y}
	for i, p := range parts {
		if err := b.Watch.tell("nesting cells", i, len(parts)); err != nil {
			return nil, nil, err
		}
		lo, hi := uint32(p.FirstNode), uint32(p.FirstNode)+p.Nodes
		outside := make(map[uint32]bool, p.Nodes-p.Main)
		for _, v := range order[lo+p.Main : hi] {
			outside[v] = true
		}
		if p.Nodes >= minNested || p.Nodes >= minBordered && n.bordered(order[lo:hi]) {
			n.block(order[lo:hi], lo)
		}
		for i, v := range order[lo:hi] {
			if outside[v] {
				rest = append(rest, lo+uint32(i))
			}
		}
	}
	return n.cells, rest, nil
}

type nester struct {
	r     rows     // undirected
	to    []uint32 // a node's place in the block in hand, plus 1; 0: not there
	x, y  []int32
	cells []uint32
}

// block orders nodes that will have the numbers from first on.
func (n *nester) block(nodes []uint32, first uint32) {
	halves := nest.Halve(n.graph(nodes), nest.Lowest)
	was := slices.Clone(nodes)
	for _, sizes := range ladders {
		order, cells := halves.Cells(sizes)
		for i, v := range order {
			nodes[i] = was[v]
		}
		pairs := make([]uint32, 0, 2*len(cells))
		for _, c := range cells {
			pairs = append(pairs, c.First, c.Level)
		}
		if !n.fits(nodes, pairs) {
			continue
		}
		for i := 0; i < len(pairs); i += 2 {
			pairs[i] += first
		}
		n.cells = append(n.cells, pairs...)
		return
	}
	copy(nodes, was) // searched whole
}

// bordered reports whether edges link a block to others.
func (n *nester) bordered(nodes []uint32) bool {
	n.place(nodes)
	defer n.forget(nodes)
	for _, v := range nodes {
		for _, h := range n.r.head[n.r.first[v]:n.r.first[v+1]] {
			if n.to[h] == 0 {
				return true
			}
		}
	}
	return false
}

// place numbers a block's nodes.
func (n *nester) place(nodes []uint32) {
	for i, v := range nodes {
		n.to[v] = uint32(i) + 1
	}
}

func (n *nester) forget(nodes []uint32) {
	for _, v := range nodes {
		n.to[v] = 0
	}
}

// graph is what the block's nodes and the edges between them look like.
func (n *nester) graph(nodes []uint32) nest.Graph {
	n.place(nodes)
	defer n.forget(nodes)
	local := rows{first: make([]uint32, 1, len(nodes)+1)}
	g := nest.Graph{X: make([]int32, len(nodes)), Y: make([]int32, len(nodes)), Border: make([]bool, len(nodes))}
	for i, v := range nodes {
		g.X[i], g.Y[i] = n.x[v], n.y[v]
		for _, h := range n.r.head[n.r.first[v]:n.r.first[v+1]] {
			if to := n.to[h]; to > 0 {
				local.head = append(local.head, to-1)
			} else {
				g.Border[i] = true
			}
		}
		local.first = append(local.first, uint32(len(local.head)))
	}
	local.base = make([]uint32, len(local.head))
	local = local.transpose() // it equals its transpose, but for the order within rows
	g.First, g.Head = local.first, local.head
	return g
}

// fits reports whether a search's memory has room for the cells of ordered
// nodes. The points of cells are the same whichever way an edge leads.
func (n *nester) fits(nodes, pairs []uint32) bool {
	n.place(nodes)
	defer n.forget(nodes)
	g := overlay.Graph{First: make([]uint32, 1, len(nodes)+1), Cells: pairs}
	for _, v := range nodes {
		for _, h := range n.r.head[n.r.first[v]:n.r.first[v+1]] {
			g.Head = append(g.Head, n.to[h]-1) // what lies outside is the last number of all
		}
		g.First = append(g.First, uint32(len(g.Head)))
	}
	shape, err := overlay.Measure(g)
	return err == nil && shape.Fits()
}

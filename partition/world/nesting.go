package world

import (
	"slices"

	"github.com/huntgraph/huntgraph/partition/world/nest"
)

// nested orders the nodes of each partition by nested cells, and returns the
// cells as pairs: a cell's first node and the highest level that begins with
// it. order lists the graph's nodes partition by partition, the main part of
// each before the rest; either is cut by itself, so that main parts stay first.
// Partitions below minNested nodes have no cells.
func nested(r rows, order []uint32, parts []Part, x, y []int32) (cells []uint32) {
	n := nester{r: r.unite(r.transpose()), to: make([]uint32, len(order)), x: x, y: y}
	for _, p := range parts {
		if p.Nodes < minNested {
			continue
		}
		lo, hi := uint32(p.FirstNode), uint32(p.FirstNode)+p.Nodes
		n.block(order[lo:lo+p.Main], lo)
		n.block(order[lo+p.Main:hi], lo+p.Main)
	}
	return n.cells
}

type nester struct {
	r     rows     // undirected
	to    []uint32 // a node's place in the block in hand, plus 1; 0: not there
	x, y  []int32
	cells []uint32
}

// block orders nodes that will have the numbers from first on.
func (n *nester) block(nodes []uint32, first uint32) {
	for i, v := range nodes {
		n.to[v] = uint32(i) + 1
	}
	local := rows{first: make([]uint32, 1, len(nodes)+1)}
	g := nest.Graph{X: make([]int32, len(nodes)), Y: make([]int32, len(nodes))}
	for i, v := range nodes {
		g.X[i], g.Y[i] = n.x[v], n.y[v]
		for _, h := range n.r.head[n.r.first[v]:n.r.first[v+1]] {
			if to := n.to[h]; to > 0 {
				local.head = append(local.head, to-1)
			}
		}
		local.first = append(local.first, uint32(len(local.head)))
	}
	local.base = make([]uint32, len(local.head))
	local = local.transpose() // it equals its transpose, but for the order within rows
	g.First, g.Head = local.first, local.head
	order, cells := nest.Cut(g, nest.Sizes)
	was := slices.Clone(nodes)
	for _, v := range was {
		n.to[v] = 0
	}
	for i, v := range order {
		nodes[i] = was[v]
	}
	for _, c := range cells {
		n.cells = append(n.cells, first+c.First, c.Level)
	}
}

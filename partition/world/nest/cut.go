package nest

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// Graph is undirected: every edge stands in the rows of both its ends, and the
// heads within a row ascend. X and Y say where a node is drawn.
type Graph struct {
	First, Head []uint32
	X, Y        []int32
}

// Sizes are the most nodes of a cell, by level from the lowest.
var Sizes = []int{1 << 9, 1 << 12, 1 << 15, 1 << 18}

// Cell is a cell of the lowest level. It begins at node First, and with it
// begin cells of all levels up to Level; the lowest level is 1.
type Cell struct{ First, Level uint32 }

// Cut returns an order of the graph's nodes and the cells as ranges of it.
func Cut(g Graph, sizes []int) (order []uint32, cells []Cell) {
	n := len(g.First) - 1
	if n == 0 {
		return nil, nil
	}
	all := make([]uint32, n)
	for v := range all {
		all[v] = uint32(v)
	}
	c := cutter{g: g, sizes: sizes, free: make(chan struct{}, runtime.GOMAXPROCS(0)-1)}
	root := c.split(piece{first: g.First, head: g.Head, id: all})
	order = make([]uint32, 0, n)
	order, cells = c.line(root, n+1<<62, order, nil)
	c.lead(order, cells)
	return order, cells
}

// cutter is what all the cuts share.
type cutter struct {
	g     Graph
	sizes []int
	free  chan struct{} // a place in it is the right to one more goroutine
}

// tree is a set of nodes and its halves; a leaf is a cell of the lowest level.
type tree struct {
	nodes       []uint32 // of a leaf
	size        int
	left, right *tree
}

// split cuts a piece until its parts fit the lowest level.
func (c *cutter) split(p piece) *tree {
	t := &tree{size: len(p.id)}
	if t.size <= c.sizes[0] {
		t.nodes = p.id
		return t
	}
	a, b := p.parts(c.halve(&p))
	p = piece{}
	select {
	case c.free <- struct{}{}:
		var group sync.WaitGroup
		group.Go(func() { t.left = c.split(a); <-c.free })
		t.right = c.split(b)
		group.Wait()
	default:
		t.left, t.right = c.split(a), c.split(b)
	}
	return t
}

// line appends the leaves of a tree in order. above is the size of the
// smallest tree around it that begins at the same leaf.
func (c *cutter) line(t *tree, above int, order []uint32, cells []Cell) ([]uint32, []Cell) {
	if t.left != nil {
		order, cells = c.line(t.left, above, order, cells)
		return c.line(t.right, t.size, order, cells)
	}
	level := 1
	for level < len(c.sizes) && c.sizes[level] < above {
		level++
	}
	cells = append(cells, Cell{uint32(len(order)), uint32(level)})
	return append(order, t.nodes...), cells
}

// lead orders the nodes of each lowest cell by the highest level at which they
// link two cells.
func (c *cutter) lead(order []uint32, cells []Cell) {
	in := make([]uint32, len(order)) // a node's lowest cell
	for k := range cells {
		for _, v := range order[cells[k].First:end(cells, k, len(order))] {
			in[v] = uint32(k)
		}
	}
	// two cells are apart up to the highest level that begins after the first of
	// them and not after the second: a range maximum.
	apart := func(a, b uint32) (level uint32) {
		if a > b {
			a, b = b, a
		}
		for k := a + 1; k <= b && level < uint32(len(c.sizes)); k++ {
			level = max(level, cells[k].Level)
		}
		return level
	}
	rank := make([]uint32, len(order))
	for v := range rank {
		for _, h := range c.g.Head[c.g.First[v]:c.g.First[v+1]] {
			if in[h] != in[v] {
				rank[v] = max(rank[v], apart(in[v], in[h]))
			}
		}
	}
	for k := range cells {
		slices.SortFunc(order[cells[k].First:end(cells, k, len(order))], func(a, b uint32) int {
			return cmp.Or(cmp.Compare(rank[b], rank[a]), cmp.Compare(a, b))
		})
	}
}

// end is where cell k ends.
func end(cells []Cell, k, nodes int) int {
	if k+1 < len(cells) {
		return int(cells[k+1].First)
	}
	return nodes
}

package nest

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
)

// Graph is undirected: every edge stands in the rows of both its ends, and the
// heads within a row ascend. X and Y say where a node is drawn, Border which
// nodes link the graph to others (nil: none).
type Graph struct {
	First, Head []uint32
	X, Y        []int32
	Border      []bool
}

// Lowest is the most nodes of a cell of the lowest level.
const Lowest = 1 << 9

// Sizes are the most nodes of a cell, by level from the lowest.
var Sizes = []int{Lowest, 1 << 12, 1 << 15, 1 << 18}

// Cell is a cell of the lowest level. It begins at node First, and with it
// begin cells of all levels up to Level; the lowest level is 1.
type Cell struct{ First, Level uint32 }

// Halves are a graph cut in two again and again.
type Halves struct {
	g    Graph
	root *tree
}

// Halve cuts a graph, and its halves, down to at most lowest nodes.
func Halve(g Graph, lowest int) *Halves {
	all := make([]uint32, len(g.First)-1)
	for v := range all {
		all[v] = uint32(v)
	}
	c := cutter{g: g, lowest: lowest, free: make(chan struct{}, runtime.GOMAXPROCS(0)-1)}
	return &Halves{g, c.split(piece{first: g.First, head: g.Head, id: all})}
}

// Cells returns an order of the graph's nodes and the cells as ranges of it.
// Sizes are the most nodes of a cell by level; the first is what the graph was
// cut down to.
func (h *Halves) Cells(sizes []int) (order []uint32, cells []Cell) {
	order = make([]uint32, 0, h.root.size)
	order, cells = h.root.line(sizes, math.MaxInt, order, nil)
	h.g.lead(len(sizes), order, cells)
	return order, cells
}

// cutter is what all the cuts share.
type cutter struct {
	g      Graph
	lowest int
	free   chan struct{} // a place in it is the right to one more goroutine
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
	if t.size <= c.lowest {
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
func (t *tree) line(sizes []int, above int, order []uint32, cells []Cell) ([]uint32, []Cell) {
	if t.left != nil {
		order, cells = t.left.line(sizes, above, order, cells)
		return t.right.line(sizes, t.size, order, cells)
	}
	level := 1
	for level < len(sizes) && sizes[level] < above {
		level++
	}
	cells = append(cells, Cell{uint32(len(order)), uint32(level)})
	return append(order, t.nodes...), cells
}

// lead orders the nodes of each lowest cell by the highest level, of so many, at
// which they link two cells, or the graph to others.
func (g *Graph) lead(levels int, order []uint32, cells []Cell) {
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
		for k := a + 1; k <= b && level < uint32(levels); k++ {
			level = max(level, cells[k].Level)
		}
		return level
	}
	rank := make([]uint32, len(order))
	for v := range rank {
		if g.Border != nil && g.Border[v] {
			rank[v] = uint32(levels) + 1
			continue
		}
		for _, h := range g.Head[g.First[v]:g.First[v+1]] {
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

package bench

import (
	"math"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/iterator"
	"gonum.org/v1/gonum/graph/path"
	"gonum.org/v1/gonum/graph/simple"

	"github.com/huntgraph/huntgraph/partition/overlay"
)

// plain is the floor and the oracle: Dijkstra's algorithm on the whole graph
// with a binary heap, from one node until it meets another.
type plain struct {
	o    *overlay.Overlay
	dist []uint32
	heap []uint64 // dist<<32 | node
}

func newPlain(o *overlay.Overlay) *plain {
	return &plain{o: o, dist: make([]uint32, len(o.First)-1)}
}

func (p *plain) distance(from, to uint32) uint32 {
	for i := range p.dist {
		p.dist[i] = overlay.Unreachable
	}
	p.dist[from] = 0
	p.heap = append(p.heap[:0], uint64(from))
	for len(p.heap) > 0 {
		top := p.pop()
		d, node := uint32(top>>32), uint32(top)
		if d > p.dist[node] {
			continue
		}
		if node == to {
			break
		}
		for e := p.o.First[node] - p.o.First[0]; e < p.o.First[node+1]-p.o.First[0]; e++ {
			head, w := p.o.Head[e]-p.o.FirstNode, p.o.Weight(e)
			if w == overlay.Unreachable {
				continue
			}
			if nd := d + w; nd < p.dist[head] {
				p.dist[head] = nd
				p.push(uint64(nd)<<32 | uint64(head))
			}
		}
	}
	return p.dist[to]
}

func (p *plain) push(l uint64) {
	p.heap = append(p.heap, l)
	h := p.heap
	for i := len(h) - 1; i > 0 && h[i] < h[(i-1)/2]; i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

func (p *plain) pop() uint64 {
	h := p.heap
	top, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if h[child] < h[least] {
				least = child
			}
		}
		if least == i {
			break
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
	p.heap = h
	return top
}

// gonum shows the overlay's graph to gonum.
type gonum struct{ o *overlay.Overlay }

func (g gonum) distance(from, to uint32) uint32 {
	_, weight := path.DijkstraFromTo(simple.Node(from), simple.Node(to), g)
	if math.IsInf(weight, 1) {
		return overlay.Unreachable
	}
	return uint32(weight)
}

func (g gonum) From(id int64) graph.Nodes {
	first := g.o.First[0]
	heads := g.o.Head[g.o.First[id]-first : g.o.First[id+1]-first]
	nodes := make([]graph.Node, len(heads))
	for i, h := range heads {
		nodes[i] = simple.Node(h - g.o.FirstNode)
	}
	return iterator.NewOrderedNodes(nodes)
}

func (g gonum) edge(from, to int64) (e uint32, ok bool) {
	for e = g.o.First[from] - g.o.First[0]; e < g.o.First[from+1]-g.o.First[0]; e++ {
		if int64(g.o.Head[e]-g.o.FirstNode) == to {
			return e, true
		}
	}
	return 0, false
}

func (g gonum) Edge(from, to int64) graph.Edge {
	if e, ok := g.edge(from, to); ok {
		return simple.WeightedEdge{F: simple.Node(from), T: simple.Node(to), W: float64(g.o.Weight(e))}
	}
	return nil
}

// Weight makes it a path.Weighted, so that gonum takes weights from here.
func (g gonum) Weight(from, to int64) (float64, bool) {
	e, ok := g.edge(from, to)
	if !ok {
		return math.Inf(1), from == to
	}
	return float64(g.o.Weight(e)), true
}

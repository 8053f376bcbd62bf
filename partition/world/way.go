package world

import (
	"math/bits"
	"slices"
	"sort"

	"github.com/huntgraph/huntgraph/codec"
)

// Way is a shortest way on base weights.
type Way struct {
	Nodes   []codec.NodeID // from its start to its end
	Edges   []codec.EdgeID // one fewer
	Length  uint64         // in the world's unit
	Settled int            // nodes that the search passed
}

// Way finds a shortest way between two nodes of the world, whatever its
// partitions, or reports that there is none. It takes 12 bytes a node while it
// runs. It panics if there is no such node.
//
// The search is Dijkstra's with a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990),
// which settles a node once whatever the weights are, and moves an entry once a bit of
// them at the most. From both ends at once it would pass about as many nodes, since
// portals make far places near, and it would need the edges by head.
func (w *World) Way(from, to codec.NodeID) (Way, bool) {
	s := newWays(w)
	s.offer(uint32(from), 0, uint32(codec.NoEdge))
	s.search(uint32(to))
	if s.dist[to] == 0 {
		return Way{Settled: s.settled}, false
	}
	way := Way{Length: s.dist[to] - 1, Settled: s.settled, Nodes: []codec.NodeID{to}}
	for v := uint32(to); v != uint32(from); {
		e := s.by[v]
		v = uint32(sort.Search(w.Nodes(), func(u int) bool { return w.First[u+1] > e }))
		way.Nodes, way.Edges = append(way.Nodes, codec.NodeID(v)), append(way.Edges, codec.EdgeID(e))
	}
	slices.Reverse(way.Nodes)
	slices.Reverse(way.Edges)
	return way, true
}

// ways is a search from one node.
type ways struct {
	w       *World
	dist    []uint64 // a node's distance, plus 1; 0: not known
	by      []uint32 // the edge that it comes by
	bucket  [65][]distance
	last    uint64 // the distance settled last: none to come is nearer
	settled int
}

func newWays(w *World) *ways {
	return &ways{w: w, dist: make([]uint64, w.Nodes()), by: make([]uint32, w.Nodes())}
}

// offer tells a node of a way to it.
func (s *ways) offer(v uint32, d uint64, by uint32) {
	if was := s.dist[v]; was > 0 && was <= d+1 {
		return
	}
	s.dist[v], s.by[v] = d+1, by
	s.put(distance{d, v})
}

// put puts an entry into the bucket of the highest bit in which it differs from the last distance.
func (s *ways) put(e distance) {
	b := &s.bucket[bits.Len64(e.d^s.last)]
	*b = append(*b, e)
}

// search settles nodes until one is final or no more can be reached.
func (s *ways) search(to uint32) {
	for s.spread() {
		b := &s.bucket[0]
		for len(*b) > 0 {
			e := (*b)[len(*b)-1]
			*b = (*b)[:len(*b)-1]
			if s.dist[e.v]-1 != e.d {
				continue // a nearer way was found since
			}
			s.settle(e.v)
			if e.v == to {
				return
			}
		}
	}
}

// spread brings the nearest entries to the first bucket: it spreads the first one
// that is not empty over those before it. False: there are none.
func (s *ways) spread() bool {
	for i := range s.bucket {
		b := s.bucket[i]
		if len(b) == 0 {
			continue
		}
		if i > 0 {
			s.last = b[0].d
			for _, e := range b {
				s.last = min(s.last, e.d)
			}
			s.bucket[i] = b[:0]
			for _, e := range b {
				s.put(e)
			}
		}
		return true
	}
	return false
}

func (s *ways) settle(v uint32) {
	s.settled++
	d := s.dist[v] - 1
	lo, hi := s.w.First[v], s.w.First[v+1]
	heads, bases := s.w.Head[lo:hi], s.w.Base[lo:hi]
	for i, h := range heads {
		s.offer(h, d+uint64(bases[i]), lo+uint32(i))
	}
}

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
// The search is Dijkstra's with buckets instead of a heap (Denardo and Fox 1979):
// where a bucket is no wider than the lightest edge, its nodes are final in any
// order, so that a far way takes one pass over the world, with no sorting. From
// both ends at once it would pass about as many nodes, since portals make far
// places near, and it would need the edges by head.
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

// maxBuckets bounds the buckets of a search. A world whose weights differ more
// has wider ones, in which a node may be settled again.
const maxBuckets = 1 << 12

// ways is a search from one node.
type ways struct {
	w       *World
	dist    []uint64 // a node's distance, plus 1; 0: not known
	by      []uint32 // the edge that it comes by
	shift   int      // a bucket is 1<<shift wide
	bucket  [][]uint64
	settled int
}

func newWays(w *World) *ways {
	s := &ways{w: w, dist: make([]uint64, w.Nodes()), by: make([]uint32, w.Nodes())}
	least, most := uint32(1<<32-1), uint32(1)
	for _, base := range w.Base {
		least, most = min(least, base), max(most, base)
	}
	s.shift = max(bits.Len32(least)-1, bits.Len32(most/maxBuckets))
	count := 1
	for count < int(most>>s.shift)+2 {
		count *= 2
	}
	s.bucket = make([][]uint64, count)
	return s
}

// offer tells a node of a way to it.
func (s *ways) offer(v uint32, d uint64, by uint32) {
	if was := s.dist[v]; was > 0 && was <= d+1 {
		return
	}
	s.dist[v], s.by[v] = d+1, by
	b := &s.bucket[d>>s.shift&uint64(len(s.bucket)-1)]
	*b = append(*b, d<<32|uint64(v)) // of the distance, enough to tell a stale entry
}

// search settles nodes until one is final or no more can be reached.
func (s *ways) search(to uint32) {
	at, empty := uint64(0), 0
	for ; empty < len(s.bucket); at++ {
		if s.dist[to] > 0 && (s.dist[to]-1)>>s.shift < at {
			return
		}
		b := &s.bucket[at&uint64(len(s.bucket)-1)]
		empty++
		for len(*b) > 0 {
			empty = 0
			last := len(*b) - 1
			entry := (*b)[last]
			*b = (*b)[:last]
			if v := uint32(entry); uint32(s.dist[v]-1) == uint32(entry>>32) {
				s.settle(v)
			}
		}
	}
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

package partition

import "github.com/huntgraph/huntgraph/codec"

// search is a Dijkstra over the reversed edges of the partition, on the weights
// as of the cut: it fills a field with the distance of every node to the
// nearest of its sources. It can be run in slices.
//
// A label is dist<<32 | node, so labels have a total order, nodes are settled
// in it, and the result does not depend on the heap's shape. The heap is a
// 4-ary one with stale labels left in it; it lies in the arena. A label for
// which there is no room is dropped and only the smallest one dropped is
// remembered: the field itself holds every tentative distance, so before the
// search comes to that label it gathers the frontier anew from the field. Any
// frontier thus fits, at the price of a pass over the nodes.
type search struct {
	into    *field
	labels  []uint64 // the arena's, as a heap
	n       int
	floor   uint64 // every label below it is settled, none from it on
	dropped uint64 // the smallest label dropped
	running bool
}

const noLabel = ^uint64(0)

func label(dist, node uint32) uint64 { return uint64(dist)<<32 | uint64(node) }

// start empties the field and begins a search into it.
func (s *search) start(into *field) {
	for i := range into.dist {
		into.dist[i] = uint32(codec.Unreachable)
	}
	*s = search{into: into, labels: s.labels, dropped: noLabel, running: true}
}

// source makes a node a source, of the treasure with that ordinal.
func (s *search) source(node uint32, ordinal uint16) {
	s.into.dist[node] = 0
	s.into.via[node] = uint32(codec.NoEdge)
	s.into.source[node] = ordinal
	s.push(label(0, node))
}

// advance settles at most budget nodes, stops early at the target, and reports
// whether the search is at its end.
func (c *Core) advance(budget int, target uint32) bool {
	s := &c.search
	for ; budget > 0; budget-- {
		node, ok := s.settle()
		if !ok {
			s.running = false
			return true
		}
		if node == target {
			return true
		}
		c.relax(node)
	}
	return false
}

// settle takes the smallest label that is not stale.
func (s *search) settle() (node uint32, ok bool) {
	for {
		if s.n == 0 || s.labels[0] > s.dropped {
			if s.dropped == noLabel {
				return 0, false
			}
			s.gather()
			continue
		}
		top := s.pop()
		node = uint32(top)
		if s.into.dist[node] == uint32(top>>32) && top >= s.floor {
			s.floor = top + 1
			return node, true
		}
	}
}

// relax offers the settled node's distance to the tails of the edges that lead to it.
func (c *Core) relax(node uint32) {
	f := c.search.into
	dist, source := f.dist[node], f.source[node]
	for _, e := range c.inEdge[c.inFirst[node]:c.inFirst[node+1]] {
		tail := c.tail[e]
		if d := dist + c.cutWeight(e); d >= dist && d < f.dist[tail] { // a sum beyond 32 bits is no way
			f.dist[tail], f.via[tail], f.source[tail] = d, e, source
			c.search.push(label(d, tail))
		}
	}
}

// gather rebuilds the heap from the field: the smallest labels that are not
// settled, as many as half the room, so that the search can go on. While it
// selects them the heap holds complements, which puts the largest on top.
func (s *search) gather() {
	room := len(s.labels) / 2
	s.n, s.dropped = 0, noLabel
	for node, dist := range s.into.dist {
		l := label(dist, uint32(node))
		if dist == uint32(codec.Unreachable) || l < s.floor {
			continue
		}
		if s.n < room {
			s.labels[s.n] = ^l
			s.n++
			siftUp(s.labels[:s.n], s.n-1)
			continue
		}
		if l < ^s.labels[0] {
			l, s.labels[0] = ^s.labels[0], ^l
			siftDown(s.labels[:s.n], 0)
		}
		s.dropped = min(s.dropped, l)
	}
	kept := s.labels[:s.n]
	for i := range kept {
		kept[i] = ^kept[i]
	}
	for i := (s.n - 1) / arity; i >= 0; i-- {
		siftDown(kept, i)
	}
}

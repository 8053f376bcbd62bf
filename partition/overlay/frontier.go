package overlay

// frontier is a heap of labels. A label is dist<<32 | node: labels have a total
// order and nodes are settled in it; stale labels stay in the heap. A label for
// which there is no room is dropped and only the smallest one dropped is
// remembered: the values hold every tentative distance, so before the search
// comes to that label it gathers the frontier anew from them. Any frontier thus
// fits, at the price of a pass over the cell.
type frontier struct {
	labels  []uint64
	n       int
	floor   uint64 // every label below it is settled, none from it on
	dropped uint64 // the smallest label dropped
}

const noLabel = ^uint64(0)

func label(dist, node uint32) uint64 { return uint64(dist)<<32 | uint64(node) }

func (s *frontier) start() { s.n, s.floor, s.dropped = 0, 0, noLabel }

// settle takes the smallest label that is not stale.
func (s *frontier) settle(v *values) (at uint32, ok bool) {
	for {
		if s.n == 0 || s.labels[0] > s.dropped {
			if s.dropped == noLabel {
				return 0, false
			}
			s.gather(v)
			continue
		}
		top := s.pop()
		at = uint32(top)
		if v.dist[at-v.off] == uint32(top>>32) && top >= s.floor {
			s.floor = top + 1
			return at, true
		}
	}
}

// gather rebuilds the heap from the values: the smallest labels that are not
// settled, as many as half the room, so that the search can go on. While it
// selects them the heap holds complements, which puts the largest on top.
func (s *frontier) gather(v *values) {
	room := (len(s.labels) + 1) / 2
	s.n, s.dropped = 0, noLabel
	for i, dist := range v.dist {
		l := label(dist, v.off+uint32(i))
		if dist == Unreachable || l < s.floor {
			continue
		}
		if s.n < room {
			siftUp(s.labels, s.n, ^l)
			s.n++
			continue
		}
		if l < ^s.labels[0] {
			out := ^s.labels[0]
			siftDown(s.labels[:s.n], 0, ^l)
			l = out
		}
		s.dropped = min(s.dropped, l)
	}
	kept := s.labels[:s.n]
	for i := range kept {
		kept[i] = ^kept[i]
	}
	for i := s.n/2 - 1; i >= 0; i-- {
		siftDown(kept, i, kept[i])
	}
}

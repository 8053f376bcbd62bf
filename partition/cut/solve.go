package cut

import "github.com/huntgraph/huntgraph/codec"

// solver finds the values of all points towards one goal: Dijkstra's algorithm
// from the goals backwards, over the reports' cliques and the edges between
// partitions. Of equally near treasures the one with the lowest id counts, as
// everywhere.
type solver struct {
	net   *net
	value []codec.Reach // by point
	done  []bool
	open  queue
}

func newSolver(n *net) *solver {
	return &solver{net: n, value: make([]codec.Reach, len(n.of)), done: make([]bool, len(n.of))}
}

// run leaves the goal's values in s.value.
func (s *solver) run(reports []Report, goal codec.GoalID) {
	clear(s.done)
	s.open = s.open[:0]
	for p := range reports {
		lo, hi := s.net.first[p], s.net.first[p+1]
		copy(s.value[lo:hi], reports[p].Inside[int(goal)*(hi-lo):])
		for i := lo; i < hi; i++ {
			if s.value[i].Distance != codec.Unreachable {
				s.open.push(label{s.value[i], i})
			}
		}
	}
	for len(s.open) > 0 {
		at := s.open.pop().point
		if s.done[at] {
			continue
		}
		s.done[at] = true
		s.relax(reports, at)
	}
}

// relax offers a point's value to the points that lead to it.
func (s *solver) relax(reports []Report, at int) {
	p := s.net.of[at]
	lo, hi := s.net.first[p], s.net.first[p+1]
	for i, d := range reports[p].Clique[(at-lo)*(hi-lo):][:hi-lo] {
		s.offer(lo+i, at, d)
	}
	for _, l := range s.net.inTail[at] {
		s.offer(l.tail, at, reports[l.part].Weights[l.edge])
	}
}

// offer offers a point the value of another one, with the way between. A sum
// that does not fit a distance is no way.
func (s *solver) offer(to, from int, way uint32) {
	v := s.value[from]
	sum := uint64(v.Distance) + uint64(way)
	if sum >= uint64(codec.Unreachable) {
		return
	}
	v.Distance = codec.Distance(sum)
	if !s.done[to] && nearer(v, s.value[to]) {
		s.value[to] = v
		s.open.push(label{v, to})
	}
}

func nearer(a, b codec.Reach) bool {
	return a.Distance < b.Distance || a.Distance == b.Distance && a.Treasure < b.Treasure
}

type label struct {
	codec.Reach
	point int
}

// queue is a binary heap of labels, nearest first; one that was improved stays
// until it is popped. container/heap would allocate for every label.
type queue []label

func (q *queue) push(l label) {
	*q = append(*q, l)
	h, i := *q, len(*q)-1
	for i > 0 && nearer(l.Reach, h[(i-1)/2].Reach) {
		h[i], i = h[(i-1)/2], (i-1)/2
	}
	h[i] = l
}

func (q *queue) pop() label {
	h := *q
	first, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	if len(h) == 0 {
		return first
	}
	i := 0
	for {
		child := 2*i + 1
		if child+1 < len(h) && nearer(h[child+1].Reach, h[child].Reach) {
			child++
		}
		if child >= len(h) || !nearer(h[child].Reach, last.Reach) {
			break
		}
		h[i], i = h[child], child
	}
	h[i] = last
	return first
}

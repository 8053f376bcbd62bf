package overlay

// push adds a label, or drops it and remembers the smallest one dropped.
func (s *frontier) push(l uint64) {
	if s.n == len(s.labels) {
		s.dropped = min(s.dropped, l)
		return
	}
	siftUp(s.labels, s.n, l)
	s.n++
}

// pop takes the smallest label; the heap must not be empty. The hole is taken
// down to a leaf, always to the smaller child, and the last label rises from
// there (Wegener 1993): the way down has no branch that could be mispredicted.
func (s *frontier) pop() uint64 {
	h := s.labels[:s.n]
	top, last := h[0], h[len(h)-1]
	s.n--
	h = h[:len(h)-1]
	i, child := 0, 2
	for child < len(h) {
		if h[child-1] < h[child] {
			child--
		}
		h[i] = h[child]
		i, child = child, 2*child+2
	}
	if child == len(h) && child > 1 {
		h[i] = h[child-1]
		i = child - 1
	}
	if len(h) > 0 {
		siftUp(h, i, last)
	}
	return top
}

// siftUp places a label at a hole or above it.
func siftUp(h []uint64, i int, l uint64) {
	for i > 0 {
		parent := (i - 1) / 2
		if h[parent] <= l {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = l
}

// siftDown places a label at a hole or below it.
func siftDown(h []uint64, i int, l uint64) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if h[child] >= l {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = l
}

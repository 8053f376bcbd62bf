package overlay

// arity of the heap: four children share a cache line with their siblings and
// the tree is half as deep as a binary one (LaMarca and Ladner 1996).
const arity = 4

// push adds a label, or drops it and remembers the smallest one dropped.
func (s *Search) push(l uint64) {
	if s.n == len(s.labels) {
		s.dropped = min(s.dropped, l)
		return
	}
	s.labels[s.n] = l
	s.n++
	siftUp(s.labels[:s.n], s.n-1)
}

// pop takes the smallest label; the heap must not be empty.
func (s *Search) pop() uint64 {
	top := s.labels[0]
	s.n--
	s.labels[0] = s.labels[s.n]
	siftDown(s.labels[:s.n], 0)
	return top
}

func siftUp(h []uint64, i int) {
	l := h[i]
	for i > 0 {
		parent := (i - 1) / arity
		if h[parent] <= l {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = l
}

func siftDown(h []uint64, i int) {
	if i >= len(h) {
		return
	}
	l := h[i]
	for {
		child := arity*i + 1
		if child >= len(h) {
			break
		}
		least := child
		for k := child + 1; k < min(child+arity, len(h)); k++ {
			if h[k] < h[least] {
				least = k
			}
		}
		if h[least] >= l {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = l
}

package world

// distances is a binary heap of nodes by distance.
type distances []distance

type distance struct {
	d uint64
	v uint32
}

func (h *distances) push(d uint64, v uint32) {
	*h = append(*h, distance{d, v})
	s := *h
	for i := len(s) - 1; i > 0 && s[i].d < s[(i-1)/2].d; i = (i - 1) / 2 {
		s[i], s[(i-1)/2] = s[(i-1)/2], s[i]
	}
}

func (h *distances) pop() (uint64, uint32) {
	s := *h
	top, last := s[0], len(s)-1
	s[0] = s[last]
	s = s[:last]
	*h = s
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if s[child].d < s[least].d {
				least = child
			}
		}
		if least == i {
			return top.d, top.v
		}
		s[i], s[least] = s[least], s[i]
		i = least
	}
}

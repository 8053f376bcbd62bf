package nest

// flow finds the fewest edges between two sets of nodes: Dinic's maximum flow
// with capacity 1 in both directions of every edge.
type flow struct {
	p      *piece
	turned []uint32
	flow   []int8 // of an edge: -1, 0 or 1; its other direction has the opposite
	kind   []uint8
	depth  []int32  // steps from the source where capacity is left; -1: none lead here
	next   []uint32 // the edge to try next
	queue  []uint32
	path   []uint32 // edges
	left   []bool
}

const (
	between = iota
	source
	sink
)

func newFlow(p *piece) *flow {
	n := len(p.id)
	return &flow{
		p: p, turned: p.turned(), flow: make([]int8, len(p.head)), kind: make([]uint8, n),
		depth: make([]int32, n), next: make([]uint32, n), left: make([]bool, n),
	}
}

// cut parts sources from sinks. It returns how many edges lead from one side to
// the other, the source's side, and the size of the smaller side. Of the two
// cuts nearest to either end it takes the more even one. It gives up, with no
// side, when it finds limit edges to be cut.
func (f *flow) cut(sources, sinks []uint32, limit int) (edges int, left []bool, smaller int) {
	clear(f.flow)
	clear(f.kind)
	for _, v := range sources {
		f.kind[v] = source
	}
	for _, v := range sinks {
		f.kind[v] = sink
	}
	sources = f.rim(sources)
	for f.layers(sources) {
		for _, s := range sources {
			for f.push(s) {
				if edges++; edges == limit {
					return edges, nil, 0
				}
			}
		}
	}
	n := len(f.p.id)
	for v, d := range f.depth {
		f.left[v] = d >= 0 || f.kind[v] == source
	}
	reached := count(f.left)
	after := f.behind(sinks)
	if min(after, n-after) > min(reached, n-reached) {
		for v, d := range f.depth {
			f.left[v] = d < 0
		}
		reached = n - after
	}
	return edges, f.left, min(reached, n-reached)
}

// rim are the sources with a link to another node.
func (f *flow) rim(sources []uint32) (rim []uint32) {
	for _, s := range sources {
		for _, h := range f.p.head[f.p.first[s]:f.p.first[s+1]] {
			if f.kind[h] != source {
				rim = append(rim, s)
				break
			}
		}
	}
	return rim
}

func count(set []bool) (n int) {
	for _, in := range set {
		if in {
			n++
		}
	}
	return n
}

// layers numbers the nodes by steps from the source along edges with capacity
// left, and reports whether the sink is among them.
func (f *flow) layers(sources []uint32) (found bool) {
	for v := range f.depth {
		f.depth[v] = -1
	}
	copy(f.next, f.p.first)
	f.queue = append(f.queue[:0], sources...)
	for _, s := range sources {
		f.depth[s] = 0
	}
	last := int32(1<<31 - 1)
	for i := 0; i < len(f.queue); i++ {
		v := f.queue[i]
		if f.depth[v] >= last {
			break
		}
		for e := f.p.first[v]; e < f.p.first[v+1]; e++ {
			h := f.p.head[e]
			if f.depth[h] >= 0 || f.flow[e] > 0 || f.kind[h] == source {
				continue
			}
			f.depth[h] = f.depth[v] + 1
			f.queue = append(f.queue, h)
			if f.kind[h] == sink {
				found, last = true, f.depth[h]
			}
		}
	}
	return found
}

// push sends one unit from a source down the layers to the sink.
func (f *flow) push(s uint32) bool {
	f.path = f.path[:0]
	v := s
	for f.kind[v] != sink {
		e := f.next[v]
		if e == f.p.first[v+1] {
			if len(f.path) == 0 {
				return false
			}
			last := f.path[len(f.path)-1]
			f.path = f.path[:len(f.path)-1]
			v = f.p.head[f.turned[last]]
			f.next[v]++
			continue
		}
		if h := f.p.head[e]; f.flow[e] < 1 && f.depth[h] == f.depth[v]+1 {
			f.path = append(f.path, e)
			v = h
			continue
		}
		f.next[v]++
	}
	for _, e := range f.path {
		f.flow[e]++
		f.flow[f.turned[e]]--
	}
	return true
}

// behind finds the nodes from which the sink can be reached, marks them in
// depth and returns how many there are.
func (f *flow) behind(sinks []uint32) int {
	for v := range f.depth {
		f.depth[v] = -1
	}
	f.queue = append(f.queue[:0], sinks...)
	for _, t := range sinks {
		f.depth[t] = 0
	}
	for i := 0; i < len(f.queue); i++ {
		v := f.queue[i]
		for e := f.p.first[v]; e < f.p.first[v+1]; e++ {
			h := f.p.head[e]
			if f.depth[h] < 0 && f.flow[f.turned[e]] < 1 {
				f.depth[h] = 0
				f.queue = append(f.queue, h)
			}
		}
	}
	return len(f.queue)
}

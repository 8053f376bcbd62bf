package overlay

// Search is the working memory of a search: it lies in the arena.
//
// A search settles the points of the level below inside one cell, from the
// goals backwards: it fills values with every point's distance to the nearest
// source.
type Search struct {
	frontier
	open  points
	nodes bool // the search is one of nodes, not of points

	// scratch values of one cell's points
	dist   []uint32
	source []uint16

	Settled    int // by the search under way
	SettledMax int // by the largest one
}

// Init gives the search its memory.
func (s *Search) Init(m *Memory) {
	s.labels, s.dist, s.source = m.Labels[:], m.Dist[:], m.Source[:]
	s.open = points{key: m.Key[:], over: m.Over[:], near: m.Near[:]}
	s.start()
}

// Memory is what a search needs of the arena.
type Memory struct {
	Labels [MaxLabels]uint64
	Near   [MaxInner]uint64
	Dist   [MaxPoints]uint32
	Key    [MaxPoints]uint32
	Source [MaxPoints]uint16
	Over   [MaxPoints]uint8
}

// values are what a search fills, for the points [off, off+len(dist)) of a
// level. Of equally near sources a point has the one with the lowest number,
// so values do not depend on the way in which they were found.
type values struct {
	off    uint32
	dist   []uint32
	source []uint16
}

func (v *values) clear() {
	for i := range v.dist {
		v.dist[i] = Unreachable
	}
	clear(v.source)
}

// improve sets a point's value if it is nearer, or as near and of a lower source.
func (v *values) improve(i, dist uint32, source uint16) bool {
	i -= v.off
	if dist > v.dist[i] || dist == v.dist[i] && source >= v.source[i] {
		return false
	}
	v.dist[i], v.source[i] = dist, source
	return true
}

// begin makes ready for a search in a cell of a level, over these values.
func (s *Search) begin(level int, v *values) {
	s.nodes = level == 1
	if !s.nodes {
		s.open.begin(v)
	}
}

// offer makes a point that has a value a source.
func (s *Search) offer(at uint32, v *values) {
	if s.nodes {
		s.push(label(v.dist[at-v.off], at))
	} else {
		s.open.key[at-v.off] = v.dist[at-v.off]
	}
}

// run searches the cell of a level from the sources that were offered.
func (o *Overlay) run(s *Search, level int, cell uint32, v *values) {
	s.Settled = 0
	if level == 1 {
		o.runNodes(s, cell, v)
		s.start()
	} else {
		o.runPoints(s, level, cell, v)
	}
	s.SettledMax = max(s.SettledMax, s.Settled)
}

// runNodes searches a lowest cell along its edges.
func (o *Overlay) runNodes(s *Search, cell uint32, v *values) {
	lo, hi := o.lo[cell], o.lo[cell+1]
	for {
		at, ok := s.settle(v)
		if !ok {
			return
		}
		s.Settled++
		d, source := v.dist[at-v.off], v.source[at-v.off]
		for i := o.inFirst[at]; i < o.inFirst[at+1]; i++ {
			tail := o.inTail[i]
			if tail-lo >= hi-lo {
				continue
			}
			nd := d + o.inWeight[i]
			if was := v.dist[tail-v.off]; nd > was || nd < d || nd == was && source >= v.source[tail-v.off] {
				continue
			}
			v.dist[tail-v.off], v.source[tail-v.off] = nd, source
			s.push(label(nd, tail))
		}
	}
}

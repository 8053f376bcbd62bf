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

	to, from      []uint32
	rows, columns []uint16

	forward bool // from the starts onwards, along the edges
	wanted  int  // points that the search must settle before it may stop; 0: all

	testing bool // the search may stop when no open label is over the edge
	hot     int  // nodes with such a label
	quiet   int  // points settled since the last one with such a label

	repair repair // the one under way

	Settled    int // by the search under way
	SettledMax int // by the largest one
	Carried    int // cells whose values were taken from the field before
	Searched   int // cells of which they were searched, on the way down
	Work       int // settled by all searches together, and rows passed over in between
}

// Init gives the search its memory.
func (s *Search) Init(m *Memory) {
	s.labels, s.dist, s.source = m.Labels[:], m.Dist[:], m.Source[:]
	s.open = points{key: m.Key[:], mark: m.Mark[:], near: m.Near[:]}
	s.to, s.from, s.rows, s.columns = m.To[:], m.From[:], m.Rows[:], m.Columns[:]
	s.start()
}

// Memory is what a search needs of the arena.
type Memory struct {
	Labels [MaxLabels]uint64
	Near   [MaxInner]uint64
	Dist   [MaxPoints]uint32
	Key    [MaxPoints]uint32
	Source [MaxPoints]uint16
	Mark   [MaxPoints]uint8

	To, From      [MaxSpan]uint32 // a repair's distances to the edge, and from it
	Rows, Columns [MaxSpan]uint16 // how many ways it has to search again
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
func (o *Overlay) begin(s *Search, level int, v *values) {
	s.nodes = level == 1
	if s.nodes {
		return
	}
	key := s.open.key[:len(v.dist)]
	for i := range key {
		key[i] = Unreachable
	}
	copy(s.open.mark, o.level[level-1].mark[v.off:][:len(v.dist)])
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
	s.Work += s.Settled + 1
	s.forward, s.wanted, s.testing, s.hot = false, 0, false, 0
}

// stops reports whether the point just settled was the last one wanted.
func (s *Search) stops(at uint32, v *values) bool {
	s.Settled++
	if s.wanted == 0 || s.open.mark[at-v.off]&wanted == 0 {
		return false
	}
	s.wanted--
	return s.wanted == 0
}

// runNodes searches a lowest cell along its edges.
func (o *Overlay) runNodes(s *Search, cell uint32, v *values) {
	for {
		at, ok := s.settle(v)
		if !ok || s.stops(at, v) || s.testing && s.hot == 0 {
			return
		}
		s.hot -= int(v.source[at-v.off])
		if s.forward {
			o.relaxOut(s, at, v)
		} else {
			o.relaxIn(s, at, v)
		}
	}
}

// relaxIn offers a node's value to the tails of the edges that lead to it.
func (o *Overlay) relaxIn(s *Search, at uint32, v *values) {
	dist, sources, off := v.dist, v.source[:len(v.dist)], v.off
	d, source := dist[at-off], sources[at-off]
	lo, hi := o.inFirst[at], o.inFirst[at+1]
	weights := o.inWeight[lo:hi]
	for i, tail := range o.inTail[lo:hi] {
		k := uint(tail - off)
		if k >= uint(len(dist)) {
			continue
		}
		nd, was := d+weights[i], dist[k]
		if nd > was || nd < d || nd == was && source >= sources[k] {
			continue
		}
		s.hot += int(source) - int(sources[k])
		dist[k], sources[k] = nd, source
		s.push(label(nd, tail))
	}
}

// relaxOut offers it to the heads of the edges that leave it.
func (o *Overlay) relaxOut(s *Search, at uint32, v *values) {
	dist, sources, off := v.dist, v.source[:len(v.dist)], v.off
	d, source := dist[at-off], sources[at-off]
	lo, hi := o.out(at)
	edges, bases, shift := o.Edges[lo:hi], o.Base[lo:hi], o.Shift
	for i, head := range o.Head[lo:hi] {
		head -= o.FirstNode
		k := uint(head - off)
		if k >= uint(len(dist)) {
			continue
		}
		w := bases[i]
		if l := edges[i].Seen; l < Given {
			w += w >> shift * uint32(l)
		} else {
			w = o.high(lo + uint32(i))
		}
		nd, was := d+w, dist[k]
		if nd > was || nd < d || nd == was && source >= sources[k] {
			continue
		}
		s.hot += int(source) - int(sources[k])
		dist[k], sources[k] = nd, source
		s.push(label(nd, head))
	}
}

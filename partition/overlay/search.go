package overlay

// Search is the working memory of a search: it lies in the arena.
//
// A search settles the points of the level below inside one cell, from the
// goals backwards: it fills values with every point's distance to the nearest
// source. A label is dist<<32 | index<<1 | flag; labels have a total order and
// points are settled in it. The flag says that the distance came over a clique:
// a clique is closed under shortest ways, so from there it need not be looked
// at again. Stale labels stay in the heap. A label for which there is no room
// is dropped and only the smallest one dropped is remembered: the values hold
// every tentative distance, so before the search comes to that label it gathers
// the frontier anew from them. Any frontier thus fits, at the price of a pass.
type Search struct {
	labels  []uint64
	n       int
	floor   uint64 // every label below it is settled, none from it on
	dropped uint64 // the smallest label dropped
	flagged bool   // the label settled last came over a clique

	dist   []uint32 // scratch values of one cell's points
	source []uint16

	Settled    int // by the search under way
	SettledMax int // by the largest one
}

// Init gives the search its memory. It must not be empty.
func (s *Search) Init(labels []uint64, dist []uint32, source []uint16) {
	s.labels, s.dist, s.source = labels, dist, source
	s.start()
}

const noLabel = ^uint64(0)

func label(dist, index uint32) uint64 { return uint64(dist)<<32 | uint64(index)<<1 }

func (s *Search) start() {
	s.n, s.floor, s.dropped, s.Settled = 0, 0, noLabel, 0
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

// run searches the cell of a level from the labels that were pushed.
func (o *Overlay) run(s *Search, level int, cell uint32, v *values) {
	if level == 1 {
		o.runNodes(s, cell, v)
	} else {
		o.runPoints(s, level, cell, v)
	}
	s.SettledMax = max(s.SettledMax, s.Settled)
	s.start()
}

// runNodes searches a lowest cell along its edges.
func (o *Overlay) runNodes(s *Search, cell uint32, v *values) {
	lo, hi := o.lo[cell], o.lo[cell+1]
	for {
		at, ok := s.settle(v)
		if !ok {
			return
		}
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

// runPoints searches a cell over the cliques of the cells in it and the edges
// between them.
func (o *Overlay) runPoints(s *Search, level int, cell uint32, v *values) {
	t, up := &o.level[level-1], &o.level[level]
	first, end := up.from[cell], up.from[cell+1]
	for {
		at, ok := s.settle(v)
		if !ok {
			return
		}
		d, source := v.dist[at-v.off], v.source[at-v.off]
		node := t.node[at]
		inner := uint32(t.cell[o.cellOf[node]])
		if !s.flagged {
			o.relaxClique(s, t, inner, at, v)
		}
		for i := o.inFirst[node]; i < o.inFirst[node+1]; i++ {
			tail := o.inTail[i]
			c := uint32(o.cellOf[tail])
			if c-first >= end-first || uint32(t.cell[c]) == inner {
				continue
			}
			nd := d + o.inWeight[i]
			p := t.point[c] + tail - o.lo[c]
			if nd >= d && v.improve(p, nd, source) {
				s.push(label(nd, p))
			}
		}
	}
}

// relaxClique offers a point's value to the other points of its cell.
func (o *Overlay) relaxClique(s *Search, t *tier, cell, at uint32, v *values) {
	lo, hi := t.span(cell)
	n := hi - lo
	start := t.at[cell] + (at-lo)*n
	row := t.clique[start : start+n]
	dist, sources := v.dist[lo-v.off:hi-v.off], v.source[lo-v.off:hi-v.off]
	dist = dist[:len(row)]
	d, source := dist[at-lo], sources[at-lo]
	for i, w := range row {
		nd := d + w
		if nd > dist[i] || nd < w {
			continue
		}
		if nd == dist[i] && source >= sources[i] {
			continue
		}
		dist[i], sources[i] = nd, source
		s.push(label(nd, lo+uint32(i)) | 1)
	}
}

// settle takes the smallest label that is not stale.
func (s *Search) settle(v *values) (at uint32, ok bool) {
	for {
		if s.n == 0 || s.labels[0] > s.dropped {
			if s.dropped == noLabel {
				return 0, false
			}
			s.gather(v)
			continue
		}
		top := s.pop()
		at = uint32(top) >> 1
		if v.dist[at-v.off] == uint32(top>>32) && top >= s.floor {
			s.floor, s.flagged = top+1, top&1 != 0
			s.Settled++
			return at, true
		}
	}
}

// gather rebuilds the heap from the values: the smallest labels that are not
// settled, as many as half the room, so that the search can go on. While it
// selects them the heap holds complements, which puts the largest on top.
func (s *Search) gather(v *values) {
	room := (len(s.labels) + 1) / 2
	s.n, s.dropped = 0, noLabel
	for i, dist := range v.dist {
		l := label(dist, v.off+uint32(i))
		if dist == Unreachable || l < s.floor {
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

package overlay

// points is the frontier of a search over points, which needs no heap: of every
// cell within the one that is searched it knows the nearest open point, and it
// finds the next one while it passes over the cell's clique anyway.
type points struct {
	key  []uint32 // by point: its distance while it is open, else Unreachable
	mark []uint8  // by point: see below
	near []uint64 // by inner cell: the least key, and its point

	asleep [MaxInner]bool // by inner cell: it is not searched, as a test has no label over the edge there
}

// The marks of a point.
const (
	over   = 1 // its distance came over its cell's clique
	wanted = 2 // the search must settle it before it may stop
	leaf   = 4 // no edge links it to another cell within the one searched: it need not be settled
)

// scan finds the nearest open point in a range.
func (o *points) scan(lo, hi uint32, v *values) uint64 {
	least, at := uint32(Unreachable), uint32(0)
	for i, k := range o.key[lo-v.off : hi-v.off] {
		if k < least {
			least, at = k, uint32(i)
		}
	}
	return label(least, lo+at)
}

// runPoints searches a cell over the cliques of the cells in it and the edges
// between them. A clique is closed under shortest ways, so it is not looked at
// from a point that was reached over it.
func (o *Overlay) runPoints(s *Search, level int, cell uint32, v *values) {
	t, up, open := &o.level[level-1], &o.level[level], &s.open
	first, end := up.from[cell], up.from[cell+1]
	base := uint32(t.cell[first])
	near := open.near[:o.cellEnd(level, cell)-base]
	for k := range near {
		lo, hi := t.span(base + uint32(k))
		near[k] = open.scan(lo, hi, v)
		open.asleep[k] = s.testing && allPast(v.source[lo-v.off:hi-v.off])
	}
	for {
		least, best := uint64(noLabel), 0
		for k, l := range near {
			if l < least && !open.asleep[k] {
				least, best = l, k
			}
		}
		at := uint32(least)
		if least>>32 == Unreachable || s.testing && s.cools(at, v) {
			return
		}
		inner := base + uint32(best)
		if open.mark[at-v.off]&(over|wanted) == over {
			near[best] = o.flush(s, t, inner, first, end, base, v)
			continue
		}
		if s.stops(at, v) {
			return
		}
		open.key[at-v.off] = Unreachable
		switch lo, hi := t.span(inner); {
		case open.mark[at-v.off]&over != 0:
			near[best] = open.scan(lo, hi, v)
		case s.forward:
			near[best] = o.relaxColumn(s, t, inner, at, v)
		default:
			near[best] = o.relaxClique(s, t, inner, at, v)
		}
		o.relaxEdges(s, t, at, first, end, base, v)
	}
}

// flush closes all points of a cell that were reached over its clique, as soon
// as one of them is the nearest: their edges are looked at in one pass. Some of
// them are not final yet; if they come nearer they open again.
func (o *Overlay) flush(s *Search, t *tier, cell, first, end, base uint32, v *values) uint64 {
	lo, hi := t.span(cell)
	key, mark := s.open.key[lo-v.off:hi-v.off], s.open.mark[lo-v.off:hi-v.off]
	least, nearest := uint32(Unreachable), 0
	for i, k := range key {
		if k == Unreachable {
			continue
		}
		if mark[i]&(over|wanted) == over {
			key[i] = Unreachable
			s.Settled++
			o.relaxEdges(s, t, lo+uint32(i), first, end, base, v)
		} else if k < least {
			least, nearest = k, i
		}
	}
	return label(least, lo+uint32(nearest))
}

// relaxEdges offers a point's value to the points of other cells that have an
// edge to it.
func (o *Overlay) relaxEdges(s *Search, t *tier, at, first, end, base uint32, v *values) {
	if s.forward {
		o.relaxEdgesOut(s, t, at, first, end, base, v)
		return
	}
	node := t.node[at]
	d, source := v.dist[at-v.off], v.source[at-v.off]
	inner := t.cell[o.cellOf[node]]
	for i := o.inFirst[node]; i < o.inFirst[node+1]; i++ {
		tail := o.inTail[i]
		c := uint32(o.cellOf[tail])
		if t.cell[c] == inner {
			return // as do all that follow
		}
		if c-first >= end-first {
			continue
		}
		nd := d + o.inWeight[i]
		p := t.point[c] + tail - o.lo[c]
		if nd >= d && v.improve(p, nd, source) {
			s.open.key[p-v.off] = nd
			s.open.mark[p-v.off] &^= over
			k := uint32(t.cell[c]) - base
			if source != past {
				s.open.asleep[k] = false
			}
			s.open.near[k] = min(s.open.near[k], label(nd, p))
		}
	}
}

// relaxClique offers a point's value to the other points of its cell, and
// returns the nearest open one among them.
func (o *Overlay) relaxClique(s *Search, t *tier, cell, at uint32, v *values) uint64 {
	lo, hi := t.span(cell)
	n := hi - lo
	start := t.at[cell] + (at-lo)*n
	row := t.clique[start : start+n]
	a, b := lo-v.off, hi-v.off
	dist, sources, key, mark := v.dist[a:b], v.source[a:b], s.open.key[a:b], s.open.mark[a:b]
	dist, sources, key, mark = dist[:len(row)], sources[:len(row)], key[:len(row)], mark[:len(row)]
	d, source := dist[at-lo], sources[at-lo]
	least, nearest := uint32(Unreachable), 0
	for i, w := range row {
		if nd := d + w; nd <= dist[i] && nd >= w && (nd < dist[i] || source < sources[i]) {
			dist[i], sources[i] = nd, source
			if mark[i] |= over; mark[i]&leaf == 0 {
				key[i] = nd
			}
		}
		if key[i] < least {
			least, nearest = key[i], i
		}
	}
	return label(least, lo+uint32(nearest))
}

// relaxColumn is relaxClique for a search along the edges.
func (o *Overlay) relaxColumn(s *Search, t *tier, cell, at uint32, v *values) uint64 {
	lo, hi := t.span(cell)
	n := hi - lo
	column := t.clique[t.at[cell]+at-lo : t.at[cell+1]]
	a, b := lo-v.off, hi-v.off
	dist, sources, key, mark := v.dist[a:b], v.source[a:b], s.open.key[a:b], s.open.mark[a:b]
	d, source := dist[at-lo], sources[at-lo]
	least, nearest := uint32(Unreachable), 0
	for i := range dist {
		w := column[uint32(i)*n]
		if nd := d + w; nd <= dist[i] && nd >= w && (nd < dist[i] || source < sources[i]) {
			dist[i], sources[i] = nd, source
			if mark[i] |= over; mark[i]&leaf == 0 {
				key[i] = nd
			}
		}
		if key[i] < least {
			least, nearest = key[i], i
		}
	}
	return label(least, lo+uint32(nearest))
}

// relaxEdgesOut is relaxEdges for a search along the edges.
func (o *Overlay) relaxEdgesOut(s *Search, t *tier, at, first, end, base uint32, v *values) {
	node := t.node[at]
	d, source := v.dist[at-v.off], v.source[at-v.off]
	inner := t.cell[o.cellOf[node]]
	for e, last := o.out(node); e < last; e++ {
		head, inside := o.head(e)
		if !inside {
			continue
		}
		c := uint32(o.cellOf[head])
		if c-first >= end-first || t.cell[c] == inner {
			continue
		}
		nd := d + o.Weight(e)
		p := t.point[c] + head - o.lo[c]
		if nd >= d && v.improve(p, nd, source) {
			s.open.key[p-v.off] = nd
			s.open.mark[p-v.off] &^= over
			k := uint32(t.cell[c]) - base
			if source != past {
				s.open.asleep[k] = false
			}
			s.open.near[k] = min(s.open.near[k], label(nd, p))
		}
	}
}

// cools reports, about every so many points settled past the edge, whether no
// open label is over it.
func (s *Search) cools(at uint32, v *values) bool {
	if v.source[at-v.off] != past {
		s.quiet = 0
		return false
	}
	if s.quiet++; s.quiet < patience {
		return false
	}
	s.quiet = 0
	for i, k := range s.open.key[:len(v.dist)] {
		if k != Unreachable && v.source[i] != past {
			return false
		}
	}
	return true
}

// patience is how many points past the edge are settled between two looks for
// open labels over it.
const patience = 4

// allPast reports whether no label is over the edge.
func allPast(sources []uint16) bool {
	for _, k := range sources {
		if k != past {
			return false
		}
	}
	return true
}

package overlay

// points is the frontier of a search over points, which needs no heap: of every
// cell within the one that is searched it knows the nearest open point, and it
// finds the next one while it passes over the cell's clique anyway.
type points struct {
	key  []uint32 // by point: its distance while it is open, else Unreachable
	over []uint8  // by point: 1 if its distance came over its cell's clique
	near []uint64 // by inner cell: the least key, and its point
}

func (o *points) begin(v *values) {
	key := o.key[:len(v.dist)]
	for i := range key {
		key[i] = Unreachable
	}
	clear(o.over[:len(v.dist)])
}

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
	}
	for {
		best := 0
		for k := range near {
			if near[k] < near[best] {
				best = k
			}
		}
		at := uint32(near[best])
		if near[best]>>32 == Unreachable {
			return
		}
		s.Settled++
		open.key[at-v.off] = Unreachable
		lo, hi := t.span(base + uint32(best))
		if open.over[at-v.off] == 0 {
			near[best] = o.relaxClique(s, t, base+uint32(best), at, v)
		} else {
			near[best] = open.scan(lo, hi, v)
		}
		o.relaxEdges(s, t, at, first, end, base, v)
	}
}

// relaxEdges offers a point's value to the points of other cells that have an
// edge to it.
func (o *Overlay) relaxEdges(s *Search, t *tier, at, first, end, base uint32, v *values) {
	node := t.node[at]
	d, source := v.dist[at-v.off], v.source[at-v.off]
	own := o.cellOf[node]
	lo, hi := o.lo[own], o.lo[own+1]
	inner := t.cell[own]
	for i := o.inFirst[node]; i < o.inFirst[node+1]; i++ {
		tail := o.inTail[i]
		if tail-lo < hi-lo {
			continue
		}
		c := uint32(o.cellOf[tail])
		if c-first >= end-first || t.cell[c] == inner {
			continue
		}
		nd := d + o.inWeight[i]
		p := t.point[c] + tail - o.lo[c]
		if nd >= d && v.improve(p, nd, source) {
			s.open.key[p-v.off], s.open.over[p-v.off] = nd, 0
			k := uint32(t.cell[c]) - base
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
	dist, sources, key, over := v.dist[a:b], v.source[a:b], s.open.key[a:b], s.open.over[a:b]
	dist, sources, key, over = dist[:len(row)], sources[:len(row)], key[:len(row)], over[:len(row)]
	d, source := dist[at-lo], sources[at-lo]
	least, nearest := uint32(Unreachable), 0
	for i, w := range row {
		if nd := d + w; nd <= dist[i] && nd >= w && (nd < dist[i] || source < sources[i]) {
			dist[i], sources[i], key[i], over[i] = nd, source, nd, 1
		}
		if key[i] < least {
			least, nearest = key[i], i
		}
	}
	return label(least, lo+uint32(nearest))
}

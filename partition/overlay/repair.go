package overlay

import "sort"

// Repair brings one edge to a level and the distances between points with it,
// and no more of them than change. It returns the highest level at which a
// distance changed; 0 means none did.
//
// A way through the edge from one point of a cell to another is as long as the
// way to the edge's tail, the edge, and the way from its head; neither of these
// uses the edge. So one search backwards from the tail and one onwards from the
// head tell for all pairs of points at once whether the edge is or becomes part
// of a shortest way. If it got lighter the pairs' new distances are then known;
// if it got heavier the rows that used it are searched again. What does not
// change a cell's distances changes none above it.
func (o *Overlay) Repair(s *Search, e uint32, level uint8) int { return o.repair(s, e, level, 0) }

// RepairTo is Repair with a weight from 1 on that no level of congestion has: it
// brings the edge to level Given, which at most MaxGiven edges have at a time.
func (o *Overlay) RepairTo(s *Search, e, weight uint32) int { return o.repair(s, e, Given, weight) }

func (o *Overlay) repair(s *Search, e uint32, level uint8, weight uint32) int {
	tail := o.Tail(e)
	was := o.Weight(e)
	o.set(tail, e, level, weight)
	now := o.Weight(e)
	head, inside := o.head(e)
	if !inside || was == now {
		return 0
	}
	l := o.apart(o.cellOf[tail], o.cellOf[head]) + 1
	if o.levels == 0 {
		o.unmend(s, tail, head, e, min(was, now))
		return 0
	}
	if l == 1 && o.pointless(uint32(o.cellOf[tail])) || l == 1 && o.bypassed(s, tail, head, e, min(was, now)) {
		return 0
	}
	for first := l; l <= o.top; l++ {
		cell := uint32(o.level[l].cell[o.cellOf[tail]])
		if lo, hi := o.level[l].span(cell); lo == hi {
			return l - 1
		}
		o.reach(s, l, cell, tail, l == first, false, s.to)
		o.reach(s, l, cell, head, l == first, true, s.from)
		if now < was && !o.lighter(s, l, cell, now) || now > was && !o.heavier(s, l, cell, was) {
			if l == first {
				return 0
			}
			return l - 1
		}
	}
	return o.top
}

// pointless reports whether a lowest cell has no points, as where a partition
// is one cell: nothing rests on the ways through it, and its nodes may be more
// than a search between points has room for.
func (o *Overlay) pointless(cell uint32) bool {
	lo, hi := o.level[1].span(cell)
	return lo == hi
}

// Tail is an edge's tail.
func (o *Overlay) Tail(e uint32) uint32 {
	e += o.First[0]
	return uint32(sort.Search(o.nodes(), func(n int) bool { return o.First[n+1] > e }))
}

// apart is the highest level at which two lowest cells lie in different cells.
func (o *Overlay) apart(a, b uint16) int { return apart(o.levels, &o.level, a, b) }

// bypassed reports whether another way from an edge's tail to its head, within
// their cell, is no longer than the edge at its lightest: then no distance
// depends on the edge.
func (o *Overlay) bypassed(s *Search, tail, head, edge, most uint32) bool {
	v := o.scope(s, 1, uint32(o.cellOf[tail]))
	lo, hi := v.off, v.off+uint32(len(v.dist))
	o.begin(s, 1, &v)
	v.dist[tail-lo] = 0
	s.offer(tail, &v)
	found := false
	for !found {
		at, ok := s.settle(&v)
		if !ok || v.dist[at-lo] >= most {
			break
		}
		for e, end := o.out(at); e < end; e++ {
			to := o.Head[e] - o.FirstNode
			if to-lo >= hi-lo || e == edge {
				continue
			}
			d := v.dist[at-lo] + o.Weight(e)
			if d > most || d < v.dist[at-lo] || d >= v.dist[to-lo] {
				continue
			}
			found = found || to == head
			v.dist[to-lo] = d
			s.push(label(d, to))
		}
	}
	s.start()
	return found
}

// reach finds the distances between a node and a cell's points: to the node, or
// from it if onwards. At the first level it starts at the node, above from what
// was found below, which is closed under the cell below.
func (o *Overlay) reach(s *Search, level int, cell, node uint32, first, onwards bool, into []uint32) {
	v := o.scope(s, level, cell)
	o.begin(s, level, &v)
	s.forward = onwards
	t := &o.level[level-1]
	c := o.cellOf[node]
	if first {
		at := t.point[c] + node - o.lo[c]
		v.dist[at-v.off] = 0
		s.offer(at, &v)
	} else {
		lo, hi := t.span(uint32(t.cell[c]))
		for p := lo; p < hi; p++ {
			if d := into[p-lo]; d != Unreachable {
				v.dist[p-v.off] = d
				s.offer(p, &v)
				s.open.mark[p-v.off] |= over
			}
		}
	}
	o.run(s, level, cell, &v)
	lo, hi := o.level[level].span(cell)
	for p := lo; p < hi; p++ {
		into[p-lo] = v.dist[o.down(level, p)-v.off]
	}
}

// lighter shortens a cell's distances by the edge's new weight.
func (o *Overlay) lighter(s *Search, level int, cell, weight uint32) (changed bool) {
	t := &o.level[level]
	lo, hi := t.span(cell)
	n := hi - lo
	for p := range n {
		rest := s.from[p]
		if rest > Unreachable-weight {
			continue
		}
		rest += weight
		row := t.clique[t.at[cell]+p*n:][:n]
		for i, was := range row {
			if d := s.to[i] + rest; d < was && d >= rest {
				row[i], changed = d, true
			}
		}
	}
	return changed
}

// heavier searches the ways again that used the edge at its old weight: all
// that end at one point by one search, or all that start at one, whichever
// takes fewer searches.
func (o *Overlay) heavier(s *Search, level int, cell, weight uint32) (changed bool) {
	t := &o.level[level]
	lo, hi := t.span(cell)
	n := hi - lo
	u := uses{to: s.to[:n], from: s.from[:n], clique: t.clique[t.at[cell]:t.at[cell+1]], weight: weight}
	ends, starts := u.count(s.rows[:n], s.columns[:n])
	onwards := starts < ends
	many := s.rows
	if onwards {
		many = s.columns
	}
	for p := range n {
		if many[p] > 0 && o.again(s, level, cell, p, onwards, int(many[p]), &u) {
			changed = true
		}
	}
	return changed
}

// uses tells which ways between a cell's points use an edge.
type uses struct {
	to, from []uint32 // distances to its tail and from its head
	clique   []uint32
	weight   uint32
}

// of reports whether the way from a start to an end uses the edge.
func (u *uses) of(start, end uint32) bool {
	a, b := u.to[start], u.from[end]
	return a != Unreachable && b != Unreachable && a+u.weight+b == u.clique[int(end)*len(u.to)+int(start)]
}

// count counts the ways by their ends and by their starts, and how many of
// either there are.
func (u *uses) count(byEnd, byStart []uint16) (ends, starts int) {
	clear(byEnd)
	clear(byStart)
	for end, b := range u.from {
		if b == Unreachable {
			continue
		}
		rest := b + u.weight
		row := u.clique[end*len(u.to):][:len(u.to)]
		for start, a := range u.to {
			if a+rest == row[start] && a != Unreachable {
				byEnd[end]++
				byStart[start]++
			}
		}
	}
	for i := range byEnd {
		ends += min(int(byEnd[i]), 1)
		starts += min(int(byStart[i]), 1)
	}
	return ends, starts
}

// again searches the ways once more that use the edge and end at a point, or
// start at it if onwards; many is how many there are.
func (o *Overlay) again(s *Search, level int, cell, p uint32, onwards bool, many int, u *uses) (changed bool) {
	v := o.scope(s, level, cell)
	o.begin(s, level, &v)
	if s.nodes {
		clear(s.open.mark[:len(v.dist)])
	}
	lo, _ := o.level[level].span(cell)
	n := uint32(len(u.to))
	used := func(q uint32) bool {
		if onwards {
			return u.of(p, q)
		}
		return u.of(q, p)
	}
	for q := range n {
		if used(q) {
			s.open.mark[o.down(level, lo+q)-v.off] = wanted
		}
	}
	at := o.down(level, lo+p)
	v.dist[at-v.off] = 0
	s.offer(at, &v)
	s.forward, s.wanted = onwards, many
	o.run(s, level, cell, &v)
	for q := range n {
		if !used(q) {
			continue
		}
		entry := &u.clique[p*n+q]
		if onwards {
			entry = &u.clique[q*n+p]
		}
		d := v.dist[o.down(level, lo+q)-v.off]
		changed = changed || d != *entry
		*entry = d
	}
	return changed
}

// Differ counts the distances in which two overlays of one graph differ.
func (o *Overlay) Differ(p *Overlay) (n int) {
	for l := range o.level {
		for i, d := range o.level[l].clique {
			if d != p.level[l].clique[i] {
				n++
			}
		}
	}
	for i, w := range o.inWeight {
		if w != p.inWeight[i] {
			n++
		}
	}
	return n
}

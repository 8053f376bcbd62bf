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
func (o *Overlay) Repair(s *Search, e uint32, level uint8) int {
	tail := o.tail(e)
	was := o.Weight(e)
	o.set(tail, e, level)
	now := o.Weight(e)
	head, inside := o.head(e)
	if !inside || was == now {
		return 0
	}
	l := o.apart(o.cellOf[tail], o.cellOf[head]) + 1
	if l == 1 && o.bypassed(s, tail, head, e, min(was, now)) {
		return 0
	}
	for first := l; l <= o.levels; l++ {
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
	return o.levels
}

// tail is an edge's tail.
func (o *Overlay) tail(e uint32) uint32 {
	e += o.First[0]
	return uint32(sort.Search(o.nodes(), func(n int) bool { return o.First[n+1] > e }))
}

// apart is the highest level at which two lowest cells lie in different cells.
func (o *Overlay) apart(a, b uint16) int {
	l := o.levels
	for l > 0 && o.level[l].cell[a] == o.level[l].cell[b] {
		l--
	}
	return l
}

// bypassed reports whether another way from an edge's tail to its head, within
// their cell, is no longer than the edge at its lightest: then no distance
// depends on the edge.
func (o *Overlay) bypassed(s *Search, tail, head, edge, most uint32) bool {
	v := o.scope(s, 1, uint32(o.cellOf[tail]))
	lo, hi := v.off, v.off+uint32(len(v.dist))
	s.begin(1, &v)
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
	s.begin(level, &v)
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

// heavier searches the ways again that used the edge at its old weight.
func (o *Overlay) heavier(s *Search, level int, cell, weight uint32) (changed bool) {
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
		used := func(i uint32) bool { return s.to[i] != Unreachable && s.to[i]+rest == row[i] }
		many := 0
		for i := range n {
			if used(i) {
				many++
			}
		}
		if many == 0 {
			continue
		}
		v := o.scope(s, level, cell)
		s.begin(level, &v)
		if level == 1 {
			clear(s.open.mark[:len(v.dist)])
		}
		at := o.down(level, lo+p)
		v.dist[at-v.off] = 0
		s.offer(at, &v)
		for i := range n {
			if used(i) {
				s.open.mark[o.down(level, lo+i)-v.off] |= wanted
			}
		}
		s.wanted = many
		o.run(s, level, cell, &v)
		for i := range n {
			if used(i) {
				d := v.dist[o.down(level, lo+i)-v.off]
				changed = changed || d != row[i]
				row[i] = d
			}
		}
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

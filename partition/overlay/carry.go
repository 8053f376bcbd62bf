package overlay

// Most of a field is as it was in the field of the cut before: few weights
// change between two cuts, and few of these changes are seen from outside a
// cell. A field that is begun after another one, in the same graph, takes a
// cell's values from it instead of searching for them, if a search could not
// find any others: nothing in the cell changed since that field was begun that
// a search of it reads, the cell holds the same goals, and the values that come
// from above, at its own points, are the same; or, without goals, all nearer or
// farther by the same constant, which then holds for every value in it.

// touchEdge says that an edge changed, which is read by searches of the lowest
// cell that holds it; border edges are read by those of the graph.
func (o *Overlay) touchEdge(tail, head uint32, inside bool) {
	level := o.levels + 1
	if inside {
		level = o.apart(o.cellOf[tail], o.cellOf[head]) + 1
	}
	o.touch(level, o.cellOf[tail])
}

// touch says that something changed that is read by searches of a level in the
// cell around a lowest cell: above the edge, distances between the points of a
// cell within it.
func (o *Overlay) touch(level int, c uint16) {
	if level > o.levels+1 {
		return
	}
	o.level[level].changed[o.level[level].cell[c]] = o.clock
}

// unchanged reports whether nothing was touched in a cell since the field that
// f follows was begun, which still holds it.
func (o *Overlay) unchanged(f *Field, level int, cell uint32) bool {
	p := f.prev
	return p != nil && p.version == f.prevVersion && o.rebuilt < p.began && o.level[level].changed[cell] < p.began
}

// sameGoals finds whether a cell that has goals has those of the field before,
// and nothing changed that the values within it rest on. It is asked bottom up,
// of lowest cells before they are searched.
func (o *Overlay) sameGoals(f *Field, level int, cell uint32) bool {
	if !o.unchanged(f, level, cell) || f.prev.level[level-1].goals[cell] != f.prevVersion {
		return false
	}
	if level == 1 {
		v, was := o.inner(f, 1, cell), o.inner(f.prev, 1, cell)
		for i, d := range v.dist { // weights are above 0: only a goal is at 0
			if (d == 0) != (was.dist[i] == 0) || d == 0 && v.source[i] != was.source[i] {
				return false
			}
		}
		return true
	}
	l, p := &f.level[level-2], &f.prev.level[level-2]
	for c, end := o.cellStart(level, cell), o.cellEnd(level, cell); c < end; c++ {
		now, was := l.goals[c] == f.version, p.goals[c] == f.prevVersion
		if now != was || now && l.same[c] != f.version {
			return false
		}
	}
	return true
}

// carry takes a cell's values from the field before, if they are right.
func (o *Overlay) carry(f *Field, s *Search, level int, cell uint32) bool {
	if !o.unchanged(f, level, cell) {
		return false
	}
	l, p := &f.level[level-1], &f.prev.level[level-1]
	goals := l.goals[cell] == f.version
	if p.fresh[cell] != f.prevVersion || goals != (p.goals[cell] == f.prevVersion) || goals && l.same[cell] != f.version {
		return false
	}
	by, ok := o.farther(f, level, cell)
	if !ok || goals && by != 0 {
		return false
	}
	v, was := o.inner(f, level, cell), o.inner(f.prev, level, cell)
	v.shift(&was, by)
	s.Carried++
	s.Work += len(v.dist)/carriedPerWork + 1
	return true
}

// farther is by how much all that comes to a cell from above is farther than in
// the field before.
func (o *Overlay) farther(f *Field, level int, cell uint32) (by int64, ok bool) {
	lo, hi := o.level[level].span(cell)
	any, far := false, int64(0)
	for q := lo; q < hi; q++ {
		d, n := o.above(f, level, q)
		was, m := o.above(f.prev, level, q)
		diff := int64(d) - int64(was)
		switch {
		case d == Unreachable && was == Unreachable:
			continue
		case d == Unreachable || was == Unreachable || n != m || any && diff != by:
			return 0, false
		}
		by, any, far = diff, true, max(far, int64(d), int64(was))
	}
	if by != 0 { // no way in the cell may be longer than a distance can be, which a search gives up
		t := &o.level[level]
		nodes := o.lo[t.from[cell+1]] - o.lo[t.from[cell]]
		return by, far+int64(nodes)*int64(o.heaviest) < Unreachable
	}
	return 0, true
}

// above is the value that comes to a cell's point from above.
func (o *Overlay) above(f *Field, level int, q uint32) (dist uint32, number uint16) {
	if level <= o.levels {
		return f.level[level].dist[q], f.level[level].source[q]
	}
	return o.entered(f, o.level[level].node[q])
}

// shift takes values that are all farther by a constant.
func (v *values) shift(was *values, by int64) {
	copy(v.source, was.source)
	if by == 0 {
		copy(v.dist, was.dist)
		return
	}
	for i, d := range was.dist {
		if d != Unreachable {
			d += uint32(by)
		}
		v.dist[i] = d
	}
}

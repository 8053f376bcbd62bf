package overlay

// Field holds the distances to the nearest of some goals, refined cell by cell
// as they are asked for.
type Field struct {
	version uint32
	rising  int    // the level of the cells to search next while the field begins
	next    uint32 // and the cell
	outside []Value

	prev        *Field   // the field of the cut before, if it still has
	prevVersion uint32   // this version
	began       uint32   // on the overlay's clock
	asked       []uint32 // by lowest cell: the version of the field in which it was asked for
	warm        []uint8  // by lowest cell: it was asked for since the pool's hand passed
	base        []uint32 // by lowest cell: where its values at nodes begin
	number      uint16   // of the field, counted from 1
	level       [MaxLevels + 1]layer
}

// layer is a field at a level's points, and what is known of the cells of the
// level above: the version of the field in which a cell's points were searched
// (fresh: their distances are final), or in which it was found to hold a goal
// (goals: they are distances within the cell), the same as in the field before
// (same).
type layer struct {
	dist               []uint32
	source             []uint16
	fresh, goals, same []uint32
}

// Goal is a node to go to, with a number: of equally near goals a node is led
// to the one with the lowest.
type Goal struct {
	Node   uint32
	Number uint16
}

// Field is one of the overlay's fields.
func (o *Overlay) Field(i int) *Field { return &o.fields[i] }

// inner are a cell's points of the level below.
func (o *Overlay) inner(f *Field, level int, cell uint32) values {
	t, below, into := &o.level[level], &o.level[level-1], &f.level[level-1]
	lo, hi := below.point[t.from[cell]], below.point[t.from[cell+1]]
	if level == 1 {
		at, n := f.base[cell], hi-lo
		return values{lo, into.dist[at : at+n], into.source[at : at+n]}
	}
	return values{lo, into.dist[lo:hi], into.source[lo:hi]}
}

// Aim begins a field anew: the distances to its goals, of which there may be
// none, at the points of the highest level.
func (o *Overlay) Aim(f *Field, s *Search, goals []Goal) {
	o.Begin(f, nil)
	for _, g := range goals {
		o.Target(f, g)
	}
	for !o.Rise(f, s) {
	}
}

// Begin, then Target for each goal, then Rise until it is done, are Aim in steps.
// Values that did not change are taken from the field of the cut before, or nil,
// which must have been begun before the repairs in between, and is of use until
// it is begun anew.
func (o *Overlay) Begin(f, prev *Field) {
	f.version++
	o.clock++
	if f.version == 0 || o.clock == 0 {
		panic("overlay: fields were begun more often than can be counted")
	}
	f.prev, f.began = prev, o.clock
	if prev != nil {
		f.prevVersion = prev.version
	}
	f.rising, f.next, f.outside = 1, 0, nil
}

// Target adds a goal to a field that was begun.
func (o *Overlay) Target(f *Field, g Goal) {
	l, cell := &f.level[0], uint32(o.cellOf[g.Node])
	o.provide(f, cell)
	v := o.inner(f, 1, cell)
	if l.goals[cell] != f.version {
		l.goals[cell] = f.version
		v.clear()
	}
	v.improve(g.Node, 0, g.Number)
}

// Rise searches the next cell that holds goals, bottom up, and reports whether
// that was the last one, the whole graph.
func (o *Overlay) Rise(f *Field, s *Search) (done bool) {
	for {
		if int(f.next) == o.level[f.rising].cells() {
			f.rising, f.next = f.rising+1, 0
		}
		level, cell := f.rising, f.next
		f.next++
		into := &f.level[level-1]
		found := level == 1 && into.goals[cell] == f.version || level > 1 && o.lift(f, level, cell)
		if found {
			v := o.inner(f, level, cell)
			into.goals[cell] = f.version
			if o.sameGoals(f, level, cell) {
				into.same[cell] = f.version
			}
			if level <= o.levels || len(o.outside) > 0 || !o.carry(f, s, level, 0) {
				o.resume(s, level, &v)
				o.run(s, level, cell, &v)
			}
		}
		if level == o.levels+1 {
			if !found {
				v := o.inner(f, level, cell)
				v.clear() // no goals at all
			}
			into.fresh[0] = f.version
			return true
		}
		if found {
			return false
		}
	}
}

// resume makes all points that have a value sources.
func (o *Overlay) resume(s *Search, level int, v *values) {
	o.begin(s, level, v)
	for i, d := range v.dist {
		if d != Unreachable {
			s.offer(v.off+uint32(i), v)
		}
	}
}

// lift brings the values of the cells within a cell to their own points, and
// reports whether any of them has some.
func (o *Overlay) lift(f *Field, level int, cell uint32) bool {
	t := &o.level[level-1]
	below, into := &f.level[level-2], &f.level[level-1]
	v := o.inner(f, level, cell)
	any := false
	for c, end := o.cellStart(level, cell), o.cellEnd(level, cell); c < end; c++ {
		if below.goals[c] != f.version {
			continue
		}
		if !any {
			any = true
			v.clear()
		}
		w := o.inner(f, level-1, c)
		lo, hi := t.span(c)
		for p := lo; p < hi; p++ {
			at := o.down(level-1, p) - w.off
			into.dist[p], into.source[p] = w.dist[at], w.source[at]
		}
	}
	return any
}

// cellStart is the first of the cells of the level below within a cell.
func (o *Overlay) cellStart(level int, cell uint32) uint32 {
	return uint32(o.level[level-1].cell[o.level[level].from[cell]])
}

// cellEnd is the end of the cells of the level below within a cell.
func (o *Overlay) cellEnd(level int, cell uint32) uint32 {
	return uint32(o.level[level-1].cell[o.level[level].from[cell+1]-1]) + 1
}

// Refine makes the field final at a node and all others of its lowest cell. It
// does not, and reports false, where weights have changed since the field was
// begun that it would have to read. What was final already stays so, but for
// what has to leave a pool.
func (o *Overlay) Refine(f *Field, s *Search, node uint32) bool {
	c := uint32(o.cellOf[node])
	f.asked[c], f.warm[c] = f.version, 1
	return f.level[0].fresh[c] == f.version || o.refine(f, s, c)
}

// refine makes the field final in a lowest cell.
func (o *Overlay) refine(f *Field, s *Search, c uint32) bool {
	for l := o.levels; l > 0; l-- {
		cell := uint32(o.level[l].cell[c])
		into := &f.level[l-1]
		if into.fresh[cell] == f.version {
			continue
		}
		if o.level[l].changed[cell] >= f.began || o.rebuilt >= f.began {
			return false
		}
		if l == 1 {
			o.provide(f, c)
		}
		into.fresh[cell] = f.version
		if !o.carry(f, s, l, cell) {
			o.descend(f, s, l, cell)
		}
	}
	return true
}

// descend searches a cell from what comes to it from above, and from its goals.
func (o *Overlay) descend(f *Field, s *Search, level int, cell uint32) {
	v := o.inner(f, level, cell)
	if f.level[level-1].goals[cell] != f.version {
		v.clear()
	}
	o.begin(s, level, &v)
	lo, hi := o.level[level].span(cell)
	above := &f.level[level]
	for p := lo; p < hi; p++ {
		if d := above.dist[p]; d != Unreachable {
			if at := o.down(level, p); v.improve(at, d, above.source[p]) {
				s.offer(at, &v)
			}
		}
	}
	o.run(s, level, cell, &v)
	s.Searched++
}

// At is the field's value at a node: its distance, and the number of the goal.
// Refine comes first.
func (o *Overlay) At(f *Field, node uint32) (dist uint32, number uint16) {
	c := o.cellOf[node]
	i := f.base[c] + node - o.lo[c]
	return f.level[0].dist[i], f.level[0].source[i]
}

// Next is the edge to take from a node towards its goal, the first of several,
// or false at the goal and where there is no way. Refine comes first.
func (o *Overlay) Next(f *Field, node uint32) (edge uint32, ok bool) {
	dist, number := o.At(f, node)
	if dist == 0 || dist == Unreachable {
		return 0, false
	}
	lo, hi := o.out(node)
	for e := lo; e < hi; e++ {
		w := o.Weight(e)
		if w > dist {
			continue
		}
		if d, n := o.ahead(f, node, e); d == dist-w && n == number {
			return e, true
		}
	}
	panic("overlay: no edge leads along a field that is final")
}

// ahead is the field's value at the head of one of a node's edges.
func (o *Overlay) ahead(f *Field, node, e uint32) (dist uint32, number uint16) {
	head, inside := o.head(e)
	if inside {
		return o.near(f, node, head)
	}
	if v := o.beyond(f, e); v.Dist != Unreachable {
		return v.Dist, v.Number
	}
	return Unreachable, 0
}

// near is the field's value at a neighbour of a node for which the field is
// final. A neighbour in another cell is a point of the level below the one at
// which both share a cell, where the field is final too.
func (o *Overlay) near(f *Field, node, other uint32) (dist uint32, number uint16) {
	a, b := o.cellOf[node], o.cellOf[other]
	if a == b {
		return o.At(f, other)
	}
	l := 1
	for o.level[l+1].cell[a] != o.level[l+1].cell[b] {
		l++
	}
	p := o.level[l].point[b] + other - o.lo[b]
	return f.level[l].dist[p], f.level[l].source[p]
}

package overlay

import (
	"sort"

	"github.com/huntgraph/huntgraph/partition/shadow"
)

// repair is one under way. Call an edge's lower weight light and its higher one
// heavy, whichever it had first.
//
// Bottom up, each cell that holds the edge is tested: between which of its
// points are the ways shorter while the edge is light? The search for them is
// in effect.go. If the edge got lighter the distances follow from it; if it got
// heavier these ways are searched again. What does not change a cell's distances
// changes none above it.
//
// While a cell is tested the edge, and the distances below, are heavy.
type repair struct {
	edge, tail, head uint32
	to               uint8  // the level that the edge comes to
	weight           uint32 // with it, if that is Given
	light            uint32
	lighter          bool
	first            int // the level of the lowest cell that holds the edge
	level            int // of the cell at hand; 0: none
	reached          int // the highest level of a cell whose distances changed

	searching bool   // the ways are searched again
	onwards   bool   // by their starts, not by their ends
	changed   bool   // one of them got longer
	next      uint32 // the point to search from
}

// Repair brings one edge to a level and the distances between points with it,
// and no more of them than change. It returns the highest level at which a
// distance changed; 0 means none did. It is Change, and Step until it is done.
func (o *Overlay) Repair(s *Search, e uint32, level uint8) int { return o.repair(s, e, level, 0) }

// RepairTo is Repair with a weight from 1 on that no level of congestion has: it
// brings the edge to level Given, which at most MaxGiven edges have at a time.
func (o *Overlay) RepairTo(s *Search, e, weight uint32) int { return o.repair(s, e, Given, weight) }

func (o *Overlay) repair(s *Search, e uint32, level uint8, weight uint32) int {
	o.Change(s, e, level, weight)
	for !o.Step(s) {
	}
	return s.Reached()
}

// Reached is the highest level at which the last repair changed a distance.
func (s *Search) Reached() int { return s.repair.reached }

// Change begins to bring an edge to a level; the weight counts at level Given
// only. It ends the repair under way first.
func (o *Overlay) Change(s *Search, e uint32, level uint8, weight uint32) {
	for !o.Step(s) {
	}
	if s.repair.reached = 0; level == o.Edges[e].Seen && level != Given {
		return
	}
	tail, was, now := o.Tail(e), o.Weight(e), o.weight(e, level, weight)
	r := &s.repair
	*r = repair{edge: e, tail: tail, to: level, weight: weight, light: min(was, now), lighter: now < was}
	head, inside := o.head(e)
	if was != now {
		o.touchEdge(tail, head, inside)
	}
	changes := inside && was != now
	if changes && o.levels > 0 {
		r.head = head
		r.level = o.apart(o.cellOf[tail], o.cellOf[head]) + 1
		r.first = r.level
		o.rests(r)
	}
	if !r.lighter || r.level == 0 {
		o.set(tail, e, level, weight)
	}
	if changes && o.levels == 0 {
		o.unmend(s, tail, head, e, r.light)
	}
}

// rests ends a repair at a cell without points: nothing rests on the ways
// through it, and its nodes may be more than a search between points has room for.
// It ends one at a cell that is to be searched anew, too.
func (o *Overlay) rests(r *repair) {
	if r.level > o.top {
		r.level = 0
		return
	}
	t, cell := &o.level[r.level], o.holds(r)
	lo, hi := t.span(cell)
	if t.due[cell] != exact && lo < hi {
		o.spoil(r.level, o.cellOf[r.tail])
	}
	if t.due[cell] != exact || lo == hi {
		r.level = 0
	}
}

// holds is the cell at hand.
func (o *Overlay) holds(r *repair) uint32 {
	return uint32(o.level[r.level].cell[o.cellOf[r.tail]])
}

// Step does a slice of a repair, a search or two, and reports whether nothing
// is left to do. Between slices other searches may use the same memory, but not
// in cells that hold the edge.
func (o *Overlay) Step(s *Search) (done bool) {
	r := &s.repair
	if r.level == 0 {
		return true
	}
	u := o.uses(s)
	switch {
	case r.searching:
		if o.searchOn(s, &u) {
			return false
		}
		if r.searching = false; !r.changed {
			r.level = 0
			return true
		}
	case !o.test(s, &u):
		r.level = 0
		return true
	case !r.lighter:
		r.searching, r.changed, r.next = true, false, 0
		ends, starts := u.count(s.rows[:u.n], s.columns[:u.n])
		r.onwards = starts < ends
		return false
	}
	r.reached = r.level
	r.level++
	o.touch(r.level, o.cellOf[r.tail])
	if o.rests(r); r.level == 0 && r.lighter {
		for end := range u.n {
			u.shorten(end)
		}
	}
	return r.level == 0
}

// uses are what the ways between a cell's points have to do with an edge.
type uses struct {
	n        uint32   // points
	to, from []uint32 // distances to the edge's tail and from its head, where its light weight may matter
	clique   []uint32
	light    uint32
	at       uint32 // of the clique in the table
	table    *shadow.Table
}

// set writes a distance.
func (u *uses) set(i, d uint32) {
	u.table.Touch(int(4 * (u.at + i)))
	u.clique[i] = d
}

// uses are those of the cell at hand.
func (o *Overlay) uses(s *Search) uses { return o.usesOf(s, s.repair.level) }

func (o *Overlay) usesOf(s *Search, level int) uses {
	t := &o.level[level]
	cell := uint32(t.cell[o.cellOf[s.repair.tail]])
	lo, hi := t.span(cell)
	n := hi - lo
	return uses{n, s.to[:n], s.from[:n], t.clique[t.at[cell]:t.at[cell+1]], s.repair.light, t.at[cell], &t.kept}
}

// row are the distances to a point, and the length of the ways to it from the edge's tail.
func (u *uses) row(end uint32) (row []uint32, rest uint32, ok bool) {
	b := u.from[end]
	return u.clique[end*u.n:][:u.n], b + u.light, b < Unreachable-u.light
}

// of reports whether the way from a start to an end is as long as one that uses the light edge.
func (u *uses) of(start, end uint32) bool {
	row, rest, ok := u.row(end)
	a := u.to[start]
	return ok && a != Unreachable && a+rest == row[start]
}

// any reports whether a way is longer than one that uses the light edge, or
// if it is as long.
func (u *uses) any(equal bool) bool {
	for end := range u.n {
		row, rest, ok := u.row(end)
		if !ok {
			continue
		}
		for i, a := range u.to {
			if d := a + rest; d >= rest && a != Unreachable && (d < row[i] || equal && d == row[i]) {
				return true
			}
		}
	}
	return false
}

// count counts the ways that use the edge by their ends and by their starts,
// and how many of either there are.
func (u *uses) count(byEnd, byStart []uint16) (ends, starts int) {
	clear(byEnd)
	clear(byStart)
	for end := range u.n {
		row, rest, ok := u.row(end)
		if !ok {
			continue
		}
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

// shorten shortens the ways to an end that use the edge since it got lighter.
func (u *uses) shorten(end uint32) {
	row, rest, ok := u.row(end)
	if !ok {
		return
	}
	for i, a := range u.to {
		if d := a + rest; d < row[i] && d >= rest && a != Unreachable {
			u.set(end*u.n+uint32(i), d)
		}
	}
}

// searchOn searches the ways once more that used the edge and end at the next
// point, or start there, and reports whether there are any left.
func (o *Overlay) searchOn(s *Search, u *uses) bool {
	r := &s.repair
	many := s.rows
	if r.onwards {
		many = s.columns
	}
	for ; r.next < u.n; r.next++ {
		if n := int(many[r.next]); n > 0 {
			r.changed = o.again(s, r.next, n, u) || r.changed
			r.next++
			return true
		}
	}
	return false
}

// again searches the ways once more that use the edge and end at a point, or
// start at it if onwards; many is how many there are.
func (o *Overlay) again(s *Search, p uint32, many int, u *uses) (changed bool) {
	level, onwards := s.repair.level, s.repair.onwards
	cell := o.holds(&s.repair)
	v := o.scope(s, level, cell)
	o.begin(s, level, &v)
	if s.nodes {
		clear(s.open.mark[:len(v.dist)])
	}
	lo, _ := o.level[level].span(cell)
	used := func(q uint32) bool {
		if onwards {
			return u.of(p, q)
		}
		return u.of(q, p)
	}
	for q := range u.n {
		if used(q) {
			s.open.mark[o.down(level, lo+q)-v.off] = wanted
		}
	}
	at := o.down(level, lo+p)
	v.dist[at-v.off] = 0
	s.offer(at, &v)
	s.forward, s.wanted = onwards, many
	o.run(s, level, cell, &v)
	for q := range u.n {
		if !used(q) {
			continue
		}
		entry := p*u.n + q
		if onwards {
			entry = q*u.n + p
		}
		if d := v.dist[o.down(level, lo+q)-v.off]; d != u.clique[entry] {
			u.set(entry, d)
			changed = true
		}
	}
	return changed
}

// Tail is an edge's tail.
func (o *Overlay) Tail(e uint32) uint32 {
	e += o.First[0]
	return uint32(sort.Search(o.nodes(), func(n int) bool { return o.First[n+1] > e }))
}

// apart is the highest level at which two lowest cells lie in different cells.
func (o *Overlay) apart(a, b uint16) int { return apart(o.levels, &o.level, a, b) }

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

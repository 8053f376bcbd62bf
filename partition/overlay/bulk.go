package overlay

// A repair takes up to a few searches of each cell that holds its edge, and finding
// a cell's distances anew takes one search for each of its points. So where many
// weights change at once, cells with many changes are searched anew, from the lowest
// level up, and only the others are repaired change by change:
//
//	for each change: o.Expect(edge)    // counts it
//	o.Plan()                           // decides what to search anew
//	for each change: o.Change(…), and o.Step(&search) until it is done
//	for !o.Mend(&search) {}            // a search each time
//
// Where Plan has not said so, nothing is searched anew but the border clique of
// a graph that is one cell, which is never repaired.
//
// Whatever is above a cell that is searched anew is due as well, since a repair
// goes up one change at a time. A repair below such a cell ends there. So a cell
// that is not due holds only cells that are not, and its distances are right after
// every change.

// What is to become of a cell's distances.
const (
	exact = 0 // they are right, or repaired
	due   = 1 // they are searched anew if what they rest on changes
	stale = 2 // it has changed
)

// mending is how far Mend has come: all is done in the levels up to one, then in
// the cells before one, then in the rows before one.
type mending struct {
	level     int
	cell, row uint32
}

// Expect counts a change to come.
func (o *Overlay) Expect(e uint32) {
	head, inside := o.head(e)
	if !inside || o.levels == 0 {
		return
	}
	tail := o.cellOf[o.Tail(e)]
	t := &o.level[o.apart(tail, o.cellOf[head])+1]
	t.coming[t.cell[tail]]++
}

// Plan finds for which cells it is cheaper to search them anew than to repair
// what is to come. Bottom up it sums what that gains: in a cell and in those
// within it. What it gains below must outweigh what it costs above.
func (o *Overlay) Plan() {
	for l := 1; l <= o.top; l++ {
		t := &o.level[l]
		for k := range uint32(t.cells()) {
			if lo, hi := t.span(k); lo == hi {
				t.coming[k] = 0 // nothing rests on what changes in it
			}
			t.gain[k] = max(t.gain[k]+o.gains(l, k), 0)
			if l < o.top {
				up := &o.level[l+1]
				in := up.cell[t.from[k]]
				up.coming[in] += t.coming[k]
				up.gain[in] += t.gain[k]
			}
		}
	}
	for l := o.top; l > 0; l-- {
		t := &o.level[l]
		for k := range uint32(t.cells()) {
			if t.gain[k] > 0 && t.due[k] == exact && (l == o.top || o.level[l+1].due[o.level[l+1].cell[t.from[k]]] != exact) {
				o.mark(l, k, due)
			}
			t.coming[k], t.gain[k] = 0, 0
		}
	}
	o.mending = mending{}
}

// gains is how much less a search of a cell for each of its points settles than the
// repairs of what is to come in it, about: a repair counts as one search of each
// cell around its edge. Of orz900d.map's changes at random that is what closed edges
// cost in a lowest cell; congestion, and levels above, cost half as much or less.
func (o *Overlay) gains(level int, cell uint32) int64 {
	t, below := &o.level[level], &o.level[level-1]
	lo, hi := t.span(cell)
	search := below.point[t.from[cell+1]] - below.point[t.from[cell]]
	return (int64(t.coming[cell]) - int64(hi-lo)) * int64(search)
}

// mark says what is to become of a cell's distances.
func (o *Overlay) mark(level int, cell uint32, as uint8) {
	at := cell
	for l := 1; l < level; l++ {
		at += uint32(o.level[l].cells())
	}
	o.keptDue.Touch(int(at))
	o.due[at] = as
}

// spoil says that what the distances rest on changed in the cell around a lowest one.
func (o *Overlay) spoil(level int, c uint16) {
	if level <= o.top {
		o.mark(level, uint32(o.level[level].cell[c]), stale)
	}
	o.mending = mending{}
}

// spoilAll says so of all cells.
func (o *Overlay) spoilAll() {
	for l := 1; l <= o.top; l++ {
		for k := range uint32(o.level[l].cells()) {
			o.mark(l, k, stale)
		}
	}
	o.mending = mending{}
}

// Mend searches one more row of what is to be searched anew, right after repairs,
// and reports whether none was left.
func (o *Overlay) Mend(s *Search) (done bool) {
	for m := &o.mending; !o.mended(); *m = (mending{level: m.level + 1}) {
		t := &o.level[m.level+1]
		for ; int(m.cell) < t.cells(); m.cell++ {
			lo, hi := t.span(m.cell)
			if t.due[m.cell] == stale && m.row < hi-lo {
				at := *m
				at.row++
				if o.row(s, m.level+1, m.cell, lo+m.row) {
					c := uint16(t.from[m.cell])
					o.touch(m.level+2, c)
					o.spoil(m.level+2, c)
				}
				*m = at
				return false
			}
			if m.row = 0; t.due[m.cell] != exact {
				o.mark(m.level+1, m.cell, exact)
			}
		}
	}
	return true
}

// mended reports whether Mend has nothing left to do.
func (o *Overlay) mended() bool { return o.mending.level >= o.top }

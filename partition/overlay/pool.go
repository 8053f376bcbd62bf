package overlay

import "errors"

// ErrPool says that a pool cannot hold what must stay in it.
var ErrPool = errors.New("overlay: a pool needs two pages for each lowest cell and one for each field")

// pool holds the fields' values at nodes, which are most of what fields take,
// where there are many fields and players see few cells of each. A page holds
// those of one lowest cell in one field. If all pages are taken, one goes that
// was not asked for since the clock's hand was there last, and its cell is
// searched, or carried, again when it is asked for. Cells that hold goals keep
// theirs: the goals are noted nowhere else.
type pool struct {
	dist   []uint32
	source []uint16
	owner  []owner
	size   uint32 // of a page, in nodes
	hand   uint32 // the page to look at next
}

type owner struct {
	field uint16 // counted from 1; 0: nobody
	cell  uint16
}

// nowhere is the place of values that have no page.
const nowhere = 1<<32 - 1

// Share has all fields of an overlay share so many pages, which hold the values
// at the nodes of a lowest cell each, instead of having room for all nodes each.
// It comes before Size, Tables and New. At least two pages for each of Cells and
// one for each field are needed, so that two fields may have goals in every cell,
// and each other one in one. 0 pages: each field has its own room.
func (s *Shape) Share(pages int) {
	if s.levels > 0 { // one cell would need as many pages as there are fields
		s.pages = pages
	}
}

// Cells is how many lowest cells there are.
func (s *Shape) Cells() int { return len(s.lo) - 1 }

// pageSize is the most nodes of a lowest cell.
func (s *Shape) pageSize() (n int) {
	for k := range s.Cells() {
		n = max(n, int(s.lo[k+1]-s.lo[k]))
	}
	return n
}

// layPool places the pool.
func (s *Shape) layPool(c *carver, o *Overlay) {
	if s.pages > 0 {
		o.pool.size = uint32(s.pageSize())
		n := s.pages * int(o.pool.size)
		o.pool.dist, o.pool.source, o.pool.owner = carve[uint32](c, n), carve[uint16](c, n), carve[owner](c, s.pages)
	}
}

// layNodes places a field's values at nodes, or where in the pool they are.
func (s *Shape) layNodes(c *carver, o *Overlay, f *Field) {
	f.warm = carve[uint8](c, s.Cells())
	l := &f.level[0]
	if s.pages == 0 {
		l.dist, l.source = carve[uint32](c, s.g.nodes()), carve[uint16](c, s.g.nodes())
		f.base = o.lo
		return
	}
	l.dist, l.source = o.pool.dist, o.pool.source
	f.base = carve[uint32](c, s.Cells())
	for k := range f.base {
		f.base[k] = nowhere
	}
}

// provide finds room for a field's values in a lowest cell.
func (o *Overlay) provide(f *Field, c uint32) {
	if f.base[c] != nowhere {
		return
	}
	b := &o.pool
	for i := range 3 * len(b.owner) {
		page := b.hand
		if b.hand++; int(b.hand) == len(b.owner) {
			b.hand = 0
		}
		if w := b.owner[page]; w.field > 0 && !o.leave(&o.fields[w.field-1], uint32(w.cell), i >= 2*len(b.owner)) {
			continue
		}
		b.owner[page] = owner{f.number, uint16(c)}
		f.base[c] = page * b.size
		return
	}
	panic("overlay: more cells hold goals than the pool has pages")
}

// leave has a field give up its page of a cell, unless it is to be kept. Values
// that could not be found again, since weights have changed under them, go last.
func (o *Overlay) leave(f *Field, cell uint32, last bool) bool {
	l := &f.level[0]
	if l.goals[cell] == f.version {
		return false
	}
	if l.fresh[cell] == f.version && (f.warm[cell] > 0 || !last && o.level[1].changed[cell] >= f.began) {
		f.warm[cell] = 0
		return false
	}
	l.fresh[cell], f.base[cell] = 0, nowhere
	return true
}

package overlay

import "unsafe"

// lineSize is where tables start: on a cache line.
const lineSize = 64

// carver hands out pieces of memory, or counts what it would hand out.
type carver struct {
	mem  []byte // nil: only count
	used int
}

// carve takes n pointer-free elements.
func carve[T any](c *carver, n int) []T {
	var t T
	bytes := n * int(unsafe.Sizeof(t))
	at := c.used
	c.used += (bytes + lineSize - 1) &^ (lineSize - 1)
	if c.mem == nil || n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&c.mem[at])), n)
}

// carved takes room for a copy.
func carved[T any](c *carver, of []T) []T {
	s := carve[T](c, len(of))
	copy(s, of)
	return s
}

// Table is how much of an overlay's memory one kind of table takes.
type Table struct {
	Name  string
	Bytes int
}

// Tables lists what an overlay with that many fields needs.
func (s *Shape) Tables(fields int) []Table {
	var c carver
	var list []Table
	s.lay(&c, new(Overlay), fields, func(name string) {
		for _, t := range list {
			c.used -= t.Bytes
		}
		list, c.used = append(list, Table{name, c.used}), 0
		for _, t := range list {
			c.used += t.Bytes
		}
	})
	return list
}

// Size is how many bytes New needs.
func (s *Shape) Size(fields int) int {
	var c carver
	s.lay(&c, new(Overlay), fields, func(string) {})
	return c.used
}

// cellsInAll counts the cells of all levels, and the root.
func (s *Shape) cellsInAll() (n int) {
	for l := 1; l <= s.levels+1; l++ {
		n += s.level[l].cells()
	}
	return n
}

// lay places all tables; done is called after each kind of them.
func (s *Shape) lay(c *carver, o *Overlay, fields int, done func(string)) {
	n := s.g.nodes()
	o.inFirst, o.inTail, o.inWeight = carve[uint32](c, n+1), carve[uint32](c, s.inside), carve[uint32](c, s.inside)
	done("edges by head")
	o.Edges = carve[Edge](c, len(s.g.Head))
	o.given = carve[given](c, MaxGiven)[:0]
	done("edges")
	o.cellOf, o.lo = carved(c, s.cellOf), carved(c, s.lo)
	for l := range s.levels + 2 {
		from, to := &s.level[l], &o.level[l]
		to.point, to.cell, to.from = carved(c, from.point), carved(c, from.cell), carved(c, from.from)
		to.node, to.mark, to.at = carved(c, from.node), carved(c, from.mark), carved(c, from.at)
		to.changed = carve[uint32](c, from.cells())
	}
	o.due = carve[uint8](c, s.cellsInAll())
	for l, rest := 1, o.due; l <= s.levels+1; l++ {
		cells, t := s.level[l].cells(), &o.level[l]
		if rest != nil {
			t.due, rest = rest[:cells], rest[cells:]
		}
		t.coming, t.gain = carve[uint32](c, cells), carve[int64](c, cells)
	}
	o.outside = carved(c, s.outside)
	done("cells")
	for l := 1; l <= s.levels+1; l++ {
		t := &s.level[l]
		o.level[l].clique = carve[uint32](c, int(t.at[t.cells()]))
	}
	done("cliques")
	if s.levels == 0 && s.root().points() > 0 && n > MaxPoints {
		o.wide = scratch{carve[uint32](c, n), carve[uint16](c, n)}
	}
	done("scratch")
	s.layPool(c, o)
	done("pool")
	o.fields = make([]Field, fields)
	for i := range o.fields {
		f := &o.fields[i]
		f.number = uint16(i + 1)
		s.layNodes(c, o, f)
		for l := range s.levels + 1 {
			if l > 0 {
				n := s.level[l].points()
				f.level[l].dist, f.level[l].source = carve[uint32](c, n), carve[uint16](c, n)
			}
			cells := s.level[l+1].cells()
			f.level[l].fresh, f.level[l].goals, f.level[l].same = carve[uint32](c, cells), carve[uint32](c, cells), carve[uint32](c, cells)
		}
		f.asked = carve[uint32](c, len(s.lo)-1)
	}
	done("fields")
}

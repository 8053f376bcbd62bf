package overlay

// Where a light edge matters
//
// A search backwards from the edge gives each point two kinds of labels: over
// the light edge, or past it. It needs to go no further where none is over the
// edge any more: from there the edge is on no shortest way, whatever its weight.
//
// In the lowest cell that holds the edge (t, h) the labels are distances to h:
// that of t is over the edge, that of h past it. One level up, S and T are the
// points of the cell below where the ways begin and end that are shorter while
// the edge is light. A way over the edge from x to any y in T is as long as
// to(x) + light + from(y). So x has another way to all of T that is no longer
// exactly if
//
//	past(x) = max over y in T of (d(x, y) - from(y)) <= to(x) + light
//
// with d heavy, and the search goes on from the labels past(x) and to(x) + light
// of the cell's points, of which the lower one wins, past(x) if they are equal.
// No label is below 0, nor so high that a way that matters would overflow: the
// least from(y) is added to all, and what is less than 0 is 0. A label past the
// edge that is too high only makes more points remain; what they are worth, the
// comparison with the cell's distances tells.

// The sources of a test's searches.
const (
	past = 0 // wins over an equal one
	via  = 1
)

// test searches the cell at hand for the distances to and from the edge where its
// light weight may matter, and reports whether a distance of the cell rests on it.
func (o *Overlay) test(s *Search, u *uses) bool {
	r := &s.repair
	cell := o.holds(r)
	v := o.scope(s, r.level, cell)
	o.begin(s, r.level, &v)
	shiftTo, shiftFrom := r.light, r.light
	if r.level == r.first {
		o.source(s, &v, r.head, 0, past)
		o.source(s, &v, r.tail, r.light, via)
	} else {
		shiftTo, shiftFrom = o.rise(s, &v)
	}
	found := o.effect(s, cell, &v, u.to, shiftTo, false)
	if found {
		v.clear()
		o.begin(s, r.level, &v)
		if r.level == r.first {
			o.source(s, &v, r.tail, 0, past)
			o.source(s, &v, r.head, r.light, via)
		} else {
			o.riseOn(s, &v)
		}
		found = o.effect(s, cell, &v, u.from, shiftFrom, true)
	}
	if r.level == r.first && r.lighter {
		o.set(r.tail, r.edge, r.to, r.weight)
	}
	return found && u.any(!r.lighter)
}

// source gives a node a label to begin with.
func (o *Overlay) source(s *Search, v *values, node, dist uint32, kind uint16) {
	t := &o.level[s.repair.level-1]
	c := o.cellOf[node]
	at := t.point[c] + node - o.lo[c]
	if v.improve(at, dist, kind) {
		s.hot += int(kind)
		s.offer(at, v)
	}
}

// effect searches as far as labels are over the edge, and fetches those of the
// cell's points, less what was added to them.
func (o *Overlay) effect(s *Search, cell uint32, v *values, into []uint32, shift uint32, onwards bool) (any bool) {
	level := s.repair.level
	s.forward, s.testing = onwards, true
	o.run(s, level, cell, v)
	lo, _ := o.level[level].span(cell)
	for p := range into {
		at := o.down(level, lo+uint32(p)) - v.off
		into[p] = Unreachable
		if v.source[at] == via {
			into[p], any = v.dist[at]-shift, true
		}
	}
	return any
}

// rise gives the points of the cell below their labels to search backwards from,
// and leaves in from and columns those to search onwards from. If the edge got
// lighter the distances of the cell below are heavy before it, and light after it.
func (o *Overlay) rise(s *Search, v *values) (shiftTo, shiftFrom uint32) {
	r := &s.repair
	u := o.usesOf(s, r.level-1)
	starts, ends := s.rows[:u.n], s.columns[:u.n]
	leastTo, leastFrom := u.ends(starts, ends)
	t := &o.level[r.level-1]
	lo, _ := t.span(uint32(t.cell[o.cellOf[r.tail]]))
	for x := range u.n {
		other := int64(-1 << 40)
		for y := range u.n {
			if ends[y] != 0 {
				other = max(other, far(u.clique[y*u.n+x])-int64(u.from[y]))
			}
		}
		if d, kind := lower(other+int64(leastFrom), u.to[x], r.light+leastFrom); d != Unreachable {
			at := lo + x - v.off
			v.dist[at], v.source[at] = d, kind
			s.open.key[at] = d
			s.open.mark[at] |= over
		}
	}
	for y := range u.n {
		other := int64(-1 << 40)
		for x := range u.n {
			if starts[x] != 0 {
				other = max(other, far(u.clique[y*u.n+x])-int64(u.to[x]))
			}
		}
		d, kind := lower(other+int64(leastTo), u.from[y], r.light+leastTo)
		if r.lighter {
			u.shortenTo(y)
		}
		u.from[y], ends[y] = d, kind
	}
	return r.light + leastFrom, r.light + leastTo
}

// riseOn gives the points of the cell below the labels that rise left.
func (o *Overlay) riseOn(s *Search, v *values) {
	r := &s.repair
	t := &o.level[r.level-1]
	lo, hi := t.span(uint32(t.cell[o.cellOf[r.tail]]))
	for y := range hi - lo {
		if d := s.from[y]; d != Unreachable {
			at := lo + y - v.off
			v.dist[at], v.source[at] = d, s.columns[y]
			s.open.key[at] = d
			s.open.mark[at] |= over
		}
	}
}

// far is a distance, with none as one beyond all others.
func far(d uint32) int64 {
	if d == Unreachable {
		return 1 << 40
	}
	return int64(d)
}

// lower is the lower of two labels: past the edge, and over it.
func lower(other int64, to, shift uint32) (d uint32, kind uint16) {
	if over := far(to) + int64(shift); over < other && over < Unreachable {
		return uint32(over), via
	}
	if other >= Unreachable {
		return Unreachable, past
	}
	return uint32(max(other, 0)), past
}

// ends marks where the ways begin and end that are shorter while the edge is
// light, and finds the least distances from them to the edge and from it to them.
func (u *uses) ends(starts, ends []uint16) (leastTo, leastFrom uint32) {
	clear(starts)
	clear(ends)
	leastTo, leastFrom = Unreachable, Unreachable
	for end := range u.n {
		row, rest, ok := u.row(end)
		if !ok {
			continue
		}
		for i, a := range u.to {
			if d := a + rest; d < row[i] && d >= rest && a != Unreachable {
				starts[i], ends[end] = 1, 1
				leastTo, leastFrom = min(leastTo, a), min(leastFrom, u.from[end])
			}
		}
	}
	return leastTo, leastFrom
}

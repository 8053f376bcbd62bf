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
// comparison with the cell's distances tells. So cells within the one searched
// sleep until a label over the edge comes to one of their points.

// The way onwards begins in the same manner, but S is only where the ways from
// the points found backwards come to the cell below; so it goes less far.

// past is the source of labels past the edge, which win over equal ones over it.
// The source of one over it tells, above zero, at which point of the cell below
// the way comes to it.
const past = 0

// test searches the cell at hand for the distances to and from the edge where its
// light weight may matter, and reports whether a distance of the cell rests on it.
// If the edge got lighter, all below are light after it.
func (o *Overlay) test(s *Search, u *uses) bool {
	r := &s.repair
	cell := o.holds(r)
	v := o.scope(s, r.level, cell)
	o.begin(s, r.level, &v)
	shift := r.light
	if r.level == r.first {
		o.source(s, &v, r.head, 0, past)
		o.source(s, &v, r.tail, r.light, 1)
	} else {
		shift += o.rise(s, &v)
	}
	found := o.effect(s, cell, &v, shift, false)
	v.clear()
	o.begin(s, r.level, &v)
	shift = r.light
	if r.level > r.first {
		shift += o.riseOn(s, &v)
	}
	s.take(u.to)
	if found && r.level == r.first {
		o.source(s, &v, r.tail, 0, past)
		o.source(s, &v, r.head, r.light, 1)
	}
	if found {
		found = o.effect(s, cell, &v, shift, true)
		s.take(u.from)
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

// effect searches as far as labels are over the edge. It leaves those of the
// cell's points, less what was added to them, in the memory of the frontier, and
// marks in rows where the ways from them come to the cell below.
func (o *Overlay) effect(s *Search, cell uint32, v *values, shift uint32, onwards bool) (any bool) {
	level := s.repair.level
	s.forward, s.testing = onwards, true
	o.run(s, level, cell, v)
	clear(s.rows)
	lo, hi := o.level[level].span(cell)
	left := s.labels[:hi-lo]
	for i := range left {
		at := o.down(level, lo+uint32(i)) - v.off
		left[i] = Unreachable
		if k := v.source[at]; k != past {
			left[i], s.rows[k-1], any = uint64(v.dist[at]-shift), 1, true
		}
	}
	return any
}

// take fetches what effect left.
func (s *Search) take(into []uint32) {
	for i, d := range s.labels[:len(into)] {
		into[i] = uint32(d)
	}
}

// rise gives the points of the cell below their labels to search backwards from,
// and returns what it added to them.
func (o *Overlay) rise(s *Search, v *values) (shift uint32) {
	u, lo := o.below(s)
	ends := s.columns[:u.n]
	shift = u.ends(ends)
	others := s.labels[:u.n]
	clear(others)
	for y := range u.n {
		if ends[y] == 0 {
			continue
		}
		from := uint64(u.from[y])
		for x, d := range u.clique[y*u.n:][:u.n] {
			others[x] = max(others[x], far(d)-from)
		}
	}
	for x, other := range others {
		o.raise(s, v, lo, uint32(x), other, u.to[x], shift)
	}
	return shift
}

// riseOn gives them their labels to search onwards from.
func (o *Overlay) riseOn(s *Search, v *values) (shift uint32) {
	u, lo := o.below(s)
	starts := s.rows[:u.n]
	shift = Unreachable
	for x := range u.n {
		if starts[x] != 0 {
			shift = min(shift, u.to[x])
		}
	}
	for y := range u.n {
		other := uint64(0)
		for x, d := range u.clique[y*u.n:][:u.n] {
			if starts[x] != 0 {
				other = max(other, far(d)-uint64(u.to[x]))
			}
		}
		if s.repair.lighter {
			u.shorten(y)
		}
		o.raise(s, v, lo, y, other, u.from[y], shift)
	}
	return shift
}

// below are the uses of the cell below, and its first point.
func (o *Overlay) below(s *Search) (u uses, lo uint32) {
	t := &o.level[s.repair.level-1]
	lo, _ = t.span(uint32(t.cell[o.cellOf[s.repair.tail]]))
	return o.usesOf(s, s.repair.level-1), lo
}

// raise gives a point of the cell below the lower of its two labels: past the
// edge, and over it.
func (o *Overlay) raise(s *Search, v *values, lo, x uint32, other uint64, dist, shift uint32) {
	other += uint64(shift)
	kind := uint16(past)
	if l := far(dist) + uint64(s.repair.light) + uint64(shift); l < other {
		other, kind = l, uint16(x+1)
	}
	if other >= zero+Unreachable {
		return
	}
	at := lo + x - v.off
	v.dist[at], v.source[at] = uint32(max(other, zero)-zero), kind
	s.open.key[at] = v.dist[at]
	s.open.mark[at] |= over
}

// far is a distance as a label in the making: zero lies so high that none is
// negative, and no way is beyond all others.
func far(d uint32) uint64 {
	if d == Unreachable {
		return noWay
	}
	return zero + uint64(d)
}

const (
	zero  = 1 << 32
	noWay = 1 << 40
)

// ends marks where the ways end that are shorter while the edge is light, and
// finds the least distance from it to these.
func (u *uses) ends(ends []uint16) (least uint32) {
	clear(ends)
	least = Unreachable
	for end := range u.n {
		row, rest, ok := u.row(end)
		if !ok {
			continue
		}
		for i, a := range u.to {
			if d := a + rest; d < row[i] && d >= rest && a != Unreachable {
				ends[end], least = 1, min(least, u.from[end])
				break
			}
		}
	}
	return least
}

package overlay

import "slices"

// Value is the distance from a node outside the graph to the nearest goal, which
// may lie anywhere, and that goal's number.
type Value struct {
	Dist   uint32 // Unreachable: there is no way
	Number uint16
}

// Border lists the nodes that border edges leave from and those that Entries
// names, in the order of BorderClique.
func (o *Overlay) Border() []uint32 { return o.level[o.levels+1].node }

// BorderClique is the distances between the nodes of Border, by way of the graph
// alone: of n of them that from i to k is at k*n+i. After repairs Mend comes first.
func (o *Overlay) BorderClique() []uint32 {
	if !o.mended() {
		panic("overlay: the distances between border points are asked for before they are mended")
	}
	return o.level[o.levels+1].clique
}

// Outside lists the nodes outside the graph that border edges lead to,
// ascending, spelled as heads are.
func (o *Overlay) Outside() []uint32 { return o.outside }

// unmend is for a change of an edge within a graph that is one cell. A repair there
// would search most of the graph for every change, so that it is cheaper to find
// its few rows anew, once for all changes together; unless another way from tail
// to head makes the change irrelevant.
func (o *Overlay) unmend(s *Search, tail, head, e, lightest uint32) {
	if o.top > 0 && o.level[1].due[0] != stale && !o.bypassed(s, tail, head, e, lightest) {
		o.spoil(1, 0)
	}
}

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

// BorderValue is the distance from a node of Border to the nearest goal of the
// field's own, by way of the graph alone. It is for a field that has risen and
// that was not given values from outside.
func (o *Overlay) BorderValue(f *Field, i int) (dist uint32, number uint16) {
	v := o.inner(f, o.levels+1, 0)
	p := o.down(o.levels+1, uint32(i)) - v.off
	return v.dist[p], v.source[p]
}

// Enter gives a field that has risen the distances from the nodes of Outside
// to the nearest goals of all. They are the caller's and must stay as they are
// until the field is begun anew. Settle comes next, before any Refine.
func (o *Overlay) Enter(f *Field, values []Value) {
	if len(values) != len(o.outside) {
		panic("overlay: a field is given values for other nodes than those outside")
	}
	f.outside = values
}

// Settle brings the values from outside to the points of the highest level. It
// goes on from what the field's own goals gave them: a value that no border
// edge makes better is right already.
func (o *Overlay) Settle(f *Field, s *Search) (done bool) {
	if f.level[o.levels].fresh[0] != f.version {
		panic("overlay: a field settles before it has risen")
	}
	if f.outside == nil {
		return true
	}
	level := o.levels + 1
	if o.carry(f, s, level, 0) {
		return true
	}
	v := o.inner(f, level, 0)
	o.begin(s, level, &v)
	for i, node := range o.Border() {
		if d, number := o.entered(f, node); d != Unreachable {
			if at := o.down(level, uint32(i)); v.improve(at, d, number) {
				s.offer(at, &v)
			}
		}
	}
	o.run(s, level, 0, &v)
	s.Searched++
	return true
}

// entered is the value that comes to a node over its border edges.
func (o *Overlay) entered(f *Field, node uint32) (dist uint32, number uint16) {
	dist = Unreachable
	for e, end := o.out(node); e < end; e++ {
		if _, inside := o.head(e); inside {
			continue
		}
		from, w := o.beyond(f, e), o.Weight(e)
		d := from.Dist + w
		if d < w || d > dist || d == Unreachable { // the first and the last where either is none
			continue
		}
		if d < dist || from.Number < number {
			dist, number = d, from.Number
		}
	}
	return dist, number
}

// beyond is the value at a border edge's head.
func (o *Overlay) beyond(f *Field, e uint32) Value {
	if f.outside == nil {
		return Value{Dist: Unreachable}
	}
	i, _ := slices.BinarySearch(o.outside, o.Head[e])
	return f.outside[i]
}

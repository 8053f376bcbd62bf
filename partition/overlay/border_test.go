package overlay

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// land is a random directed graph that is cut in parts, each with an overlay
// and a field, and what joins them.
type land struct {
	t                 *testing.T
	rng               *rand.Rand
	whole             Graph
	parts             []*Overlay
	answered, refused int

	at map[uint32]Value // at the parts' border points, by node of the whole
}

// newLand cuts a graph of so many nodes.
func newLand(t *testing.T, rng *rand.Rand, s *Search, nodes, parts, fields int, shared ...bool) *land {
	w := graph(rng, nodes, rng.IntN(2))
	for e, h := range w.Head { // nothing lies beyond the whole
		if h < w.FirstNode {
			w.Head[e] = w.FirstNode + rng.Uint32N(uint32(nodes))
		}
	}
	if rng.IntN(2) == 0 {
		doors(rng, &w)
	}
	l := &land{t: t, rng: rng, whole: w}
	cuts := []int{0, nodes}
	for range parts - 1 {
		cuts = append(cuts, rng.IntN(nodes))
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for i := range len(cuts) - 1 {
		l.parts = append(l.parts, overlayWith(t, l.part(cuts[i], cuts[i+1]), s, fields, func(uint32) uint8 { return randomLevel(rng) }, shared...))
	}
	return l
}

// doors has edges leave and enter cells at their first nodes only, so that most
// nodes are no points.
func doors(rng *rand.Rand, g *Graph) {
	cell := func(v uint32) (lo, hi uint32) {
		hi = uint32(g.nodes())
		for i := len(g.Cells) - 2; i >= 0; i -= 2 {
			if lo = g.Cells[i] - g.FirstNode; lo <= v {
				return lo, hi
			}
			hi = lo
		}
		panic("no such cell")
	}
	for v := range uint32(g.nodes()) {
		lo, hi := cell(v)
		for e, end := g.out(v); e < end; e++ {
			h, _ := g.head(e)
			switch first, last := cell(h); {
			case h >= lo && h < hi:
			case v > lo+2:
				g.Head[e] = g.FirstNode + lo + rng.Uint32N(hi-lo)
			default:
				g.Head[e] = g.FirstNode + first + rng.Uint32N(min(3, last-first))
			}
		}
	}
}

// part is the graph of the nodes [lo, hi).
func (l *land) part(lo, hi int) Graph {
	w := &l.whole
	first, end := w.First[lo]-w.First[0], w.First[hi]-w.First[0]
	g := Graph{First: w.First[lo : hi+1], Head: w.Head[first:end], Base: w.Base[first:end], FirstNode: w.FirstNode + uint32(lo), Shift: w.Shift}
	for v := range w.nodes() {
		for e, end := w.out(uint32(v)); e < end; e++ {
			if h := w.Head[e] - g.FirstNode; (v < lo || v >= hi) && h < uint32(hi-lo) {
				g.Entries = append(g.Entries, w.Head[e])
			}
		}
	}
	g.Entries = distinct(g.Entries)
	if l.rng.IntN(4) > 0 {
		for i := 0; i+1 < len(w.Cells); i += 2 {
			if c := w.Cells[i] - g.FirstNode; c < uint32(hi-lo) {
				if len(g.Cells) == 0 {
					c = 0
				}
				g.Cells = append(g.Cells, g.FirstNode+c, w.Cells[i+1])
			}
		}
	}
	return g
}

// edge is the part that one of the whole's edges belongs to, and its number there.
func (l *land) edge(e uint32) (o *Overlay, local uint32) {
	for _, o := range l.parts {
		if local := e + l.whole.First[0] - o.First[0]; local < uint32(len(o.Head)) {
			return o, local
		}
	}
	panic("no such edge")
}

// oracle is Bellman and Ford's algorithm on the whole.
func (l *land) oracle(goals []Goal) []Value {
	at := make([]Value, l.whole.nodes())
	for v := range at {
		at[v].Dist = Unreachable
	}
	for _, g := range goals {
		at[g.Node] = least(at[g.Node], Value{0, g.Number})
	}
	weights := make([]uint32, len(l.whole.Head))
	for e := range weights {
		o, local := l.edge(uint32(e))
		weights[e] = o.Weight(local)
	}
	for changed := true; changed; {
		changed = false
		for v := range uint32(l.whole.nodes()) {
			for e, end := l.whole.out(v); e < end; e++ {
				h, _ := l.whole.head(e)
				if b := least(at[v], after(weights[e], at[h])); b != at[v] {
					at[v], changed = b, true
				}
			}
		}
	}
	return at
}

func least(a, b Value) Value {
	if cmp.Or(cmp.Compare(a.Dist, b.Dist), cmp.Compare(a.Number, b.Number)) < 0 {
		return a
	}
	return b
}

func after(w uint32, v Value) Value {
	if w == Unreachable || v.Dist == Unreachable {
		return Value{Dist: Unreachable, Number: 1<<16 - 1}
	}
	return Value{v.Dist + w, v.Number}
}

// begin raises a field of every part towards its own goals, after another one or none.
func (l *land) begin(field, prev int, s *Search, goals []Goal) {
	for _, o := range l.parts {
		f, p := o.Field(field), (*Field)(nil)
		if prev >= 0 {
			p = o.Field(prev)
		}
		o.Begin(f, p)
		for _, g := range goals {
			if n := g.Node + l.whole.FirstNode - o.FirstNode; n < uint32(o.nodes()) {
				o.Target(f, Goal{n, g.Number})
			}
		}
		for !o.Rise(f, s) {
		}
	}
}

// join is the coordinator: the values at all border points, from the parts' own
// values and cliques and the edges between them.
func (l *land) join(field int, s *Search) {
	l.at = map[uint32]Value{}
	for _, o := range l.parts {
		for !o.Mend(s) {
		}
		for i, v := range o.Border() {
			dist, number := o.BorderValue(o.Field(field), i)
			l.at[o.FirstNode+v] = Value{dist, number}
		}
	}
	for changed := true; changed; {
		changed = false
		improve := func(v uint32, by Value) {
			if b := least(l.at[v], by); by.Dist != Unreachable && b != l.at[v] {
				l.at[v], changed = b, true
			}
		}
		for _, o := range l.parts {
			border, clique := o.Border(), o.BorderClique()
			for from, v := range border {
				for to, h := range border {
					improve(o.FirstNode+v, after(clique[to*len(border)+from], l.at[o.FirstNode+h]))
				}
				for e, end := o.out(v); e < end; e++ {
					if _, inside := o.head(e); !inside {
						improve(o.FirstNode+v, after(o.Weight(e), l.at[o.Head[e]]))
					}
				}
			}
		}
	}
	for _, o := range l.parts {
		values := make([]Value, len(o.Outside()))
		for i, v := range o.Outside() {
			values[i] = l.at[v]
		}
		o.Enter(o.Field(field), values)
		for !o.Settle(o.Field(field), s) {
		}
	}
}

// agree holds some nodes of every part to the oracle.
func (l *land) agree(field int, s *Search, goals []Goal, visits int) {
	l.t.Helper()
	at := l.oracle(goals)
	for range visits {
		v := l.rng.Uint32N(uint32(l.whole.nodes()))
		l.agreeAt(field, s, at, v)
	}
}

func (l *land) agreeAt(field int, s *Search, at []Value, v uint32) {
	l.t.Helper()
	first, end := l.whole.out(v)
	o, n := l.owner(v)
	f := o.Field(field)
	if !o.Refine(f, s, n) {
		l.refused++
		return
	}
	l.answered++
	dist, number := o.At(f, n)
	if want := at[v]; dist != want.Dist || dist != Unreachable && number != want.Number {
		l.t.Fatalf("node %d: %d to goal %d, the oracle says %d to %d", v, dist, number, want.Dist, want.Number)
	}
	took, ok := o.Next(f, n)
	want := end
	for e := end; e > first; e-- {
		h, _ := l.whole.head(e - 1)
		o, local := l.edge(e - 1)
		if after(o.Weight(local), at[h]) == at[v] && dist != 0 && dist != Unreachable {
			want = e - 1
		}
	}
	if ok != (want < end) || ok && took+o.First[0]-l.whole.First[0] != want {
		l.t.Fatalf("node %d, %d from goal %d: edge %d is taken (%v), the first that leads there is %d", v, dist, number, took, ok, want)
	}
}

// owner is the part that a node lies in.
func (l *land) owner(v uint32) (*Overlay, uint32) {
	for _, o := range l.parts {
		if n := v + l.whole.FirstNode - o.FirstNode; n < uint32(o.nodes()) {
			return o, n
		}
	}
	panic("no such node")
}

// TestBorders holds I8 across borders: with the values that a coordinator finds
// from border cliques, every part's field equals the whole graph's, and so do
// the edges to take, after changes up and down that were repaired.
func TestBorders(t *testing.T) {
	crossed := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 3))
		s := searchOf(4 + rng.IntN(2)*2000)
		l := newLand(t, rng, s, 30+rng.IntN(300), 1+rng.IntN(6), 2)
		for i := range 8 {
			goals := randomGoals(rng, l.whole.nodes(), 1+rng.IntN(6))
			l.begin(i%2, -1, s, goals)
			l.join(i%2, s)
			l.agree(i%2, s, goals, 60)
			for range rng.IntN(30) {
				o, e := l.edge(rng.Uint32N(uint32(len(l.whole.Head))))
				o.Repair(s, e, randomLevel(rng))
			}
		}
		for _, o := range l.parts {
			crossed += len(o.Outside())
		}
	}
	if crossed < 1000 {
		t.Errorf("%d nodes outside in all: the test shows too little", crossed)
	}
}

// TestWideBorder is a part without cells that is larger than the arena's scratch.
func TestWideBorder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	s := searchOf(2000)
	l := &land{t: t, rng: rng, whole: graph(rng, 2*MaxPoints+100, 0)}
	for e, h := range l.whole.Head {
		if h < l.whole.FirstNode || rng.IntN(100) == 0 {
			l.whole.Head[e] = l.whole.FirstNode + rng.Uint32N(uint32(l.whole.nodes()))
		}
	}
	for _, span := range [][2]int{{0, l.whole.nodes() / 2}, {l.whole.nodes() / 2, l.whole.nodes()}} {
		g := l.part(span[0], span[1])
		g.Cells = nil
		l.parts = append(l.parts, overlayWith(t, g, s, 2, func(uint32) uint8 { return randomLevel(rng) }))
	}
	for range 3 {
		goals := randomGoals(rng, l.whole.nodes(), 3)
		l.begin(0, -1, s, goals)
		l.join(0, s)
		l.agree(0, s, goals, 300)
		for range 20 {
			o, e := l.edge(rng.Uint32N(uint32(len(l.whole.Head))))
			o.Repair(s, e, randomLevel(rng))
		}
	}
}

// TestBorderRefusals names what Measure refuses at a border.
func TestBorderRefusals(t *testing.T) {
	line := func(nodes int, entries ...uint32) Graph {
		g := Graph{Entries: entries}
		for n := range nodes + 1 {
			g.First = append(g.First, uint32(n))
		}
		for n := range nodes {
			g.Head, g.Base = append(g.Head, uint32(n)), append(g.Base, 1)
		}
		return g
	}
	every := make([]uint32, MaxSpan+1)
	for i := range every {
		every[i] = uint32(i)
	}
	for _, c := range []struct {
		name string
		g    Graph
		err  error
	}{
		{"an entry outside", line(3, 3), ErrEntries},
		{"entries that do not ascend", line(3, 1, 1), ErrEntries},
		{"as many as there is room for", line(MaxSpan, every[:MaxSpan]...), nil},
		{"one more", line(MaxSpan+1, every...), ErrBorder},
	} {
		if _, err := Measure(c.g); err != c.err {
			t.Errorf("%s: %v, not %v", c.name, err, c.err)
		}
	}
}

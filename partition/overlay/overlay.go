package overlay

import (
	"cmp"
	"errors"
	"slices"
	"unsafe"

	"github.com/huntgraph/huntgraph/partition/shadow"
)

// What New and Measure refuse.
var (
	ErrMemory = errors.New("overlay: the memory given is smaller than Size or not aligned to 8 bytes")
	ErrPoints = errors.New("overlay: a cell has more than 128 cells or 4,096 points in it or 1,024 points of its own, which the arena has no room for; cut it otherwise")
)

// Edge is all that changes about an edge, in one word, so that whoever changes or
// compares it fetches one cache line. The overlay writes and reads its own byte only.
type Edge struct {
	Load  uint8 // congestion
	Level uint8 // of the live weight
	Cut   uint8 // level of the weight as of the last refresh
	Seen  uint8 // the overlay's: level of the weight that searches read, which follows Cut
}

// edgeSize is its size.
const edgeSize = 4

var _ [edgeSize]struct{} = [unsafe.Sizeof(Edge{})]struct{}{}

// Overlay is a graph's cells with the distances between the points of each.
type Overlay struct {
	Graph
	levels  int // of cells; the whole graph is the one cell of the level above, the root
	top     int // the highest level with distances: the root, if there is a border
	lo      []uint32
	cellOf  []uint16
	outside []uint32 // the nodes that border edges lead to
	level   [MaxLevels + 2]tier
	fields  []Field
	pool    pool
	clock   uint32 // counts fields that were begun
	rebuilt uint32 // on it

	heaviest uint32 // weight that an edge ever had
	wide     scratch
	due      []uint8 // of all cells, level by level
	mending  mending

	// edges by head, within a head those first that link cells of the highest
	// level, then by edge; with the weights that searches read
	inFirst, inTail, inWeight []uint32
	given                     []given // by edge: the weights of those at level Given

	// Edges are all that changes about the edges.
	Edges []Edge

	keptWeight, keptEdges, keptDue shadow.Table
}

// scratch is in place of the arena's where the graph is one cell of more nodes
// than it has room for, and has a border.
type scratch struct {
	dist   []uint32
	source []uint16
}

// New lays an overlay out in mem, which must be zero. Rebuild comes next.
func New(s *Shape, fields int, mem []byte) (*Overlay, error) {
	if len(mem) < s.Size(fields) || uintptr(unsafe.Pointer(unsafe.SliceData(mem)))%8 != 0 {
		return nil, ErrMemory
	}
	if !s.Fits() {
		return nil, ErrPoints
	}
	if s.pages > 0 && s.pages < 2*s.Cells()+fields {
		return nil, ErrPool
	}
	o := &Overlay{Graph: s.g, levels: s.levels, top: s.levels, outside: s.outside}
	if s.root().points() > 0 {
		o.top++
	}
	s.lay(&carver{mem: mem}, o, fields, func(string) {})
	o.keptWeight, o.keptEdges, o.keptDue = shadow.Of(o.inWeight), shadow.Of(o.Edges), shadow.Of(o.due)
	for l := 1; l <= o.top; l++ {
		o.level[l].kept = shadow.Of(o.level[l].clique)
	}
	for i := range o.fields {
		o.fields[i].version = 1
	}
	o.turn()
	return o, nil
}

// Fits reports whether a search's memory has room for every cell. Lowest cells
// without points, and one cell that is the graph, may have any size.
func (s *Shape) Fits() bool {
	for l := 1; l <= s.levels+1; l++ {
		t, below := &s.level[l], &s.level[l-1]
		for k := range t.cells() {
			first, end := t.from[k], t.from[k+1]
			points := below.point[end] - below.point[first]
			inner := below.cell[end-1] - below.cell[first] + 1
			if l > 1 && (points > MaxPoints || inner > MaxInner) {
				return false
			}
			if l > s.levels {
				continue
			}
			if lo, hi := t.span(uint32(k)); lo < hi && points > MaxPoints || hi-lo > MaxSpan {
				return false
			}
		}
	}
	return true
}

// turn fills the edges by head: a counting sort.
func (o *Overlay) turn() {
	for e := range uint32(len(o.Head)) {
		if head, ok := o.head(e); ok {
			o.inFirst[head+1]++
		}
	}
	for i := 1; i < len(o.inFirst); i++ {
		o.inFirst[i] += o.inFirst[i-1]
	}
	// Fill from the back, so that inFirst ends as the starts without a second
	// array: it holds ends first and is counted down.
	for node := o.nodes() - 1; node >= 0; node-- {
		lo, hi := o.out(uint32(node))
		for e := hi; e > lo; e-- {
			if head, ok := o.head(e - 1); ok {
				o.inFirst[head+1]--
				o.inTail[o.inFirst[head+1]] = uint32(node)
			}
		}
	}
	copy(o.inFirst, o.inFirst[1:])
	o.inFirst[len(o.inFirst)-1] = uint32(len(o.inTail))
	for node := range uint32(o.nodes()) {
		o.farFirst(node)
	}
}

// farFirst puts the edges that lead to a node in the order of the highest level
// whose cells they link, so that a search comes to those that it needs first, and
// those of one level in the order of their tails.
func (o *Overlay) farFirst(node uint32) {
	slices.SortFunc(o.inTail[o.inFirst[node]:o.inFirst[node+1]], func(a, b uint32) int { return o.farBefore(node, a, b) })
}

// farBefore compares two tails of edges that lead to a node, as farFirst orders them.
func (o *Overlay) farBefore(node, a, b uint32) int {
	if far := o.apart(o.cellOf[b], o.cellOf[node]) - o.apart(o.cellOf[a], o.cellOf[node]); far != 0 {
		return far
	}
	return cmp.Compare(a, b)
}

// Level is the level of an edge in the weights that searches read.
func (o *Overlay) Level(e uint32) uint8 { return o.Edges[e].Seen }

// Weight is the weight of an edge that searches read.
func (o *Overlay) Weight(e uint32) uint32 {
	level := o.Edges[e].Seen
	if level >= Given {
		return o.high(e)
	}
	return o.raised(e, level)
}

// raised is an edge's weight at a level of congestion.
func (o *Overlay) raised(e uint32, level uint8) uint32 {
	base := o.Base[e]
	return base + (base>>o.Shift)*uint32(level)
}

// weight is the one that an edge comes to have at a level; that given counts at level Given.
func (o *Overlay) weight(e uint32, level uint8, given uint32) uint32 {
	switch level {
	case Closed:
		return Unreachable
	case Given:
		return given
	}
	return o.raised(e, level)
}

// place is where an edge of the node stands among its head's.
func (o *Overlay) place(node, e, head uint32) uint32 {
	first, end := o.inFirst[head], o.inFirst[head+1]
	row := o.inTail[first:end]
	at := 0
	if len(row) <= shortRow {
		at = slices.Index(row, node)
	} else {
		at, _ = slices.BinarySearchFunc(row, node, func(tail, node uint32) int { return o.farBefore(head, tail, node) })
	}
	if at+1 < len(row) && row[at+1] == node { // parallel edges stand in their order
		for lo, _ := o.out(node); lo < e; lo++ {
			if o.Head[lo] == o.Head[e] {
				at++
			}
		}
	}
	return first + uint32(at)
}

// set gives an edge of the node a level, and the weight that comes with level Given.
func (o *Overlay) set(node, e uint32, level uint8, weight uint32) {
	if level == Given || o.Edges[e].Seen == Given {
		o.give(e, level, weight)
	}
	o.Touch(e)
	o.Edges[e].Seen = level
	w := o.Weight(e)
	if w != Unreachable {
		o.heaviest = max(o.heaviest, w)
	}
	if head, ok := o.head(e); ok {
		i := o.place(node, e, head)
		o.keptWeight.Touch(int(4 * i))
		o.inWeight[i] = w
	}
}

// Rebuild computes all distances anew for the levels of the edges' weights, of
// which none is Given.
func (o *Overlay) Rebuild(s *Search, level func(edge uint32) uint8) {
	s.repair = repair{}
	for node := range uint32(o.nodes()) {
		lo, hi := o.out(node)
		for e := lo; e < hi; e++ {
			o.set(node, e, level(e), 0)
		}
	}
	o.spoilAll()
	for !o.Mend(s) {
	}
	o.rebuilt = o.clock
}

// scope are the points of the level below in a cell, with the search's scratch as values.
func (o *Overlay) scope(s *Search, level int, cell uint32) values {
	t, below := &o.level[level], &o.level[level-1]
	lo, hi := below.point[t.from[cell]], below.point[t.from[cell+1]]
	if int(hi-lo) > len(s.dist) {
		s.dist, s.source = o.wide.dist, o.wide.source
	}
	v := values{lo, s.dist[:hi-lo], s.source[:hi-lo]}
	v.clear()
	return v
}

// down is a point's index at the level below.
func (o *Overlay) down(level int, p uint32) uint32 {
	node := o.level[level].node[p]
	c := o.cellOf[node]
	return o.level[level-1].point[c] + node - o.lo[c]
}

// row computes the distances of a cell's points to one of them, and reports
// whether any of them changed.
func (o *Overlay) row(s *Search, level int, cell, p uint32) (changed bool) {
	v := o.scope(s, level, cell)
	at := o.down(level, p)
	o.begin(s, level, &v)
	v.dist[at-v.off] = 0
	s.offer(at, &v)
	o.run(s, level, cell, &v)
	t := &o.level[level]
	lo, hi := t.span(cell)
	first := t.at[cell] + (p-lo)*(hi-lo)
	for q := lo; q < hi; q++ {
		i := first + q - lo
		if d := v.dist[o.down(level, q)-v.off]; d != t.clique[i] {
			t.kept.Touch(int(4 * i))
			t.clique[i], changed = d, true
		}
	}
	return changed
}

package overlay

import (
	"errors"
	"slices"

	"github.com/huntgraph/huntgraph/partition/shadow"
)

// What Measure refuses.
var (
	ErrCells   = errors.New("overlay: the cells must begin at node 0, ascend, have levels from 1 to 6 and be at most 65,535")
	ErrEntries = errors.New("overlay: the entries must be nodes of the graph and ascend")
	ErrBorder  = errors.New("overlay: the table of distances between border points has room for 1,024 of them; cut the partitions otherwise")
)

// Graph is what is searched: views of a partition's topology.
type Graph struct {
	First     []uint32 // node n's edges are [First[n], First[n+1]), counted from First[0]
	Head      []uint32 // counted from FirstNode; what lies outside the graph is a border
	FirstNode uint32
	Base      []uint32 // base weights, above 0
	Cells     []uint32 // pairs: a cell's first node, counted as heads are, and the highest level that begins with it; none: one cell
	Entries   []uint32 // nodes that edges from outside lead to, counted as heads are, ascending; may be nil
	Shift     uint8    // a level adds base >> Shift to a weight
}

func (g *Graph) nodes() int { return len(g.First) - 1 }

func (g *Graph) out(node uint32) (lo, hi uint32) {
	return g.First[node] - g.First[0], g.First[node+1] - g.First[0]
}

func (g *Graph) head(e uint32) (node uint32, inside bool) {
	node = g.Head[e] - g.FirstNode
	return node, node < uint32(g.nodes())
}

// Shape is how a graph's cells lie: the sizes of an overlay's tables.
type Shape struct {
	g       Graph
	levels  int      // of cells; the whole graph is the one cell of the level above, the root
	lo      []uint32 // the first node of a lowest cell, and the end
	cellOf  []uint16 // a node's lowest cell
	inside  int      // edges inside the graph
	outside []uint32 // the nodes that border edges lead to, ascending, as heads are counted
	level   [MaxLevels + 2]tier
	pages   int // of the pool that fields share; 0: none
}

// tier is a level's cells and points. A point of a level is a node that links
// its cell to another one of that level. In a lowest cell the points of a level
// are a prefix of its nodes, so that a node is found among them by counting.
// Every node is a point of level 0. The points of the root are those that link
// the graph to others, no more: a search never passes over them as it does over
// the points of cells, so they need not be found by counting.
type tier struct {
	point  []uint32 // by lowest cell: the level's points before it, and all
	cell   []uint16 // by lowest cell: its cell of the level
	from   []uint32 // by cell: its first lowest cell, and the end
	node   []uint32 // by point: its node
	mark   []uint8  // by point: the mark that a search over it begins with
	at     []uint32 // by cell: where its clique begins, and the end
	clique []uint32
	kept   shadow.Table // the clique's, for forks

	changed []uint32 // by cell: when what a search of it reads changed last, on the overlay's clock
	due     []uint8  // by cell: whether it is to be searched anew, see bulk.go
	coming  []uint32 // by cell: the changes that Expect counted
	gain    []int64  // by cell: for Plan
}

func (t *tier) cells() int  { return len(t.from) - 1 }
func (t *tier) points() int { return int(t.point[len(t.point)-1]) }

// span is a cell's points.
func (t *tier) span(cell uint32) (lo, hi uint32) {
	return t.point[t.from[cell]], t.point[t.from[cell+1]]
}

// Border is how many nodes edges to or from outside link, and Outside how many
// nodes outside edges lead to.
func (s *Shape) Border() int  { return len(s.root().node) }
func (s *Shape) Outside() int { return len(s.outside) }

// Measure finds how a graph's cells lie. What it returns is on the heap: it is
// for boot.
func Measure(g Graph) (*Shape, error) {
	s := &Shape{g: g}
	if err := s.cells(); err != nil {
		return nil, err
	}
	if err := s.border(); err != nil {
		return nil, err
	}
	s.points()
	return s, nil
}

// root is the level above all cells; its one cell is the graph.
func (s *Shape) root() *tier { return &s.level[s.levels+1] }

// cells reads the pairs.
func (s *Shape) cells() error {
	pairs := s.g.Cells
	if len(pairs) == 0 { // one cell, which is the graph
		pairs = []uint32{s.g.FirstNode, 1}
	}
	n := len(pairs) / 2
	if len(pairs)%2 != 0 || n > MaxCells || pairs[0] != s.g.FirstNode || s.g.nodes() > MaxNodes {
		return ErrCells
	}
	s.lo = make([]uint32, n+1)
	for k := range n {
		first, level := pairs[2*k]-s.g.FirstNode, pairs[2*k+1]
		if level < 1 || level > MaxLevels || int(first) >= s.g.nodes() || k > 0 && first <= s.lo[k-1] {
			return ErrCells
		}
		s.lo[k] = first
		if k > 0 {
			s.levels = max(s.levels, int(level))
		}
	}
	s.lo[n] = uint32(s.g.nodes())
	s.cellOf = make([]uint16, s.g.nodes())
	for k := range n {
		for v := s.lo[k]; v < s.lo[k+1]; v++ {
			s.cellOf[v] = uint16(k)
		}
	}
	for l := range s.levels + 2 {
		t := &s.level[l]
		t.cell = make([]uint16, n)
		for k := range n {
			if k == 0 || int(pairs[2*k+1]) >= l {
				t.from = append(t.from, uint32(k))
			}
			t.cell[k] = uint16(len(t.from) - 1)
		}
		t.from = append(t.from, uint32(n))
	}
	return nil
}

// border finds the points of the root, which are the tails of border edges and
// the entries, and the nodes outside.
func (s *Shape) border() error {
	var nodes []uint32
	for i, entry := range s.g.Entries {
		v := entry - s.g.FirstNode
		if int(v) >= s.g.nodes() || i > 0 && v <= nodes[i-1] {
			return ErrEntries
		}
		nodes = append(nodes, v)
	}
	for v := range uint32(s.g.nodes()) {
		for e, end := s.g.out(v); e < end; e++ {
			if _, inside := s.g.head(e); !inside {
				nodes, s.outside = append(nodes, v), append(s.outside, s.g.Head[e])
			}
		}
	}
	nodes, s.outside = distinct(nodes), distinct(s.outside)
	if len(nodes) > MaxSpan {
		return ErrBorder
	}
	t := s.root()
	t.point = make([]uint32, len(s.lo))
	for _, v := range nodes {
		t.point[s.cellOf[v]]++
	}
	t.sum()
	t.node, t.at = nodes, []uint32{0, uint32(len(nodes) * len(nodes))}
	return nil
}

func distinct(list []uint32) []uint32 {
	slices.Sort(list)
	return slices.Compact(list)
}

// points counts each level's, fixes their order, and sizes the cliques.
func (s *Shape) points() {
	for l := range s.levels + 1 {
		s.level[l].point = make([]uint32, len(s.lo))
	}
	s.level[0].point = s.lo
	for _, v := range s.root().node {
		s.mark(v, s.levels)
	}
	s.edges(func(v, h uint32) {
		s.inside++
		l := s.apart(v, h)
		s.mark(v, l)
		s.mark(h, l)
	})
	for l := 1; l <= s.levels; l++ {
		s.level[l].close(s.lo)
	}
	s.edges(func(v, h uint32) {
		if l := s.apart(v, h); l > 0 {
			t := &s.level[l]
			for _, n := range [...]uint32{v, h} {
				c := s.cellOf[n]
				t.mark[t.point[c]+n-s.lo[c]] = 0
			}
		}
	})
}

// edges calls f with every edge that stays inside.
func (s *Shape) edges(f func(tail, head uint32)) {
	for v := range uint32(s.g.nodes()) {
		for e, end := s.g.out(v); e < end; e++ {
			if h, inside := s.g.head(e); inside {
				f(v, h)
			}
		}
	}
}

// apart is the highest level at which two nodes lie in different cells.
func (s *Shape) apart(v, h uint32) int {
	return apart(s.levels, &s.level, s.cellOf[v], s.cellOf[h])
}

func apart(levels int, level *[MaxLevels + 2]tier, a, b uint16) int {
	l := levels
	for l > 0 && level[l].cell[a] == level[l].cell[b] {
		l--
	}
	return l
}

// mark makes a node a point of the levels up to one, and with it those before it in its lowest cell.
func (s *Shape) mark(v uint32, level int) {
	c := s.cellOf[v]
	for l := 1; l <= level; l++ {
		count := &s.level[l].point[c]
		*count = max(*count, v-s.lo[c]+1)
	}
}

// sum turns counts of points into the points before, and returns all.
func (t *tier) sum() (all uint32) {
	for c, count := range t.point {
		t.point[c] = all
		all += count
	}
	return all
}

// close lays out what follows from the counts of points.
func (t *tier) close(lo []uint32) {
	sum := t.sum()
	t.node, t.mark = make([]uint32, sum), make([]uint8, sum)
	for i := range t.mark {
		t.mark[i] = leaf
	}
	for c := range len(lo) - 1 {
		for i := t.point[c]; i < t.point[c+1]; i++ {
			t.node[i] = lo[c] + i - t.point[c]
		}
	}
	t.at = make([]uint32, len(t.from))
	for k := range t.cells() {
		a, b := t.span(uint32(k))
		t.at[k+1] = t.at[k] + (b-a)*(b-a)
	}
}

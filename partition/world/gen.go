package world

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
)

// Plan says what world to generate.
type Plan struct {
	Edges      int // about how many directed edges, MinGenEdges to MaxGenEdges
	Seed       uint64
	Partitions int // the caves are grouped so that cuts fall between them
}

// DefaultEdges is the size of a generated world unless one asks for another:
// some 7,500 cells, which a page draws at once and 200 bots fill.
const DefaultEdges = 50_000

const (
	caveEdges     = 6_000 // about how many edges a cave should have
	minCaveEdges  = 200   // a cave of some 40 cells
	portalsInside = 2     // portals from end to end of a cave
	portalCells   = 4     // a portal costs a straight walk over this share of its span...
	minPortal     = 2     // ...but at least so many straight steps
	cavesTried    = 40
)

// draws is the generator's source of random numbers: the algorithm is
// specified, the draws below are exact, so a seed gives the same world on any
// machine and with any Go version (I1).
type draws struct{ pcg *rand.PCG }

func newDraws(seed, stream uint64) draws { return draws{rand.NewPCG(seed, stream)} }

// below is a number from 0 to n-1.
func (d draws) below(n int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(n))
	return int(hi)
}

// Generate makes a world of caves on grids, linked by portals: pairs of edges
// between cells that are not neighbours. Caves next to each other are linked,
// and portals lead across each. The same plan gives the same graph.
func Generate(p Plan) (*Graph, error) {
	if p.Edges < MinGenEdges || p.Edges > MaxGenEdges {
		return nil, fmt.Errorf("generating a world of %d edges: it must be %d to %d", p.Edges, MinGenEdges, MaxGenEdges)
	}
	if most := min(p.Edges/minCaveEdges, MaxPartitions); p.Partitions < 1 || p.Partitions > most {
		return nil, fmt.Errorf("generating a world of %d edges for %d partitions: it must be 1 to %d", p.Edges, p.Partitions, most)
	}
	each := max(1, (p.Edges+p.Partitions*caveEdges/2)/(p.Partitions*caveEdges))
	l := layOut(p.Partitions * each)
	links := l.links()
	wanted := (p.Edges-2*len(links))/l.caves - 2*portalsInside

	b := builder{g: &Graph{
		Name:   fmt.Sprintf("caves-%d", p.Seed),
		Source: fmt.Sprintf("generated, version 2: %d edges, seed %d, %d partitions", p.Edges, p.Seed, p.Partitions),
	}}
	width, height := boxFor(wanted)
	for i := range l.caves {
		column, row := l.at(i)
		b.add(bestCave(p.Seed, i, width, height, wanted), column*(width+2), row*(height+2))
	}
	d := newDraws(p.Seed, 1<<63)
	for _, link := range links {
		b.link(d, link[0], link[1])
	}
	for cave := range l.caves {
		for range portalsInside {
			b.link(d, cave, cave)
		}
	}
	return b.finish(), nil
}

// chart places caves in rows that run to and fro, so that caves next to each
// other in number are next to each other in place.
type chart struct{ caves, columns, rows int }

func layOut(caves int) chart {
	columns := 1
	for 10*columns*columns < 17*caves { // about as wide as a screen
		columns++
	}
	rows := (caves + columns - 1) / columns
	return chart{caves, (caves + rows - 1) / rows, rows}
}

func (l chart) at(cave int) (column, row int) {
	column, row = cave%l.columns, cave/l.columns
	if row%2 == 1 {
		column = l.columns - 1 - column
	}
	return column, row
}

// links are the pairs of neighbours: along the rows, and between them.
func (l chart) links() (pairs [][2]int) {
	for a := range l.caves {
		for b := a + 1; b < l.caves; b++ {
			ca, ra := l.at(a)
			cb, rb := l.at(b)
			if b == a+1 || ca == cb && rb == ra+1 {
				pairs = append(pairs, [2]int{a, b})
			}
			if rb > ra+1 {
				break
			}
		}
	}
	return pairs
}

// builder gathers caves into one graph.
type builder struct {
	g     *Graph
	start []int // each cave's first node
	taken map[uint32]bool
	doors [][3]uint32 // from, to, weight
}

func (b *builder) add(cave *Grid, dx, dy int) {
	g, c := b.g, cave.Graph()
	first, edges := uint32(len(g.X)), uint32(len(g.Head))
	b.start = append(b.start, len(g.X))
	for i := range c.X {
		g.X, g.Y = append(g.X, c.X[i]+int32(dx)), append(g.Y, c.Y[i]+int32(dy))
		g.Area = append(g.Area, uint32(len(b.start)-1))
		g.First = append(g.First, edges+c.First[i])
	}
	for i, h := range c.Head {
		g.Head, g.Base = append(g.Head, first+h), append(g.Base, c.Base[i])
	}
}

// link puts a portal between two caves where they are near each other, or
// within one cave between places far from each other: of some random pairs of
// cells without a portal the best.
func (b *builder) link(d draws, from, to int) {
	pairs := 64
	if from == to {
		pairs = 6 // few, so that a cave's portals differ
	}
	var best [2]uint32
	span := -1
	for range pairs {
		u, v := b.cell(d, from), b.cell(d, to)
		s := b.span(u, v)
		if u == v || b.taken[u] || b.taken[v] || span >= 0 && (s < span) == (from == to) {
			continue
		}
		best, span = [2]uint32{u, v}, s
	}
	if span < 2 { // a tiny cave may have no such pair left
		return
	}
	if b.taken == nil {
		b.taken = map[uint32]bool{}
	}
	b.taken[best[0]], b.taken[best[1]] = true, true
	weight := uint32(max(minPortal, span/portalCells) * Straight)
	b.doors = append(b.doors, [3]uint32{best[0], best[1], weight}, [3]uint32{best[1], best[0], weight})
}

func (b *builder) cell(d draws, cave int) uint32 {
	end := len(b.g.X)
	if cave+1 < len(b.start) {
		end = b.start[cave+1]
	}
	return uint32(b.start[cave] + d.below(end-b.start[cave]))
}

// span is the greater of the distances in columns and in rows.
func (b *builder) span(u, v uint32) int {
	dx, dy := int(b.g.X[u]-b.g.X[v]), int(b.g.Y[u]-b.g.Y[v])
	return max(dx, -dx, dy, -dy)
}

// finish adds the portals to the rows.
func (b *builder) finish() *Graph {
	g := b.g
	n := len(g.X)
	g.First = append(g.First, uint32(len(g.Head)))
	portals := rows{first: make([]uint32, n+1)}
	for _, door := range b.doors {
		portals.first[door[0]+1]++ // a cell has at most one portal
	}
	for v := range n {
		portals.first[v+1] += portals.first[v]
	}
	portals.head, portals.base = make([]uint32, len(b.doors)), make([]uint32, len(b.doors))
	for _, door := range b.doors {
		at := portals.first[door[0]]
		portals.head[at], portals.base[at] = door[1], door[2]
	}
	all := rows{g.First, g.Head, g.Base}.unite(portals)
	g.First, g.Head, g.Base = all.first, all.head, all.base
	return g
}

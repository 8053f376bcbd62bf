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
	stripEdges    = 1 << 22 // larger worlds have a partition's caves in a block, not in rows
)

// PartitionsToGenerate is how many partitions a generated world of so many edges should have.
func PartitionsToGenerate(edges int) int {
	return max(genPartitions, (edges+genPartEdges-1)/genPartEdges)
}

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
func Generate(p Plan) (*Graph, error) { return GenerateWatched(p, nil) }

// GenerateWatched is Generate with somebody watching.
func GenerateWatched(p Plan, watch Watch) (*Graph, error) {
	if p.Edges < MinGenEdges || p.Edges > MaxGenEdges {
		return nil, fmt.Errorf("generating a world of %d edges: it must be %d to %d", p.Edges, MinGenEdges, MaxGenEdges)
	}
	if most := min(p.Edges/minCaveEdges, MaxPartitions); p.Partitions < 1 || p.Partitions > most {
		return nil, fmt.Errorf("generating a world of %d edges for %d partitions: it must be 1 to %d", p.Edges, p.Partitions, most)
	}
	each := max(1, (p.Edges+p.Partitions*caveEdges/2)/(p.Partitions*caveEdges))
	version, l := 1, layOut(p.Partitions*each)
	if p.Edges > stripEdges {
		version, l = 2, layOutBlocks(p.Partitions, each)
	}
	g, err := p.on(l, watch)
	if err != nil {
		return nil, fmt.Errorf("generating a world of %d edges: %w", p.Edges, err)
	}
	g.Name = fmt.Sprintf("caves-%d", p.Seed)
	g.Source = fmt.Sprintf("generated, version %d, cut 2: %d edges, seed %d, %d partitions", version, p.Edges, p.Seed, p.Partitions)
	return g, nil
}

// on carves the plan's caves on a chart.
func (p Plan) on(l chart, watch Watch) (*Graph, error) {
	links := l.links()
	wanted := (p.Edges-2*len(links))/len(l.places) - 2*portalsInside
	b := patchwork{g: new(Graph)}
	width, height := boxFor(wanted)
	for i, at := range l.places {
		if err := watch.tell("carving caves", i, len(l.places)); err != nil {
			return nil, err
		}
		b.add(bestCave(p.Seed, i, width, height, wanted), at.area, at.column*(width+2), at.row*(height+2))
	}
	d := newDraws(p.Seed, 1<<63)
	for _, link := range links {
		b.link(d, link[0], link[1])
	}
	for cave := range l.places {
		for range portalsInside {
			b.link(d, cave, cave)
		}
	}
	return b.finish(), nil
}

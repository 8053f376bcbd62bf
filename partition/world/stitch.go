package world

import (
	"fmt"
	"strings"
)

const (
	// MaxStitched bounds the maps of a stitched world.
	MaxStitched = 1 << 12
	// portalsBetween is how many portals link two neighbours of a stitched world.
	portalsBetween = 4
)

// Stitch makes one graph of several maps: of each the largest connected part,
// laid out in rows and linked by portals between neighbours, as in a generated
// world. The same maps and seed give the same graph.
func Stitch(maps []*Grid, seed uint64) (*Graph, error) {
	if len(maps) < 2 || len(maps) > MaxStitched {
		return nil, Refuse("stitching %d maps: it must be 2 to %d", len(maps), MaxStitched)
	}
	l := layOut(len(maps))
	across, down := l.starts(maps)
	b := patchwork{g: new(Graph)}
	names := make([]string, len(maps))
	for i, m := range maps {
		names[i] = m.Name
		part := &Grid{Name: m.Name, Width: m.Width, Height: m.Height, Open: append([]bool(nil), m.Open...)}
		if part.keepLargest() == 0 {
			return nil, Refuse("stitching map %s: no two of its cells are connected", m.Name)
		}
		b.add(part, i, across[l.places[i].column], down[l.places[i].row])
	}
	d := newDraws(seed, 1<<63)
	for _, link := range l.links() {
		for range portalsBetween {
			b.link(d, link[0], link[1])
		}
	}
	b.g.Name = fmt.Sprintf("stitched-%d", seed)
	b.g.Source = fmt.Sprintf("stitched, version 1: seed %d, %d maps: %s", seed, len(maps), strings.Join(names, ", "))
	g := b.finish()
	g.Area = nil // cut across portals too: the ends of two maps in a partition would not hang together
	return g, nil
}

// starts are where a chart's columns and rows begin, so that maps do not overlap.
func (l *chart) starts(maps []*Grid) (across, down []int) {
	across, down = make([]int, l.columns+1), make([]int, l.rows+1)
	for i, m := range maps {
		at := l.places[i]
		across[at.column+1] = max(across[at.column+1], m.Width+2)
		down[at.row+1] = max(down[at.row+1], m.Height+2)
	}
	for i := range l.columns {
		across[i+1] += across[i]
	}
	for i := range l.rows {
		down[i+1] += down[i]
	}
	return across, down
}

// patchwork gathers caves into one graph.
type patchwork struct {
	g     *Graph
	start []int // each cave's first node
	taken map[uint32]bool
	doors [][3]uint32 // from, to, weight
}

func (b *patchwork) add(cave *Grid, area, dx, dy int) {
	g, c := b.g, cave.Graph()
	first, edges := uint32(len(g.X)), uint32(len(g.Head))
	b.start = append(b.start, len(g.X))
	for i := range c.X {
		g.X, g.Y = append(g.X, c.X[i]+int32(dx)), append(g.Y, c.Y[i]+int32(dy))
		g.Area = append(g.Area, uint32(area))
		g.First = append(g.First, edges+c.First[i])
	}
	for i, h := range c.Head {
		g.Head, g.Base = append(g.Head, first+h), append(g.Base, c.Base[i])
	}
}

// link puts a portal between two caves where they are near each other, or
// within one cave between places far from each other: of some random pairs of
// cells without a portal the best.
func (b *patchwork) link(d draws, from, to int) {
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

func (b *patchwork) cell(d draws, cave int) uint32 {
	end := len(b.g.X)
	if cave+1 < len(b.start) {
		end = b.start[cave+1]
	}
	return uint32(b.start[cave] + d.below(end-b.start[cave]))
}

// span is the greater of the distances in columns and in rows.
func (b *patchwork) span(u, v uint32) int {
	dx, dy := int(b.g.X[u]-b.g.X[v]), int(b.g.Y[u]-b.g.Y[v])
	return max(dx, -dx, dy, -dy)
}

// finish adds the portals to the rows.
func (b *patchwork) finish() *Graph {
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

package world

import (
	"fmt"
	"strings"

	"github.com/huntgraph/huntgraph/codec"
)

// Build cuts a graph into partitions, numbers nodes and edges anew and returns
// the world, in memory. Partitions have about the same number of edges and
// hang together as far as the graph does. The same graph gives the same world,
// bit for bit, on any machine (I1). Of parallel edges the lightest stays.
// It fails on a graph that breaks a rule of .world files, and if a partition
// would have no MinMain nodes that are connected both ways.
func Build(g *Graph, partitions int) (*World, error) {
	w, err := build(g, partitions)
	if err != nil {
		return nil, fmt.Errorf("building world %q: %w", g.Name, err)
	}
	return w, nil
}

func build(g *Graph, partitions int) (*World, error) {
	if partitions < 1 || partitions > MaxPartitions {
		return nil, fmt.Errorf("%d partitions: it must be 1 to %d", partitions, MaxPartitions)
	}
	if most := len(g.X) / MinMain; partitions > most {
		return nil, fmt.Errorf("%d partitions of %d nodes: at most %d fit", partitions, len(g.X), most)
	}
	r, err := g.rows()
	if err != nil {
		return nil, err
	}
	order, parts := group(cut(r.unite(r.transpose()), g.Area, partitions), partitions)
	r = r.renumber(order)
	inner := make([]uint32, 0, len(order))
	for p := range parts {
		c := &parts[p]
		lo := uint32(c.FirstNode)
		if inner, c.Main = arrange(inner, r, lo, lo+c.Nodes); c.Main < MinMain {
			return nil, fmt.Errorf("partition %d of %d has no %d nodes connected both ways: ask for fewer partitions", p, partitions, MinMain)
		}
	}
	w := &World{
		Name: clean(g.Name), Source: clean(g.Source),
		X: make([]int32, len(order)), Y: make([]int32, len(order)),
		Cut: parts,
	}
	for i, n := range order {
		w.X[i], w.Y[i] = g.X[n], g.Y[n]
	}
	w.Nest = nested(r, inner, parts, w.X, w.Y)
	r = r.renumber(inner)
	w.First, w.Head, w.Base = r.first, r.head, r.base
	for i, n := range inner {
		w.X[i], w.Y[i] = g.X[order[n]], g.Y[order[n]]
	}
	for p := range parts {
		c := &parts[p]
		c.FirstEdge = codec.EdgeID(r.first[c.FirstNode])
		c.Edges = r.first[uint32(c.FirstNode)+c.Nodes] - uint32(c.FirstEdge)
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	all := w.sections()
	seal(all)
	w.hash = contentHash(all)
	return w, nil
}

// group orders nodes by part and, within a part, by number.
func group(part []uint16, partitions int) (order []uint32, parts []Part) {
	parts = make([]Part, partitions)
	for _, p := range part {
		parts[p].Nodes++
	}
	next := make([]uint32, partitions)
	for p := 1; p < partitions; p++ {
		next[p] = next[p-1] + parts[p-1].Nodes
		parts[p].FirstNode = codec.NodeID(next[p])
	}
	order = make([]uint32, len(part))
	for v, p := range part {
		order[next[p]] = uint32(v)
		next[p]++
	}
	return order, parts
}

// clean keeps a name or a source so short that both, escaped, fit maxMeta.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > maxMeta/16 {
		s = strings.ToValidUTF8(s[:maxMeta/16], "")
	}
	return s
}

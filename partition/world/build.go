package world

import (
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// Build cuts a graph into partitions, numbers nodes and edges anew and returns
// the world, in memory. Partitions have about the same number of edges and
// hang together as far as the graph does. The same graph gives the same world,
// bit for bit, on any machine (I1). Of parallel edges the lightest stays.
// It fails on a graph that breaks a rule of .world files, and if a partition
// would have no MinMain nodes that are connected both ways.
func Build(g *Graph, partitions int) (*World, error) {
	return new(Builder).Build(g, partitions)
}

// PartitionsFor is how many partitions so many edges need.
func PartitionsFor(edges int) int { return max(1, (edges+partEdges-1)/partEdges) }

// Builder builds one world and tells more about it than Build does.
type Builder struct {
	Watch Watch // told how the work goes on
	// Numbers is, after a Build, the id in the world of each of the source's nodes.
	Numbers []codec.NodeID
}

// Build is the package's Build.
func (b *Builder) Build(g *Graph, partitions int) (*World, error) {
	w, err := b.build(g, partitions)
	if err != nil {
		return nil, fmt.Errorf("building world %q: %w", g.Name, err)
	}
	return w, nil
}

func (b *Builder) build(g *Graph, partitions int) (*World, error) {
	if partitions < 1 || partitions > MaxPartitions {
		return nil, Refuse("%d partitions: it must be 1 to %d", partitions, MaxPartitions)
	}
	if most := len(g.X) / MinMain; partitions > most {
		return nil, Refuse("%d partitions of %d nodes: at most %d fit", partitions, len(g.X), most)
	}
	if err := b.Watch.tell("sorting edges", 0, 1); err != nil {
		return nil, err
	}
	r, err := g.rows()
	if err != nil {
		return nil, err
	}
	var ride []bool
	u := r.unite(r.transpose())
	if partitions > 1 {
		ride = riders(r, u)
	}
	part, err := cut(u, ride, g.Area, partitions, b.Watch)
	if err != nil {
		return nil, err
	}
	order, parts := group(part, partitions)
	r = r.renumber(order)
	inner := make([]uint32, 0, len(order))
	for p := range parts {
		if err := b.Watch.tell("numbering nodes", p, partitions); err != nil {
			return nil, err
		}
		c := &parts[p]
		lo := uint32(c.FirstNode)
		if inner, c.Main = arrange(inner, r, lo, lo+c.Nodes); c.Main < MinMain {
			if partitions == 1 {
				return nil, Refuse("no two of its nodes are connected both ways")
			}
			return nil, Refuse("partition %d of %d has no %d nodes connected both ways: ask for fewer partitions", p, partitions, MinMain)
		}
	}
	w := &World{
		Name: clean(g.Name), Source: clean(g.Source), Scale: max(g.Scale, 1),
		X: make([]int32, len(order)), Y: make([]int32, len(order)),
		Cut: parts,
	}
	for i, n := range order {
		w.X[i], w.Y[i] = g.X[n], g.Y[n]
	}
	if w.Nest, w.Rest, err = b.nested(r, inner, parts, w.X, w.Y); err != nil {
		return nil, err
	}
	r = r.renumber(inner)
	w.First, w.Head, w.Base = r.first, r.head, r.base
	b.Numbers = make([]codec.NodeID, len(order))
	for i, n := range inner {
		w.X[i], w.Y[i] = g.X[order[n]], g.Y[order[n]]
		b.Numbers[order[n]] = codec.NodeID(i)
	}
	b.Numbers = g.named(b.Numbers)
	for p := range parts {
		c := &parts[p]
		c.FirstEdge = codec.EdgeID(r.first[c.FirstNode])
		c.Edges = r.first[uint32(c.FirstNode)+c.Nodes] - uint32(c.FirstEdge)
	}
	if err := b.Watch.tell("checking", 0, 1); err != nil {
		return nil, err
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	if err := w.CheckWays(); err != nil {
		return nil, err
	}
	all := w.sections()
	seal(all)
	w.hash = contentHash(all)
	w.index()
	return w, nil
}

// group orders nodes by part and, within a part, by number.
func group(part []uint16, partitions int) (order []uint32, parts []Part) {
	order, first := groupBy(part, partitions)
	parts = make([]Part, partitions)
	for p := range parts {
		parts[p] = Part{FirstNode: codec.NodeID(first[p]), Nodes: first[p+1] - first[p]}
	}
	return order, parts
}

// groupBy orders the indices of of by the group that is told there and, within
// a group, by number. Group g's are order[first[g]:first[g+1]].
func groupBy[T uint16 | uint32](of []T, groups int) (order, first []uint32) {
	first = make([]uint32, groups+1)
	for _, g := range of {
		first[g+1]++
	}
	for g := range groups {
		first[g+1] += first[g]
	}
	order = make([]uint32, len(of))
	next := append([]uint32(nil), first...)
	for i, g := range of {
		order[next[g]] = uint32(i)
		next[g]++
	}
	return order, first
}

// clean is what may be shown of a name or a source, and so short that both, escaped, fit maxMeta.
func clean(s string) string { return string(codec.AppendText(nil, s, maxMeta/16)) }

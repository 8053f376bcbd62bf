package world

import (
	"fmt"
	"sort"

	"github.com/huntgraph/huntgraph/codec"
)

// World is a read-only world: mapped by Open, or in memory as Build made it.
// Its slices must not be written; after Close they must not be read. Reading
// is safe from any number of goroutines.
type World struct {
	Name   string // what people call it
	Source string // where it came from, enough to build it again
	Scale  uint32 // a length divided by it, rounded down, is the source's, but for what Source tells; never 0

	First []uint32 // Nodes()+1 edge ids: node n's edges are First[n] to First[n+1]
	Head  []uint32 // the node that an edge leads to; ascending and distinct within a node
	Base  []uint32 // an edge's base weight: never 0, never codec.Blocked
	X, Y  []int32  // where a node is drawn; for a grid its cell's column and row
	Cut   []Part   // the partitions, in order, covering all nodes
	Nest  []uint32 // the cells, as pairs: first node, and the highest level that begins with it; may be empty
	Rest  []uint32 // the nodes outside the main part of their partition, ascending

	hash    codec.Hash
	mapped  []byte
	bounds  []codec.NodeID // the first node of each partition, and the end
	entries []uint32       // the nodes that an edge of another partition leads to, ascending
}

// Part is the place of one partition in the world's arrays. Main of its nodes,
// all but those in World.Rest, are strongly connected by edges between them.
type Part struct {
	FirstNode codec.NodeID
	Nodes     uint32
	Main      uint32
	FirstEdge codec.EdgeID
	Edges     uint32
}

// Piece is what one partition needs of its world: slices over the world's
// arrays. First has a partition's nodes + 1 entries and holds the world's edge
// ids (subtract FirstEdge to index Head and Base); Head holds the world's node
// ids, Cells the pairs of World.Nest that lie in the partition. Rest are its
// nodes outside the main part, Entries those that edges of other partitions
// lead to, both ascending. Parts is the same for all: the first node of each
// partition, and the end.
type Piece struct {
	World     codec.Hash
	Partition codec.PartitionID
	FirstNode codec.NodeID
	FirstEdge codec.EdgeID
	Main      uint32
	First     []uint32
	Head      []uint32
	Base      []uint32
	Cells     []uint32
	Rest      []uint32
	Entries   []uint32
	Parts     []codec.NodeID
}

// Hash is the content hash: it covers topology, weights, coordinates and cut,
// neither name nor source.
func (w *World) Hash() codec.Hash { return w.hash }

// Nodes is how many nodes the world has.
func (w *World) Nodes() int { return len(w.X) }

// Edges is how many directed edges the world has.
func (w *World) Edges() int { return len(w.Head) }

// Partitions is how many partitions the world is cut into.
func (w *World) Partitions() int { return len(w.Cut) }

// Part is partition p's piece. It panics if there is no such partition.
func (w *World) Part(p codec.PartitionID) Piece {
	c := w.Cut[p]
	n, e := uint32(c.FirstNode), uint32(c.FirstEdge)
	return Piece{
		World:     w.hash,
		Partition: p,
		FirstNode: c.FirstNode,
		FirstEdge: c.FirstEdge,
		Main:      c.Main,
		First:     w.First[n : n+c.Nodes+1 : n+c.Nodes+1],
		Head:      w.Head[e : e+c.Edges : e+c.Edges],
		Base:      w.Base[e : e+c.Edges : e+c.Edges],
		Cells:     w.cellsIn(n, n+c.Nodes),
		Rest:      within(w.Rest, n, n+c.Nodes),
		Entries:   within(w.entries, n, n+c.Nodes),
		Parts:     w.bounds,
	}
}

// cellsIn are the pairs of the cells that begin in a range of nodes.
func (w *World) cellsIn(lo, hi uint32) []uint32 {
	at := func(node uint32) int {
		return 2 * sort.Search(len(w.Nest)/2, func(k int) bool { return w.Nest[2*k] >= node })
	}
	a, b := at(lo), at(hi)
	return w.Nest[a:b:b]
}

// PartitionOf is the partition that owns a node. It panics if there is no such node.
func (w *World) PartitionOf(n codec.NodeID) codec.PartitionID {
	lo, hi := 0, len(w.Cut)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; w.Cut[mid].FirstNode <= n {
			lo = mid
		} else {
			hi = mid
		}
	}
	if c := w.Cut[lo]; uint32(n)-uint32(c.FirstNode) >= c.Nodes {
		panic(fmt.Sprintf("world: node %d of %d", n, w.Nodes()))
	}
	return codec.PartitionID(lo)
}

// BorderEdges is how many of partition p's edges lead to another partition.
func (w *World) BorderEdges(p codec.PartitionID) int {
	c, count := w.Cut[p], 0
	for _, head := range w.Part(p).Head {
		if head-uint32(c.FirstNode) >= c.Nodes {
			count++
		}
	}
	return count
}

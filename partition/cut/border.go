package cut

import (
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// Border is what never changes about a partition's border.
type Border struct {
	Points  []codec.NodeID // nodes that edges between partitions leave or enter
	Outside []codec.NodeID // nodes that edges out lead to, ascending
	Tails   []uint16       // by edge out: its tail, as an index of Points
	Heads   []uint16       // by edge out: its head, as an index of Outside
}

// Report is what a partition knows of a cut by itself.
type Report struct {
	Partition codec.PartitionID
	Cut       codec.Cut
	Now       codec.Tick // the tick of the cut's round that the partition is at

	Clique  []uint32      // distances between Points inside the partition, row by target: from i to k at k*len(Points)+i
	Inside  []codec.Reach // by goal, from Nearest on, and point: how far the goal is inside the partition
	Weights []uint32      // by edge out: its weight as of the cut
}

// copy takes a report over.
func (r *Report) copy(o *Report) {
	clique, inside, weights := r.Clique, r.Inside, r.Weights
	*r = *o
	r.Clique = append(clique[:0], o.Clique...)
	r.Inside = append(inside[:0], o.Inside...)
	r.Weights = append(weights[:0], o.Weights...)
}

// net is the graph of all border points.
type net struct {
	parts  []Border
	of     []codec.PartitionID // by point: its partition
	first  []int               // by partition: its first point, and the end
	inTail [][]link            // by point: the edges of other partitions that enter it
	head   [][]int             // by partition and node outside: its point
}

// link is an edge between partitions.
type link struct {
	tail int // a point
	part codec.PartitionID
	edge int // among the partition's edges out
}

func newNet(parts []Border) (*net, error) {
	n := &net{parts: parts, first: make([]int, 1, len(parts)+1), head: make([][]int, len(parts))}
	at := map[codec.NodeID]int{}
	for p := range parts {
		for _, node := range parts[p].Points {
			if _, twice := at[node]; twice {
				return nil, &BorderError{codec.PartitionID(p), "a point is another partition's too"}
			}
			at[node] = len(n.of)
			n.of = append(n.of, codec.PartitionID(p))
		}
		n.first = append(n.first, len(n.of))
	}
	n.inTail = make([][]link, len(n.of))
	for p := range parts {
		b := &parts[p]
		if !slices.IsSorted(b.Outside) || len(b.Tails) != len(b.Heads) {
			return nil, &BorderError{codec.PartitionID(p), "its nodes outside are not in order, or its edges have not two ends each"}
		}
		for _, node := range b.Outside {
			point, ok := at[node]
			if !ok {
				return nil, &BorderError{codec.PartitionID(p), "an edge leads to what is no partition's border point"}
			}
			n.head[p] = append(n.head[p], point)
		}
		for e := range b.Tails {
			if int(b.Tails[e]) >= len(b.Points) || int(b.Heads[e]) >= len(b.Outside) {
				return nil, &BorderError{codec.PartitionID(p), "an edge has an end that is not listed"}
			}
			head := n.head[p][b.Heads[e]]
			n.inTail[head] = append(n.inTail[head], link{n.first[p] + int(b.Tails[e]), codec.PartitionID(p), e})
		}
	}
	return n, nil
}

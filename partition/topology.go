package partition

import "github.com/huntgraph/huntgraph/codec"

// Topology is the immutable part of a partition: views of the mapped world.
type Topology struct {
	World     codec.Hash
	Partition codec.PartitionID
	FirstNode codec.NodeID
	FirstEdge codec.EdgeID
	Main      uint32   // how many nodes reach one another inside the partition, all but Rest: treasures and spawns lie there
	First     []uint32 // the edges of node i are [First[i], First[i+1]), as edge ids
	Head      []uint32 // node ids, one an edge; outside the partition: a border
	Base      []uint32 // base weights, one an edge
	Cells     []uint32 // nested cells as pairs: first node, and the highest level that begins with it; may be empty
	Rest      []uint32 // the nodes outside the main part, ascending

	// what crosses the cut; both are empty in a topology without other partitions
	Entries []uint32       // the nodes that an edge of another partition leads to, ascending
	Parts   []codec.NodeID // the first node of every partition, and the end
}

func (t *Topology) nodes() int { return len(t.First) - 1 }
func (t *Topology) edges() int { return len(t.Head) }

// mainNode is the k-th node of the main part, counted from 0.
func (t *Topology) mainNode(k uint32) uint32 {
	lo, hi := 0, len(t.Rest) // how many of the rest come before it
	for lo < hi {
		if mid := (lo + hi) / 2; t.Rest[mid]-uint32(t.FirstNode)-uint32(mid) <= k {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return k + uint32(lo)
}

// head is the edge's head as a node of the partition, or false at a border.
func (t *Topology) head(edge uint32) (uint32, bool) {
	local := t.Head[edge] - uint32(t.FirstNode)
	return local, local < uint32(t.nodes())
}

// owner is the partition of a node of the world. There must be other partitions.
func (t *Topology) owner(n codec.NodeID) codec.PartitionID {
	lo, hi := 0, len(t.Parts)-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; t.Parts[mid] <= n {
			lo = mid
		} else {
			hi = mid
		}
	}
	return codec.PartitionID(lo)
}

// out is the range of the node's edges, counted from the partition's first.
func (t *Topology) out(node uint32) (lo, hi uint32) {
	return t.First[node] - uint32(t.FirstEdge), t.First[node+1] - uint32(t.FirstEdge)
}

// Check reports why a node could not play the partition under the rules: a bound
// that the topology breaks, or more memory than a shard may take.
func Check(t *Topology, rules codec.Rules) error {
	if err := t.check(); err != nil {
		return err
	}
	_, err := MemorySize(t, rules)
	return err
}

// check holds what the engine relies on. The world file was checked when it was
// opened; this is the part that would make the engine read or answer wrongly.
func (t *Topology) check() error {
	if len(t.First) < 2 || len(t.Head) != len(t.Base) || t.First[0] != uint32(t.FirstEdge) ||
		int(t.First[t.nodes()]-t.First[0]) != len(t.Head) || int(t.Main)+len(t.Rest) != t.nodes() {
		return ErrTopology
	}
	for i := range t.nodes() {
		if t.First[i] > t.First[i+1] {
			return ErrTopology
		}
		if degree := t.First[i+1] - t.First[i]; degree > MaxDegree {
			return &BoundError{ErrDegree, uint32(t.FirstNode) + uint32(i), degree}
		}
	}
	if !t.checkCut() {
		return ErrTopology
	}
	if t.Main < MinMain {
		return ErrMain
	}
	for e, w := range t.Base {
		if w == 0 || w > MaxBase {
			return &BoundError{ErrWeight, uint32(t.FirstEdge) + uint32(e), w}
		}
	}
	return nil
}

// checkCut holds the lists of nodes and the partitions' places to their rules.
func (t *Topology) checkCut() bool {
	for _, list := range [...][]uint32{t.Rest, t.Entries} {
		for i, n := range list {
			if n-uint32(t.FirstNode) >= uint32(t.nodes()) || i > 0 && n <= list[i-1] {
				return false
			}
		}
	}
	if len(t.Parts) == 0 {
		return len(t.Entries) == 0
	}
	p, last := int(t.Partition), len(t.Parts)-1
	if p >= last || t.Parts[0] != 0 || t.Parts[p] != t.FirstNode || t.Parts[p+1] != t.FirstNode+codec.NodeID(t.nodes()) {
		return false
	}
	for i := range last {
		if t.Parts[i] >= t.Parts[i+1] {
			return false
		}
	}
	for _, h := range t.Head {
		if h >= uint32(t.Parts[last]) {
			return false
		}
	}
	return true
}

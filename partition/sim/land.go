package sim

import (
	"math/rand/v2"
	"slices"
	"sort"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// land is a random world, cut into partitions.
type land struct {
	first, head, base []uint32
	parts             []codec.NodeID // the first node of each partition, and the end
}

// newLand links the nodes of every partition in a ring, each also to some that
// are near, over a border or not, and a few to any.
func newLand(rng *rand.Rand) *land {
	l := &land{parts: []codec.NodeID{0}}
	for range 2 + rng.IntN(3) {
		l.parts = append(l.parts, l.parts[len(l.parts)-1]+codec.NodeID(24+rng.IntN(40)))
	}
	nodes := uint32(l.nodes())
	for v := range nodes {
		l.first = append(l.first, uint32(len(l.head)))
		p := l.owner(codec.NodeID(v))
		lo, hi := uint32(l.parts[p]), uint32(l.parts[p+1])
		heads := []uint32{lo + (v-lo+1)%(hi-lo)}
		for range rng.IntN(3) {
			heads = append(heads, (v+nodes-8+rng.Uint32N(17))%nodes)
		}
		if rng.IntN(20) == 0 {
			heads = append(heads, rng.Uint32N(nodes))
		}
		slices.Sort(heads)
		for _, h := range slices.Compact(heads) {
			l.head, l.base = append(l.head, h), append(l.base, 1+rng.Uint32N(1000))
		}
	}
	l.first = append(l.first, uint32(len(l.head)))
	return l
}

func (l *land) nodes() int      { return int(l.parts[len(l.parts)-1]) }
func (l *land) partitions() int { return len(l.parts) - 1 }

func (l *land) owner(n codec.NodeID) codec.PartitionID {
	at, found := slices.BinarySearch(l.parts, n)
	if !found {
		at--
	}
	return codec.PartitionID(at)
}

// out is the range of a node's edges.
func (l *land) out(n codec.NodeID) (lo, hi uint32) { return l.first[n], l.first[n+1] }

// tail is the node that an edge leaves.
func (l *land) tail(e codec.EdgeID) codec.NodeID {
	return codec.NodeID(sort.Search(len(l.first), func(v int) bool { return l.first[v] > uint32(e) }) - 1)
}

// topology is a partition's part of it.
func (l *land) topology(p codec.PartitionID) partition.Topology {
	lo, hi := uint32(l.parts[p]), uint32(l.parts[p+1])
	a, b := l.first[lo], l.first[hi]
	t := partition.Topology{
		Partition: p, FirstNode: l.parts[p], FirstEdge: codec.EdgeID(a), Main: hi - lo,
		First: l.first[lo : hi+1], Head: l.head[a:b], Base: l.base[a:b], Parts: l.parts,
	}
	t.World[0] = 1
	for e, h := range l.head {
		if inside := h >= lo && h < hi; inside && (uint32(e) < a || uint32(e) >= b) {
			t.Entries = append(t.Entries, h)
		}
	}
	slices.Sort(t.Entries)
	t.Entries = slices.Compact(t.Entries)
	for n := lo; n < hi; n += 9 {
		level := uint32(1)
		if (n-lo)%27 == 0 {
			level++
		}
		t.Cells = append(t.Cells, n, level)
	}
	return t
}

// build makes a partition's core, with memory of its own.
func (l *land) build(p codec.PartitionID, rules codec.Rules) (*partition.Core, error) {
	t := l.topology(p)
	size, err := partition.MemorySize(&t, rules)
	if err != nil {
		return nil, err
	}
	words := make([]uint64, size/8+1)
	return partition.New(t, rules, unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size), new(partition.Arena))
}

// newRules are short rounds, so that a run sees several, in which weights move fast.
func newRules(rng *rand.Rand, l *land) codec.Rules {
	u := partition.DefaultRules()
	u.RoundTicks = 75 + rng.Uint32N(120)
	if rng.IntN(4) == 0 {
		u.RoundTicks = 3000 // longer than a run: what is stuck is not saved by the round's end
	}
	u.RefreshTicks = uint16(8 + rng.IntN(20))
	u.SweepTicks = uint16(5 + rng.IntN(20))
	u.IdleTicks = uint16(60 + rng.IntN(200))
	u.Treasures = uint16(4 + rng.IntN(12))
	u.OpenAtStart = uint16(1 + rng.IntN(4))
	for i, name := range []string{"exit", "camp"} {
		u.Goals[i] = codec.Goal{Name: codec.NameOf(name), Node: codec.NodeID(rng.IntN(l.nodes()))}
	}
	return u
}

// newCap is how many records a round's stream takes: in some runs fewer than
// busy players fill.
func newCap(rng *rand.Rand, u codec.Rules) uint64 {
	if u.RoundTicks > 1000 || rng.IntN(3) > 0 {
		return 0 // such a round would be full to the end of the run
	}
	return uint64(u.RoundTicks)/maxMerge + 2 + spare + uint64(10+rng.IntN(30))
}

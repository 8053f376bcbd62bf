package partition

import (
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// shard is a partition's state and what is derived from it: flat, pointer-free
// arrays in memory that the caller maps off-heap. Nodes and edges are counted
// from the partition's first.
type shard struct {
	// logical state (I1), in the hash and the snapshot
	edges     []overlay.Edge // the overlay's table; pendingBit in a level: it stands in pending
	pending   []uint32
	given     []given // edges with a weight of their own, by edge
	orders    []order // weights to set at the next boundary, as they came
	players   []player
	away      []handoff        // under way to other partitions
	links     []link           // by partition; none in a hunt of one
	abroad    []codec.PlayerID // whose home this is, in other partitions or under way; ascending
	treasures []treasure
	beyond    []overlay.Value // two halves, each by goal and node outside: see cuts

	// derived from the logical state
	playerAt   []uint16 // index of players by id: slot holds position+1
	treasureAt []uint16 // by node: ordinal+1
	repairs    []uint32 // edges changed by the last refresh
	kept       kept
	inside     []overlay.Value // by goal and border point: what the coordinator is told
	hierarchy  []byte          // the overlay's
}

// table is one entry of the shard's layout.
type table struct {
	name  string
	bytes int
}

// sizes are what a shard's layout follows from.
type sizes struct {
	nodes           int
	border, outside int // border points, and nodes that border edges lead to
	goals           int // the nearest treasure and the named ones
	hierarchy       int // bytes
	partitions      int // of the hunt: in a hunt of one nobody goes anywhere
}

func sizesOf(t *Topology, s *overlay.Shape, rules codec.Rules, hierarchy int) sizes {
	return sizes{t.nodes(), s.Border(), s.Outside(), 1 + rules.GoalCount(), hierarchy, t.partitions()}
}

// layout lists the tables in order, largest alignment first.
func (z sizes) layout() []table {
	const value = int(unsafe.Sizeof(overlay.Value{}))
	links, handoffs, abroad := z.partitions, maxHandoffs, maxAbroad
	if z.partitions < 2 {
		links, handoffs, abroad = 0, 0, 0
	}
	return []table{
		{"players", MaxPlayers * int(unsafe.Sizeof(player{}))},
		{"away", handoffs * int(unsafe.Sizeof(handoff{}))},
		{"links", links * int(unsafe.Sizeof(link{}))},
		{"abroad", abroad * int(unsafe.Sizeof(codec.PlayerID(0)))},
		{"treasures", MaxTreasures * int(unsafe.Sizeof(treasure{}))},
		{"hierarchy", z.hierarchy},
		{"beyond", 2 * z.goals * z.outside * value},
		{"inside", z.goals * z.border * value},
		{"pending", 4 * maxPending},
		{"repairs", 4 * maxPending},
		{"given", overlay.MaxGiven * int(unsafe.Sizeof(given{}))},
		{"orders", maxOrders * int(unsafe.Sizeof(order{}))},
		{"kept keys", 4 * keptSlots},
		{"kept edges", 2 * keptSlots},
		{"treasureAt", 2 * z.nodes},
		{"playerAt", 2 * playerSlots},
	}
}

const lineSize = 64 // tables start on a cache line

func padded(bytes int) int { return (bytes + lineSize - 1) &^ (lineSize - 1) }

// fieldsFor is how many goal fields a partition keeps: the one that hints are
// read from for each goal, and one that is found for the next cut.
func fieldsFor(rules codec.Rules) int { return 2 + rules.GoalCount() }

// shape is how the partition's cells lie. Cells that a search's memory has no
// room for are left out: the partition is one cell then, searched as a whole.
func (t *Topology) shape(rules codec.Rules) (*overlay.Shape, error) {
	g := overlay.Graph{
		First: t.First, Head: t.Head, FirstNode: uint32(t.FirstNode), Base: t.Base, Cells: t.Cells, Entries: t.Entries,
		Shift: rules.LevelShift,
	}
	s, err := overlay.Measure(g)
	if err != nil || s.Fits() {
		if err == nil && rules.GoalCount() > 0 {
			s.Share(poolPages(s.Cells(), rules))
		}
		return s, err
	}
	g.Cells = nil
	return overlay.Measure(g)
}

// poolPages is how many cells' values the fields of a hunt with named goals share.
func poolPages(cells int, rules codec.Rules) int {
	fields := fieldsFor(rules)
	return max(2*cells+fields, min(10*fields, poolTenths)*cells/10)
}

// MemorySize is how many bytes New needs for a partition's shard, which grows
// with the rules' named goals, or a *SizeError that names the largest table if it is more than MaxShard.
func MemorySize(t *Topology, rules codec.Rules) (int, error) {
	total, largest, err := size(t, rules)
	if err == nil && total > MaxShard {
		err = &SizeError{largest.name, largest.bytes, total}
	}
	if err != nil {
		return 0, err
	}
	return total, nil
}

// WholeSize is MemorySize without the bound: for checks that take a map of any
// size as one piece.
func WholeSize(t *Topology, rules codec.Rules) (int, error) {
	total, _, err := size(t, rules)
	return total, err
}

// tables are all tables of the shard, with those of the hierarchy one by one.
func (t *Topology) tables(rules codec.Rules) ([]table, *overlay.Shape, error) {
	shape, err := t.shape(rules)
	if err != nil {
		return nil, nil, err
	}
	list := sizesOf(t, shape, rules, 0).layout()
	for _, part := range shape.Tables(fieldsFor(rules)) {
		list = append(list, table{part.Name, part.Bytes})
	}
	return list, shape, nil
}

func size(t *Topology, rules codec.Rules) (total int, largest table, err error) {
	tables, _, err := t.tables(rules)
	if err != nil {
		return 0, largest, err
	}
	for _, tab := range tables {
		total += padded(tab.bytes)
		if tab.bytes > largest.bytes {
			largest = tab
		}
	}
	return total, largest, nil
}

// StateSize is how many bytes a shard takes beside its hierarchy, in a hunt of one partition.
// The edges are in the hierarchy.
func StateSize(nodes int) (bytes int) {
	for _, tab := range (sizes{nodes: nodes}).layout() {
		bytes += padded(tab.bytes)
	}
	return bytes
}

// carve lays the shard out in mem, which must be zero.
func carve(mem []byte, z sizes) (s shard, err error) {
	if uintptr(unsafe.Pointer(unsafe.SliceData(mem)))%8 != 0 {
		return s, ErrMemory
	}
	tables := z.layout()
	next := func() []byte {
		n := tables[0].bytes
		part := mem[:n:n]
		mem, tables = mem[padded(n):], tables[1:]
		return part
	}
	total := 0
	for _, tab := range tables {
		total += padded(tab.bytes)
	}
	if len(mem) < total {
		return s, ErrMemory
	}
	s.players = as[player](next())[:0]
	s.away = as[handoff](next())[:0]
	s.links = as[link](next())
	s.abroad = as[codec.PlayerID](next())[:0]
	s.treasures = as[treasure](next())[:0]
	s.hierarchy = next()
	s.beyond, s.inside = as[overlay.Value](next()), as[overlay.Value](next())
	s.pending, s.repairs = as[uint32](next())[:0], as[uint32](next())[:0]
	s.given, s.orders = as[given](next())[:0], as[order](next())[:0]
	s.kept.key, s.kept.edge = as[uint32](next()), as[uint16](next())
	s.treasureAt, s.playerAt = as[uint16](next()), as[uint16](next())
	return s, nil
}

// as views bytes as a slice of a pointer-free T.
func as[T any](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var t T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(t)))
}

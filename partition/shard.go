package partition

import "unsafe"

// shard is a partition's state and what is derived from it: flat, pointer-free
// arrays in memory that the caller maps off-heap. Nodes and edges are counted
// from the partition's first.
type shard struct {
	// derived from the topology at boot: the edges that lead to a node
	inFirst []uint32 // nodes+1
	inEdge  []uint32 // edges inside the partition, by head
	tail    []uint32 // an edge's tail

	// logical state (I1), in the hash and the snapshot
	load      []uint8 // congestion of an edge
	level     []uint8 // its live weight level; pendingBit: it stands in pending
	cut       []uint8 // the weight level that searches read
	pending   []uint32
	players   []player
	treasures []treasure

	// derived from the logical state
	playerAt   []uint16 // index of players by id: slot holds position+1
	treasureAt []uint16 // by node: ordinal+1
	fields     [2]field
}

// field holds, by node, the way to the nearest treasure.
type field struct {
	dist   []uint32
	via    []uint32 // the edge to take
	source []uint16 // the treasure's ordinal
}

// table is one entry of the shard's layout.
type table struct {
	name  string
	bytes int
}

// layout lists the tables in order, largest alignment first.
func layout(nodes, edges int) []table {
	return []table{
		{"players", MaxPlayers * int(unsafe.Sizeof(player{}))},
		{"treasures", MaxTreasures * int(unsafe.Sizeof(treasure{}))},
		{"inFirst", 4 * (nodes + 1)},
		{"inEdge", 4 * edges},
		{"tail", 4 * edges},
		{"pending", 4 * maxPending},
		{"dist 0", 4 * nodes},
		{"dist 1", 4 * nodes},
		{"via 0", 4 * nodes},
		{"via 1", 4 * nodes},
		{"source 0", 2 * nodes},
		{"source 1", 2 * nodes},
		{"treasureAt", 2 * nodes},
		{"playerAt", 2 * playerSlots},
		{"load", edges},
		{"level", edges},
		{"cut", edges},
	}
}

const lineSize = 64 // tables start on a cache line

func padded(bytes int) int { return (bytes + lineSize - 1) &^ (lineSize - 1) }

// MemorySize is how many bytes New needs for a partition's shard, or a
// *SizeError that names the largest table if it is more than MaxShard.
func MemorySize(t *Topology) (int, error) {
	total, largest := 0, table{}
	for _, tab := range layout(t.nodes(), t.edges()) {
		total += padded(tab.bytes)
		if tab.bytes > largest.bytes {
			largest = tab
		}
	}
	if total > MaxShard {
		return 0, &SizeError{largest.name, largest.bytes, total}
	}
	return total, nil
}

// StateSize is how many bytes the logical state of a partition takes.
func StateSize(nodes, edges int) (bytes int) {
	for _, tab := range layout(nodes, edges) {
		switch tab.name {
		case "players", "treasures", "pending", "playerAt", "treasureAt", "load", "level", "cut":
			bytes += padded(tab.bytes)
		}
	}
	return bytes
}

// carve lays the shard out in mem, which must be zero.
func carve(mem []byte, nodes, edges int) (s shard, err error) {
	if uintptr(unsafe.Pointer(unsafe.SliceData(mem)))%8 != 0 {
		return s, ErrMemory
	}
	tables := layout(nodes, edges)
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
	s.treasures = as[treasure](next())[:0]
	s.inFirst, s.inEdge, s.tail = as[uint32](next()), as[uint32](next()), as[uint32](next())
	s.pending = as[uint32](next())[:0]
	s.fields[0].dist, s.fields[1].dist = as[uint32](next()), as[uint32](next())
	s.fields[0].via, s.fields[1].via = as[uint32](next()), as[uint32](next())
	s.fields[0].source, s.fields[1].source = as[uint16](next()), as[uint16](next())
	s.treasureAt, s.playerAt = as[uint16](next()), as[uint16](next())
	s.load, s.level, s.cut = next(), next(), next()
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

// turn fills the reverse adjacency from the topology: a counting sort by head.
func (s *shard) turn(t *Topology) {
	for node := range uint32(t.nodes()) {
		lo, hi := t.out(node)
		for e := lo; e < hi; e++ {
			s.tail[e] = node
			if head, ok := t.head(e); ok {
				s.inFirst[head+1]++
			}
		}
	}
	for i := 1; i < len(s.inFirst); i++ {
		s.inFirst[i] += s.inFirst[i-1]
	}
	inside := s.inFirst[len(s.inFirst)-1]
	// Fill from the back, so that inFirst ends as the starts without a second
	// array: it holds ends first and is counted down.
	for e := t.edges() - 1; e >= 0; e-- {
		if head, ok := t.head(uint32(e)); ok {
			s.inFirst[head+1]--
			s.inEdge[s.inFirst[head+1]] = uint32(e)
		}
	}
	copy(s.inFirst, s.inFirst[1:])
	s.inFirst[len(s.inFirst)-1] = inside
}

package partition

import (
	"encoding/binary"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// A snapshot is the logical state as a difference to the world: little endian,
//
//	version u8, world [32], partition u16, hash u64,
//	round u32, tick u32, clock u64, seed [32], deltas u64, cut tick u32,
//	players u32, then id, allowed, active u64, node, seq u32, goal u8, name [16] each, in table order,
//	hand-offs u32, then a player each, target u32, hand u32, rest u16, to u16, gone u8, in table order,
//	links u32, then partition u16, given, taken u32, open, missing, refused u64 each, partitions rising,
//	abroad u32, then id u64 each, ids rising,
//	claims u32, then ordinal u16, player u64, claimed u32 each, ordinals rising,
//	next refresh u32, filled u32, prepared, switched, side u8,
//	values u32, then distance u32, number u16 each: what is beyond the border,
//	weights u32, then edge, live, cut u32 each, edges rising: those that were set,
//	load u8 of each edge, level u8 of each edge, cut u8 of each edge.
//
// An edge that is as the world has it has three zeros, which whoever stores the
// snapshot compresses. The tables by edge stand as a whole, so that taking one
// holds the partition up for little more than copying them.
const (
	snapshotVersion = 5
	snapshotFixed   = 1 + 32 + 2 + 8 + 4 + 4 + 8 + 32 + 8 + 4
	snapshotPlayer  = 3*8 + 2*4 + 1 + codec.MaxName
	snapshotHandoff = snapshotPlayer + 4 + 4 + 2 + 2 + 1
	snapshotLink    = 2 + 4 + 4 + 8 + 8 + 8
	snapshotClaim   = 2 + 8 + 4
	snapshotCuts    = 4 + 4 + 3
	snapshotValue   = 4 + 2
	snapshotGiven   = 3 * 4
	snapshotEdge    = 3
	snapshotCounts  = 7 * 4
)

// SnapshotSize is the size of the largest snapshot that the partition can have.
func (c *Core) SnapshotSize() int {
	return snapshotFixed + snapshotCounts + MaxPlayers*snapshotPlayer + cap(c.away)*snapshotHandoff +
		len(c.links)*snapshotLink + 8*cap(c.abroad) + len(c.treasures)*snapshotClaim + snapshotCuts +
		len(c.beyond)*snapshotValue + cap(c.given)*snapshotGiven + snapshotEdge*len(c.edges)
}

var (
	put16 = binary.LittleEndian.AppendUint16
	put32 = binary.LittleEndian.AppendUint32
	put64 = binary.LittleEndian.AppendUint64
)

// AppendSnapshot appends the state; take it between a tick and the next input.
// It allocates nothing if there is room for SnapshotSize bytes.
func (c *Core) AppendSnapshot(b []byte) []byte {
	if len(c.orders) > 0 {
		panic("partition: a snapshot between an order and its boundary")
	}
	b = append(b, snapshotVersion)
	b = append(b, c.topo.World[:]...)
	b = put16(b, uint16(c.topo.Partition))
	b = put64(b, c.Hash())
	b = put32(b, uint32(c.round))
	b = put32(b, uint32(c.tick))
	b = put64(b, c.clock)
	b = append(b, c.seed[:]...)
	b = put64(b, uint64(c.deltas))
	b = put32(b, uint32(c.cutTick))
	b = put32(b, uint32(len(c.players)))
	for i := range c.players {
		b = c.players[i].append(b)
	}
	return c.appendEdges(c.appendBeyond(c.appendClaims(c.appendBorders(b))))
}

func (c *Core) appendEdges(b []byte) []byte {
	b = put32(b, uint32(len(c.given)))
	for _, g := range c.given {
		b = put32(put32(put32(b, g.edge), g.live), g.cut)
	}
	at := len(b)
	b = slices.Grow(b, snapshotEdge*len(c.edges))[:at+snapshotEdge*len(c.edges)]
	load, level, cut := c.planes(b[at:])
	for e := range load {
		edge := &c.edges[e]
		load[e], level[e], cut[e] = edge.Load, edge.Level, edge.Cut
	}
	return b
}

// planes are a snapshot's tables by edge: packed they take less than rows do.
func (c *Core) planes(b []byte) (load, level, cut []uint8) {
	n := len(c.edges)
	return b[:n], b[n : 2*n][:n], b[2*n : 3*n][:n]
}

func (p *player) append(b []byte) []byte {
	b = put64(b, uint64(p.id))
	b = put64(b, p.allowed)
	b = put64(b, p.active)
	b = put32(b, p.node)
	b = put32(b, uint32(p.seq))
	b = append(b, byte(p.goal))
	return append(b, p.name[:]...)
}

func (c *Core) appendBorders(b []byte) []byte {
	b = put32(b, uint32(len(c.away)))
	for i := range c.away {
		h := &c.away[i]
		b = h.player.append(b)
		b = put32(b, uint32(h.target))
		b = put32(b, uint32(h.hand))
		b = put16(b, h.rest)
		b = put16(b, uint16(h.to))
		b = append(b, h.gone)
	}
	at, n := len(b), uint32(0)
	b = put32(b, 0)
	for i := range c.links {
		if l := &c.links[i]; *l != (link{}) {
			b = put16(b, uint16(i))
			b = put32(b, uint32(l.given))
			b = put32(b, uint32(l.taken))
			b = put64(b, l.open)
			b = put64(b, l.missing)
			b = put64(b, l.refused)
			n++
		}
	}
	binary.LittleEndian.PutUint32(b[at:], n)
	b = put32(b, uint32(len(c.abroad)))
	for _, id := range c.abroad {
		b = put64(b, uint64(id))
	}
	return b
}

func (c *Core) appendClaims(b []byte) []byte {
	at, n := len(b), uint32(0)
	b = put32(b, 0)
	for i := range c.treasures {
		if t := &c.treasures[i]; t.claimed != 0 {
			b = put16(b, uint16(i))
			b = put64(b, uint64(t.player))
			b = put32(b, t.claimed)
			n++
		}
	}
	binary.LittleEndian.PutUint32(b[at:], n)
	return b
}

func (c *Core) appendBeyond(b []byte) []byte {
	b = put32(put32(b, uint32(c.refreshAt)), c.filled)
	b = append(b, bit(c.prepared), bit(c.switched), c.side)
	b = put32(b, uint32(len(c.beyond)))
	for _, v := range c.beyond {
		b = put16(put32(b, v.Dist), v.Number)
	}
	return b
}

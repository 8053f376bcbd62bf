package partition

import (
	"encoding/binary"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// A snapshot is the logical state as a difference to the world: little endian,
//
//	version u8, world [32], partition u16, hash u64,
//	round u32, tick u32, clock u64, seed u64, deltas u64, cut tick u32,
//	edges u32, then edge u32, load u8, level u8, cut u8 each, edges rising,
//	  after a level or a cut of overlay.Given its weight u32,
//	players u32, then id, allowed, active u64, node, seq, score u32, goal u8, name [16] each, in table order,
//	hand-offs u32, then a player each, target u32, hand u32, round u32, rest u16, to u16, gone u8, in table order,
//	links u32, then partition u16, given, taken u32, open, missing, refused u64 each, partitions rising,
//	abroad u32, then id u64 each, ids rising,
//	claims u32, then ordinal u16, player u64, claimed u32 each, ordinals rising,
//	next refresh u32, filled u32, prepared, switched, side u8,
//	values u32, then distance u32, number u16 each: what is beyond the border.
const (
	snapshotVersion = 2
	snapshotFixed   = 1 + 32 + 2 + 8 + 4 + 4 + 8 + 8 + 8 + 4
	snapshotEdge    = 4 + 3
	snapshotPlayer  = 3*8 + 3*4 + 1 + codec.MaxName
	snapshotHandoff = snapshotPlayer + 4 + 4 + 4 + 2 + 2 + 1
	snapshotLink    = 2 + 4 + 4 + 8 + 8 + 8
	snapshotClaim   = 2 + 8 + 4
	snapshotValue   = 4 + 2
)

var (
	put16 = binary.LittleEndian.AppendUint16
	put32 = binary.LittleEndian.AppendUint32
	put64 = binary.LittleEndian.AppendUint64
)

// AppendSnapshot appends the state; take it between a tick and the next input.
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
	b = put64(b, c.seed)
	b = put64(b, uint64(c.deltas))
	b = put32(b, uint32(c.cutTick))
	b = c.appendEdges(b)
	b = put32(b, uint32(len(c.players)))
	for i := range c.players {
		b = c.players[i].append(b)
	}
	return c.appendBeyond(c.appendClaims(c.appendBorders(b)))
}

func (c *Core) appendEdges(b []byte) []byte {
	at, n := len(b), uint32(0)
	b = put32(b, 0)
	for e := range c.load {
		if c.load[e]|c.level[e]|c.cut[e] != 0 {
			b = append(put32(b, uint32(e)), c.load[e], c.level[e], c.cut[e])
			b = c.appendGiven(b, uint32(e))
			n++
		}
	}
	binary.LittleEndian.PutUint32(b[at:], n)
	return b
}

func (c *Core) appendGiven(b []byte, e uint32) []byte {
	at, there := c.givenAt(e)
	if there && c.given[at].live != 0 {
		b = put32(b, c.given[at].live)
	}
	if there && c.given[at].cut != 0 {
		b = put32(b, c.given[at].cut)
	}
	return b
}

func (p *player) append(b []byte) []byte {
	b = put64(b, uint64(p.id))
	b = put64(b, p.allowed)
	b = put64(b, p.active)
	b = put32(b, p.node)
	b = put32(b, uint32(p.seq))
	b = put32(b, p.score)
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
		b = put32(b, uint32(h.round))
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

// Restore sets a new Core to the state of a snapshot. After an error the Core
// must not be used. The snapshot's own SHA-256 is the caller's to check; what
// is checked here is that it is of this world and partition, that every value
// is in range, and that the state has the hash that the snapshot names.
func (c *Core) Restore(b []byte) error {
	if c.round != 0 || c.clock != 0 || len(c.players) != 0 {
		panic("partition: restore into a core that has run")
	}
	r := cursor{b: b}
	if r.u8() != snapshotVersion || len(b) < snapshotFixed {
		return ErrSnapshot
	}
	var world codec.Hash
	copy(world[:], r.take(len(world)))
	if world != c.topo.World || codec.PartitionID(r.u16()) != c.topo.Partition {
		return ErrWorld
	}
	hash := r.u64()
	c.round, c.tick = codec.Round(r.u32()), codec.Tick(r.u32())
	c.clock, c.seed = r.u64(), r.u64()
	c.deltas, c.cutTick = codec.DeltaSeq(r.u64()), codec.Tick(r.u32())
	if uint32(c.tick) > c.rules.RoundTicks || c.cutTick > c.tick {
		return ErrSnapshot
	}
	if c.round > 0 {
		c.place()
		for c.opened < len(c.treasures) && c.treasures[c.opened].opens <= c.tick {
			c.opened++
		}
	}
	if !c.restoreEdges(&r) || !c.restorePlayers(&r) || !c.restoreBorders(&r) || !c.restoreClaims(&r) ||
		!c.restoreBeyond(&r) || r.short || len(r.b) != 0 {
		return ErrSnapshot
	}
	if c.Hash() != hash {
		return ErrHash
	}
	return nil
}

func (c *Core) restoreEdges(r *cursor) bool {
	next := uint32(0)
	for range r.count(snapshotEdge, len(c.load)) {
		e := r.u32()
		if e < next || int(e) >= len(c.load) {
			return false
		}
		next = e + 1
		c.load[e], c.level[e], c.cut[e] = r.u8(), r.u8(), r.u8()
		if !c.restoreGiven(r, e) {
			return false
		}
		if c.level[e]&pendingBit != 0 {
			if len(c.pending) == maxPending {
				return false
			}
			c.pending = append(c.pending, e)
		}
		c.edgeSum += c.edgeTerm(e)
	}
	return true
}

// restoreGiven checks the edge's levels and takes the weights that belong to them.
func (c *Core) restoreGiven(r *cursor, e uint32) bool {
	g := given{edge: e}
	take := func(level uint8, into *uint32) bool {
		if level != overlay.Given {
			return level <= c.rules.MaxLevel || level == overlay.Closed
		}
		*into = r.u32()
		return *into > 0 && *into <= maxBase
	}
	if !take(c.level[e]&^pendingBit, &g.live) || !take(c.cut[e], &g.cut) {
		return false
	}
	if g.live|g.cut == 0 {
		return true
	}
	if len(c.given) == cap(c.given) {
		return false
	}
	c.given = append(c.given, g)
	return true
}

func (c *Core) restorePlayers(r *cursor) bool {
	for range r.count(snapshotPlayer, MaxPlayers) {
		p, ok := c.restorePlayer(r)
		if !ok {
			return false
		}
		c.rehash(&c.players[c.insert(p)])
	}
	return true
}

// restorePlayer reads a row; false if it is not one or the player is here twice.
func (c *Core) restorePlayer(r *cursor) (player, bool) {
	p := player{id: codec.PlayerID(r.u64()), allowed: r.u64(), active: r.u64()}
	p.node, p.seq, p.score = r.u32(), codec.MoveSeq(r.u32()), r.u32()
	p.goal = codec.GoalID(r.u8())
	copy(p.name[:], r.take(codec.MaxName))
	return p, int(p.goal) <= c.goals && int(p.node) < c.topo.nodes() && p.active <= c.clock && c.lookup(p.id) < 0 && c.underWay(p.id) == nil
}

func (c *Core) restoreBorders(r *cursor) bool {
	for range r.count(snapshotHandoff, min(cap(c.away), MaxPlayers-len(c.players))) {
		p, ok := c.restorePlayer(r)
		h := handoff{player: p, target: codec.NodeID(r.u32()), hand: codec.Hand(r.u32()), round: codec.Round(r.u32())}
		h.rest, h.to, h.gone = r.u16(), codec.PartitionID(r.u16()), r.u8()
		if !ok || int(h.to) >= len(c.links) {
			return false
		}
		c.addAway(h)
	}
	next := 0
	for range r.count(snapshotLink, len(c.links)) {
		i := int(r.u16())
		if i < next || i >= len(c.links) {
			return false
		}
		next = i + 1
		l := &c.links[i]
		l.given, l.taken = codec.Hand(r.u32()), codec.Hand(r.u32())
		l.open, l.missing, l.refused = r.u64(), r.u64(), r.u64()
		c.sum += l.term(codec.PartitionID(i))
	}
	for range r.count(8, cap(c.abroad)) {
		id := codec.PlayerID(r.u64())
		if n := len(c.abroad); n > 0 && c.abroad[n-1] >= id {
			return false
		}
		c.goAbroad(id)
	}
	return true
}

func (c *Core) restoreClaims(r *cursor) bool {
	for range r.count(snapshotClaim, len(c.treasures)) {
		i := int(r.u16())
		if i >= c.opened || c.treasures[i].claimed != 0 {
			return false
		}
		t := &c.treasures[i]
		t.player, t.claimed = codec.PlayerID(r.u64()), r.u32()
		if t.claimed == 0 {
			return false
		}
		c.sum += t.term(i)
	}
	return true
}

func (c *Core) restoreBeyond(r *cursor) bool {
	c.refreshAt, c.filled = codec.Tick(r.u32()), r.u32()
	prepared, switched, side := r.u8(), r.u8(), r.u8()
	if prepared|switched|side > 1 || r.count(snapshotValue, len(c.beyond)) != len(c.beyond) {
		return false
	}
	c.prepared, c.switched, c.side = prepared == 1, switched == 1, side
	for i := range c.beyond {
		c.beyond[i] = overlay.Value{Dist: r.u32(), Number: r.u16()}
		c.sum += c.valueTerm(i)
	}
	return true
}

// cursor takes fields off a snapshot; once one is missing it is short and
// yields zeros.
type cursor struct {
	b     []byte
	short bool
}

var zeros [32]byte

func (r *cursor) take(n int) []byte {
	if len(r.b) < n {
		r.short, r.b = true, nil
		return zeros[:n]
	}
	field := r.b[:n]
	r.b = r.b[n:]
	return field
}

func (r *cursor) u8() uint8   { return r.take(1)[0] }
func (r *cursor) u16() uint16 { return binary.LittleEndian.Uint16(r.take(2)) }
func (r *cursor) u32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *cursor) u64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

// count reads how many rows of a size follow; more than the limit or than
// there are bytes makes the cursor short.
func (r *cursor) count(size, limit int) int {
	n := int(r.u32())
	if n > limit || n*size > len(r.b) {
		r.short = true
		return 0
	}
	return n
}

package partition

import (
	"encoding/binary"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

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
	c.clock = r.u64()
	copy(c.seed[:], r.take(len(c.seed)))
	c.deltas, c.cutTick = codec.DeltaSeq(r.u64()), codec.Tick(r.u32())
	if uint32(c.tick) > c.rules.RoundTicks || c.cutTick > c.tick || c.round == 0 && c.seed != (codec.Seed{}) {
		return ErrSnapshot
	}
	if c.round > 0 {
		c.place()
		for c.opened < len(c.treasures) && c.treasures[c.opened].opens <= c.tick {
			c.opened++
		}
	}
	if !c.restorePlayers(&r) || !c.restoreBorders(&r) || !c.restoreClaims(&r) || !c.restoreBeyond(&r) ||
		!c.restoreGiven(&r) || !c.restoreEdges(&r) || r.short || len(r.b) != 0 {
		return ErrSnapshot
	}
	if c.Hash() != hash {
		return ErrHash
	}
	return nil
}

// restoreGiven takes the weights that were set; restoreEdges holds them against the levels.
func (c *Core) restoreGiven(r *cursor) bool {
	next := uint32(0)
	for range r.count(snapshotGiven, cap(c.given)) {
		g := given{r.u32(), r.u32(), r.u32()}
		if g.edge < next || int(g.edge) >= len(c.edges) || g.live|g.cut == 0 || max(g.live, g.cut) > MaxBase {
			return false
		}
		next = g.edge + 1
		c.given = append(c.given, g)
	}
	return true
}

func (c *Core) restoreEdges(r *cursor) bool {
	if len(r.b) != snapshotEdge*len(c.edges) {
		return false
	}
	load, level, cut := c.planes(r.take(len(r.b)))
	given := c.given // of which no edge was seen yet
	for e := range load {
		if load[e]|level[e]|cut[e] == 0 {
			continue
		}
		edge := &c.edges[e]
		edge.Load, edge.Level, edge.Cut = load[e], level[e], cut[e]
		set := edge.Level&^pendingBit == overlay.Given || edge.Cut == overlay.Given
		if set && !c.agrees(uint32(e), given) || !c.lawful(edge.Level&^pendingBit) || !c.lawful(edge.Cut) {
			return false
		}
		if set {
			given = given[1:]
		}
		if edge.Level&pendingBit != 0 {
			if len(c.pending) == maxPending {
				return false
			}
			c.pending = append(c.pending, uint32(e))
		}
		c.edgeSum += c.edgeTerm(uint32(e))
	}
	return len(given) == 0
}

// agrees reports whether the first of the rows is the edge's and has the weights
// that its levels call for.
func (c *Core) agrees(e uint32, rows []given) bool {
	return len(rows) > 0 && rows[0].edge == e &&
		(rows[0].live != 0) == (c.edges[e].Level&^pendingBit == overlay.Given) &&
		(rows[0].cut != 0) == (c.edges[e].Cut == overlay.Given)
}

// lawful reports whether there is such a level.
func (c *Core) lawful(level uint8) bool {
	return level <= c.rules.MaxLevel || level == overlay.Given || level == overlay.Closed
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
	p.node, p.seq = r.u32(), codec.MoveSeq(r.u32())
	p.goal = codec.GoalID(r.u8())
	copy(p.name[:], r.take(codec.MaxName))
	return p, int(p.goal) <= c.goals && int(p.node) < c.topo.nodes() && p.active <= c.clock && c.lookup(p.id) < 0 && c.underWay(p.id) == nil
}

func (c *Core) restoreBorders(r *cursor) bool {
	for range r.count(snapshotHandoff, min(cap(c.away), MaxPlayers-len(c.players))) {
		p, ok := c.restorePlayer(r)
		h := handoff{player: p, target: codec.NodeID(r.u32()), hand: codec.Hand(r.u32())}
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

var zeros [32]byte // for the longest field; the tables by edge are asked for at once

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

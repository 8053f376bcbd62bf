package partition

import (
	"math/bits"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// The state hash is a sum, modulo 2^64, of one term for each part of the
// logical state that differs from a fresh shard's: an edge with congestion or a
// weight that was set, an order to set one, a player, a claimed treasure, a value
// beyond the border. A sum can be kept up to date with every write, in
// any order, and be checked by a full pass (an incremental multiset hash after
// Bellare and Micciancio, 1997, here against faults and not against forgers;
// the journal's SHA-256 chain is for those). Scalars are mixed in at the end.
const (
	keyEdge uint64 = (1 + iota) << 56 // above any index that is added to it
	keyPlayer
	keyTreasure
	keyScalar
	keySpawn
	keyOrder
	keyBeyond
	keyCuts
	keyHandoff
	keyLink
	keyAbroad
)

// mix is a 64-bit finalizer of two words: David Stafford's variant 13 of
// MurmurHash3's, as splitmix64 uses it, over both words in turn.
func mix(a, b uint64) uint64 {
	return finish(finish(a+0x9e3779b97f4a7c15) ^ b)
}

func finish(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// pick maps a hash onto [0, n) without division (Lemire 2016).
func pick(h uint64, n uint32) uint32 {
	hi, _ := bits.Mul64(h, uint64(n))
	return uint32(hi)
}

func (c *Core) edgeTerm(e uint32) uint64 {
	edge := &c.edges[e]
	word := uint64(edge.Load) | uint64(edge.Level)<<8 | uint64(edge.Cut)<<16
	if word == 0 {
		return 0
	}
	h := mix(keyEdge+uint64(e), word)
	if edge.Level&^pendingBit == overlay.Given || edge.Cut == overlay.Given {
		at, _ := c.givenAt(e)
		h = mix(h, uint64(c.given[at].live)|uint64(c.given[at].cut)<<32)
	}
	return h
}

func (o *order) term(at int) uint64 {
	return mix(keyOrder+uint64(at), uint64(o.edge)|uint64(o.weight)<<32)
}

func (p *player) term() uint64 {
	h := mix(keyPlayer, uint64(p.id))
	h = mix(h, uint64(p.node)|uint64(p.seq)<<32)
	h = mix(h, p.allowed)
	h = mix(h, p.active)
	h = mix(h, uint64(p.goal))
	for i := 0; i < codec.MaxName; i += 8 {
		h = mix(h, le64(p.name[i:]))
	}
	return h
}

func (h *handoff) term() uint64 {
	t := mix(keyHandoff, h.player.term())
	t = mix(t, uint64(h.target)|uint64(h.hand)<<32)
	t = mix(t, uint64(h.rest)|uint64(h.to)<<16)
	return mix(t, uint64(h.gone))
}

func (l *link) term(p codec.PartitionID) uint64 {
	if *l == (link{}) {
		return 0
	}
	t := mix(keyLink+uint64(p), uint64(l.given)|uint64(l.taken)<<32)
	return mix(mix(mix(t, l.open), l.missing), l.refused)
}

func (t *treasure) term(ordinal int) uint64 {
	if t.claimed == 0 {
		return 0
	}
	return mix(mix(keyTreasure+uint64(ordinal), uint64(t.player)), uint64(t.claimed))
}

// valueTerm is the term of a value beyond the border.
func (c *Core) valueTerm(i int) uint64 {
	v := c.beyond[i]
	if v == (overlay.Value{}) {
		return 0
	}
	return mix(keyBeyond+uint64(i), uint64(v.Dist)|uint64(v.Number)<<32)
}

// term is the term of what the coordinator has said.
func (k *cuts) term() uint64 {
	flags := uint64(bit(k.prepared)) | uint64(bit(k.switched))<<1 | uint64(k.side)<<2
	return mix(mix(keyCuts, uint64(k.refreshAt)|uint64(k.filled)<<32), flags)
}

func bit(v bool) uint8 {
	if v {
		return 1
	}
	return 0
}

// Hash is the state hash: two partitions that applied the same inputs to the
// same world have the same one, on any machine (I1).
func (c *Core) Hash() uint64 {
	h := mix(keyScalar, c.edgeSum+c.sum)
	h = mix(h, uint64(c.round)<<32|uint64(c.tick))
	h = mix(h, c.clock)
	h = mix(h, c.mark)
	h = mix(h, uint64(c.deltas))
	h = mix(h, uint64(c.cutTick))
	return mix(h, c.cuts.term())
}

// CheckHash computes the hash in full, O(edges + players + treasures), and
// returns ErrHash if the one kept up to date differs.
func (c *Core) CheckHash() error {
	edgeSum, sum := uint64(0), uint64(0)
	for e := range c.edges {
		edgeSum += c.edgeTerm(uint32(e))
	}
	for i := range c.orders {
		sum += c.orders[i].term(i)
	}
	for i := range c.players {
		sum += c.players[i].term()
	}
	for i := range c.treasures {
		sum += c.treasures[i].term(i)
	}
	for i := range c.beyond {
		sum += c.valueTerm(i)
	}
	for i := range c.away {
		sum += c.away[i].term()
	}
	for i := range c.links {
		sum += c.links[i].term(codec.PartitionID(i))
	}
	for _, id := range c.abroad {
		sum += mix(keyAbroad, uint64(id))
	}
	if edgeSum != c.edgeSum || sum != c.sum {
		return ErrHash
	}
	return nil
}

// rehash replaces a player's term after its row changed.
func (c *Core) rehash(p *player) {
	c.sum -= p.hash
	p.hash = p.term()
	c.sum += p.hash
}

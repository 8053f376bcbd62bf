package partition

import (
	"math/rand/v2"

	"github.com/huntgraph/huntgraph/codec"
)

// treasure is one of the round's. Place and opening follow from the seed; only
// the claim is state.
type treasure struct {
	player  codec.PlayerID // who claimed it
	node    uint32
	opens   codec.Tick // open from this tick of the round on
	claimed uint32     // the tick of the claim + 1; 0: not claimed
	_       uint32
}

// openAt reports whether the treasure was open at the end of the tick.
func (t *treasure) openAt(tick codec.Tick) bool {
	return t.opens <= tick && (t.claimed == 0 || codec.Tick(t.claimed-1) > tick)
}

// lots are drawn from a round's seed beside the places of its treasures. They
// become known to players, and tell nothing of the seed or of the places (I13).
type lots struct {
	mark  uint64 // stands for the seed in the state hash, which is public
	spawn uint64 // decides where players spawn
}

// drum is where a round's random numbers are drawn from. It is a field of the core,
// because what is made anew for each round would be allocated (I9).
type drum struct {
	all, own rand.ChaCha8
	key      [32]byte
}

// fill makes own the partition's random numbers of a round, from ChaCha8 (as
// C2SP's chacha8rand specifies it): of its 256-bit key and of the numbers still to
// come, those that were drawn tell nothing. The p-th key that the round's seed
// gives is partition p's.
func (d *drum) fill(seed codec.Seed, p codec.PartitionID) {
	d.all.Seed(seed)
	for range int(p) + 1 {
		_, _ = d.all.Read(d.key[:]) // it never fails
	}
	d.own.Seed(d.key)
}

// treasureCount is how many treasures a round has here: as many as the rules
// say, but on a small map so few that a node is left without.
func (t *Topology) treasureCount(rules codec.Rules) uint32 {
	return min(uint32(rules.Treasures), t.Main-1)
}

// place lays the round's treasures out: distinct nodes of the main component
// from the seed; the first ones open at once, the rest evenly over the round.
func (c *Core) place() {
	c.drum.fill(c.seed, c.topo.Partition)
	draws := &c.drum.own
	c.lots = lots{mark: draws.Uint64(), spawn: draws.Uint64()}
	for i := range c.treasures {
		c.treasureAt[c.treasures[i].node] = 0
		c.sum -= c.treasures[i].term(i)
	}
	count := c.topo.treasureCount(c.rules)
	first := min(uint32(c.rules.OpenAtStart), count) // at the round's start
	c.treasures = c.treasures[:count]
	late := uint64(count-first) + 1
	for i := range c.treasures {
		k := pick(draws.Uint64(), c.topo.Main)
		node := c.topo.mainNode(k)
		for c.treasureAt[node] != 0 {
			k = (k + 1) % c.topo.Main
			node = c.topo.mainNode(k)
		}
		c.treasureAt[node] = uint16(i + 1)
		opens := codec.Tick(0)
		if i >= int(first) {
			opens = codec.Tick(uint64(i-int(first)+1) * uint64(c.rules.RoundTicks) / late)
		}
		c.treasures[i] = treasure{node: node, opens: opens}
	}
	c.opened = 0
}

// open releases the treasures whose time has come. They open in order.
func (c *Core) open() {
	for c.opened < len(c.treasures) && c.treasures[c.opened].opens <= c.tick {
		t := &c.treasures[c.opened]
		emit(c, codec.Event{
			Kind: codec.EventTreasureOpened, Round: c.round, Tick: c.tick,
			Treasure: c.treasureID(c.opened), Node: c.nodeID(t.node),
		})
		c.opened++
	}
}

// claim gives the treasure on the player's node to it, if one is open there (I2).
func (c *Core) claim(p *player) {
	ordinal := c.openOn(p.node)
	if ordinal < 0 {
		return
	}
	t := &c.treasures[ordinal]
	t.player, t.claimed = p.id, uint32(c.now())+1
	c.sum += t.term(ordinal)
	emit(c, codec.Grant{
		Player: p.id, Treasure: c.treasureID(ordinal), Round: c.round, Tick: c.now(),
		Node: c.nodeID(p.node), Name: p.name,
	})
}

// openOn is the treasure that lies open on a node, by its place in the round's
// order; -1: there is none.
func (c *Core) openOn(node uint32) int {
	ordinal := int(c.treasureAt[node]) - 1
	if ordinal < c.opened && ordinal >= 0 && c.treasures[ordinal].claimed == 0 {
		return ordinal
	}
	return -1
}

// treasureID is the id of one of this partition's treasures in the hunt.
func (c *Core) treasureID(ordinal int) codec.TreasureID {
	return codec.TreasureID(int(c.topo.Partition)*int(c.rules.Treasures) + ordinal)
}

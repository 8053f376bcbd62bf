package partition

import "github.com/huntgraph/huntgraph/codec"

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

// place lays the round's treasures out: distinct nodes of the main component
// from the seed; the first ones open at once, the rest evenly over the round.
func (c *Core) place() {
	for i := range c.treasures {
		c.treasureAt[c.treasures[i].node] = 0
		c.sum -= c.treasures[i].term(i)
	}
	c.treasures = c.treasures[:c.rules.Treasures]
	late := uint64(c.rules.Treasures-c.rules.OpenAtStart) + 1
	seed := mix(keyPlace^c.seed, uint64(c.topo.Partition))
	for i := range c.treasures {
		k := pick(mix(seed, uint64(i)), c.topo.Main)
		node := c.topo.mainNode(k)
		for c.treasureAt[node] != 0 {
			k = (k + 1) % c.topo.Main
			node = c.topo.mainNode(k)
		}
		c.treasureAt[node] = uint16(i + 1)
		opens := codec.Tick(0)
		if i >= int(c.rules.OpenAtStart) {
			opens = codec.Tick(uint64(i-int(c.rules.OpenAtStart)+1) * uint64(c.rules.RoundTicks) / late)
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
	ordinal := int(c.treasureAt[p.node]) - 1
	if ordinal < 0 || ordinal >= c.opened || c.treasures[ordinal].claimed != 0 {
		return
	}
	t := &c.treasures[ordinal]
	t.player, t.claimed = p.id, uint32(c.now())+1
	c.sum += t.term(ordinal)
	p.score++
	emit(c, codec.Grant{
		Player: p.id, Treasure: c.treasureID(ordinal), Round: c.round, Tick: c.now(),
		Node: c.nodeID(p.node), Score: p.score, Name: p.name,
	})
}

// treasureID is the id of one of this partition's treasures in the hunt.
func (c *Core) treasureID(ordinal int) codec.TreasureID {
	return codec.TreasureID(int(c.topo.Partition)*int(c.rules.Treasures) + ordinal)
}

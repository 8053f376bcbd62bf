package partition

import (
	"math/bits"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/shadow"
)

// A rollback is a boundary like a tick, and a refresh. Weights, loads and the
// positions of players go back to a fork's; what was confirmed stays: the index
// and the clock go on, edges' versions grow (a weight that changes is a new
// delta), players keep their sequence, treasures their claims
// (I2, I3, I6). Players who came since stay where they are, and who left does not
// come back (I7); hand-offs must be settled before.
//
//	for code := core.Rollback(f); …            // CodeNotNow: something is under way
//	release(core.Outbox())                     // when the record is durable
//	for core.Announce() { release(core.Outbox()) }
//	for core.Work(budget) {}                   // hints of the new cut
//
// Hints may come before all is announced, inputs may not.

// Rollback goes back to a fork of this core, or to an image of its partition.
// Any other code than CodeOK means that nothing changed: CodeNotNow before
// the first and at the last boundary of a round, and while hand-offs, orders or an
// earlier rollback are under way; CodeSkipped for another partition's image.
func (c *Core) Rollback(f *Fork) codec.Code {
	switch {
	case f.world != c.topo.World || f.partition != c.topo.Partition:
		return codec.CodeSkipped
	case c.RoundOver() || uint32(c.tick)+1 >= c.rules.RoundTicks,
		len(c.orders) > 0, len(c.away) > 0, c.telling != nil:
		return codec.CodeNotNow
	}
	c.pass()
	c.putBackTables(f)
	c.putBackPlayers(f)
	c.open()
	c.putBackRoutes(f)
	c.cutTick = c.tick
	c.startCut()
	c.telling, c.told = f, 0
	c.endTick()
	return codec.CodeOK
}

// putBackTables puts back what lies by edge.
func (c *Core) putBackTables(f *Fork) {
	var chain [MaxForks]shadow.Branch
	clear(f.releveled)
	for i, t := range c.tables {
		note := shadow.Note{}
		if i == edgeTable {
			note = shadow.Note{Mask: levelMask, Lines: f.releveled}
		}
		t.PutBack(c.chain(f, i, &chain), note)
	}
	f.beforeGiven = append(f.beforeGiven[:0], c.given...)
	c.given = append(c.given[:0], f.given...)
	c.pending = append(c.pending[:0], f.pending...)
	c.edgeSum = f.edgeSum
}

// putBackPlayers puts those back that are here now and were then.
func (c *Core) putBackPlayers(f *Fork) {
	clear(f.moved[:])
	for i := range f.players {
		was := &f.players[i]
		if p := c.row(was.id); p != nil && p.node != was.node {
			p.node = was.node
			c.rehash(p)
			f.moved[i/64] |= 1 << (i % 64)
		}
	}
}

// putBackRoutes follows with what is derived, and makes the live weights those
// of a new cut. The fields lead to treasures as of then: all are found anew.
func (c *Core) putBackRoutes(f *Fork) {
	c.overlay.PutBack(&c.search, &f.aside)
	c.built = f.built
	c.unguide(true)
	c.kept.clear()
	if c.leading && f.led {
		c.startRepairs(f.repairs) // to the fork's own cut first, as before any refresh
		for c.done < len(c.repairs) {
			c.repairNext()
		}
		c.startRepairs(c.pending)
	}
	c.cutPending()
	if c.leading && !f.led {
		c.align()
		c.startRepairs(nil)
	}
	c.recount()
}

// Announce releases, as the outbox, the next weights that a rollback changed, in
// no order, and then the players whom it moved; false: that was all, and the
// outbox is empty. Versions grow with it, so it is part of the boundary.
func (c *Core) Announce() (more bool) {
	f := c.telling
	if f == nil {
		return false
	}
	c.out = 0
	if c.tellLevels(f) && c.tellGiven(f) && c.tellPlayers(f) && c.out == 0 {
		c.telling = nil
	}
	return c.telling != nil
}

// room reports whether the outbox has room for that many more bytes.
func (c *Core) room(bytes int) bool { return c.out+bytes <= outboxSize }

// tellLevels releases the edges whose level changed, and reports whether those were all.
func (c *Core) tellLevels(f *Fork) (all bool) {
	for ; int(c.told) < c.lines(); c.told++ {
		set := f.releveled[c.told]
		if set == 0 {
			continue
		}
		if !c.room(lineEdges * codec.DeltaLen) {
			return false
		}
		for ; set != 0; set &= set - 1 {
			c.releaseWeight(c.told*uint32(lineEdges) + uint32(bits.TrailingZeros16(set)))
		}
	}
	return true
}

// tellGiven releases the edges that had another weight of their own.
func (c *Core) tellGiven(f *Fork) (all bool) {
	for first := uint32(c.lines()); int(c.told-first) < len(c.given); c.told++ {
		now := &c.given[c.told-first]
		i, there := slices.BinarySearchFunc(f.beforeGiven, now.edge, byEdge)
		if !there || now.live == 0 || f.beforeGiven[i].live == 0 || f.beforeGiven[i].live == now.live {
			continue
		}
		if !c.room(codec.DeltaLen) {
			return false
		}
		c.releaseWeight(now.edge)
	}
	return true
}

func byEdge(g given, e uint32) int { return int(g.edge) - int(e) }

// tellPlayers releases where players stand whom it moved.
func (c *Core) tellPlayers(f *Fork) (all bool) {
	for i := range f.players {
		if f.moved[i/64]>>(i%64)&1 == 0 {
			continue
		}
		if !c.room(codec.MaxEventLen) {
			return false
		}
		f.moved[i/64] &^= 1 << (i % 64)
		c.tell(codec.EventPlayerReturned, c.row(f.players[i].id))
	}
	return true
}

package partition

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// What checks compare hints with: the state as of the last refresh, which stays
// as it is until the next one. The goroutine that owns the core may read it.

// Cut is the tick of the last refresh.
func (c *Core) Cut() codec.Tick { return c.cutTick }

// Searched calls fn with every edge whose weight as searches read it is not its
// base, in the order of edges.
func (c *Core) Searched(fn func(codec.EdgeID, codec.Weight)) {
	for e := range c.edges {
		if c.edges[e].Cut != 0 {
			fn(c.topo.FirstEdge+codec.EdgeID(e), c.searched(uint32(e)))
		}
	}
}

// searched is an edge's weight as of the last refresh.
func (c *Core) searched(e uint32) codec.Weight {
	switch level := c.edges[e].Cut; level {
	case overlay.Closed:
		return codec.Blocked
	case overlay.Given:
		at, _ := c.givenAt(e)
		return codec.Weight(c.given[at].cut)
	default:
		return codec.Weight(c.raised(e, level))
	}
}

// Sought calls fn with every treasure that was open at the last refresh, in order.
func (c *Core) Sought(fn func(codec.TreasureID, codec.NodeID)) {
	for i := range c.treasures {
		if t := &c.treasures[i]; t.openAt(c.cutTick) {
			fn(c.treasureID(i), c.nodeID(t.node))
		}
	}
}

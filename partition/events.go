package partition

import (
	"slices"
	"sort"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// A game event sets an edge's weight: to one of its own, to Blocked, or back to
// its base and congestion. It is taken as an order when it comes and obeyed at
// the next boundary, before congestion moves weights, in the order in which
// orders came; searches follow at the next refresh, as for congestion. While a
// weight is set, load is counted and decays but does not move it; given back,
// the edge has at once the level that its load calls for.
//
// Blocked is a level, so any number of edges may be closed. Other weights lie
// in a table by edge, of overlay.MaxGiven rows.

// given is an edge that has a weight of its own. The row stands as long as the
// world shows that weight or searches read it; where they do not, it is 0.
type given struct{ edge, live, cut uint32 }

// order is a weight to set at the next boundary; 0 gives the edge back.
type order struct{ edge, weight uint32 }

// order takes an InputWeight. What it was promised has room at the boundary.
func (c *Core) order(in *codec.Input) codec.Code {
	e, w := uint32(in.Edge-c.topo.FirstEdge), in.Weight
	if e >= uint32(c.topo.edges()) {
		return codec.CodeNoSuchEdge
	}
	if w > MaxBase && w != codec.Blocked {
		return codec.CodeBadWeight
	}
	if c.settling || len(c.orders) == maxOrders || len(c.pending)+len(c.orders) >= maxPending {
		return codec.CodeNotNow
	}
	if _, there := c.givenAt(e); !there && w != 0 && w != codec.Blocked {
		if len(c.given) == cap(c.given) {
			return codec.CodeTableFull
		}
		if len(c.given)+len(c.orders) >= cap(c.given) { // as if each of them took a row
			return codec.CodeNotNow
		}
	}
	o := order{e, uint32(w)}
	c.sum += o.term(len(c.orders))
	c.orders = append(c.orders, o)
	return codec.CodeOK
}

// Weighed answers a SetWeight that was stepped with this result.
func (c *Core) Weighed(key uint64, code codec.Code) codec.Weighed {
	return codec.Weighed{Key: key, Code: code, Round: c.round, Tick: c.now()}
}

// obey carries the orders out and says how many deltas they release.
func (c *Core) obey() (deltas int) {
	for i, o := range c.orders {
		c.sum -= o.term(i)
		if c.weigh(o) {
			deltas++
		}
	}
	c.orders = c.orders[:0]
	return deltas
}

// weigh carries one order out and reports whether the edge's weight changed.
func (c *Core) weigh(o order) (changed bool) {
	e, was := o.edge, c.liveWeight(o.edge)
	before, level := c.edges[e].Level&^pendingBit, uint8(overlay.Given)
	switch codec.Weight(o.weight) {
	case 0:
		level = c.wanted(c.edges[e].Load, 0)
		if before < overlay.Given {
			return false // congestion moves it
		}
	case codec.Blocked:
		level = overlay.Closed
	}
	if level == before && (level != overlay.Given || was == o.weight) {
		return false
	}
	c.edgeSum -= c.edgeTerm(e)
	if c.edges[e].Level&pendingBit == 0 {
		c.pending = append(c.pending, e)
	}
	c.overlay.Touch(e)
	c.edges[e].Level = level | pendingBit
	c.give(e, o.weight)
	c.edgeSum += c.edgeTerm(e)
	if c.liveWeight(e) == was {
		return false
	}
	c.releaseWeight(e)
	return true
}

// give keeps the edge's row after its live level has changed.
func (c *Core) give(e, weight uint32) {
	at, there := c.givenAt(e)
	switch {
	case c.edges[e].Level&^pendingBit == overlay.Given && there:
		c.given[at].live = weight
	case c.edges[e].Level&^pendingBit == overlay.Given:
		if len(c.given) == cap(c.given) {
			panic("partition: an order was taken that the table of weights has no room for")
		}
		c.given = slices.Insert(c.given, at, given{edge: e, live: weight})
	case there && c.edges[e].Cut == overlay.Given:
		c.given[at].live = 0
	case there:
		c.given = slices.Delete(c.given, at, at+1)
	}
}

// givenAt is where an edge stands among those with a weight of their own, or would stand.
func (c *Core) givenAt(e uint32) (at int, there bool) {
	at = sort.Search(len(c.given), func(i int) bool { return c.given[i].edge >= e })
	return at, at < len(c.given) && c.given[at].edge == e
}

// cutGiven brings the edge's row to the cut, as refresh does its level.
func (c *Core) cutGiven(e uint32) {
	at, there := c.givenAt(e)
	if !there {
		return
	}
	c.given[at].cut = c.given[at].live
	if c.given[at].cut == 0 {
		c.given = slices.Delete(c.given, at, at+1)
	}
}

// bring begins to repair the overlay to the edge's weight as of the cut.
func (c *Core) bring(e uint32) {
	weight := uint32(0)
	if c.edges[e].Cut == overlay.Given {
		at, _ := c.givenAt(e)
		weight = c.given[at].cut
	}
	c.overlay.Change(&c.search, e, c.edges[e].Cut, weight)
}

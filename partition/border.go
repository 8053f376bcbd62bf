package partition

import (
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/cut"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// cuts is what the coordinator of the hunt's cuts has told the partition since
// the last refresh: logical state, with the values in the shard's beyond. A
// partition without borders needs no coordinator: it is prepared and switched
// from the start, and refreshes at every RefreshTicks.
type cuts struct {
	refreshAt codec.Tick // of the next refresh; 0: a Switch will name it
	filled    uint32     // values that have come, in order
	prepared  bool       // these are all
	switched  bool       // players are led as of the last refresh
	side      uint8      // which half of beyond is the last refresh's
}

// bordered reports whether edges link the partition to others.
func (c *Core) bordered() bool { return len(c.overlay.Border()) > 0 }

// cutNow names the last refresh.
func (c *Core) cutNow() codec.Cut { return codec.Cut{Round: c.round, Tick: c.cutTick} }

// startCut follows a refresh. The values of a cut that players are led as of
// stay where they are until the next one takes their place.
func (c *Core) startCut() {
	if !c.bordered() {
		c.cuts = cuts{refreshAt: c.tick + codec.Tick(c.rules.RefreshTicks), prepared: true, switched: true}
		return
	}
	if c.switched {
		c.side ^= 1
	}
	c.cuts = cuts{side: c.side}
}

// beyondOf are the values at the nodes outside towards a goal, as of the last refresh.
func (c *Core) beyondOf(goal codec.GoalID) []overlay.Value {
	n := len(c.overlay.Outside())
	at := (int(c.side)*(1+c.goals) + int(goal)) * n
	return c.beyond[at : at+n : at+n]
}

// border takes a chunk of values for the last refresh; they come in order.
func (c *Core) border(in *codec.Input) codec.Code {
	outside := len(c.overlay.Outside())
	first, count := int(in.Goal)*outside+int(in.First), in.Reaches.Len()
	switch {
	case in.Cut != c.cutNow() || c.prepared || first < int(c.filled):
		return codec.CodeStale
	case first > int(c.filled) || int(in.Goal) > c.goals || int(in.First)+count > outside || count == 0:
		return codec.CodeSkipped
	}
	values := c.beyondOf(in.Goal)[in.First:][:count]
	at := int(c.side)*(1+c.goals)*outside + first
	for i := range values {
		v := in.Reaches.At(i)
		c.sum -= c.valueTerm(at + i)
		values[i] = overlay.Value{Dist: uint32(v.Distance), Number: uint16(v.Treasure)}
		c.sum += c.valueTerm(at + i)
	}
	c.filled += uint32(count)
	return codec.CodeOK
}

// prepare ends the values of the last refresh; the coordinator hears of it when
// the record is durable, and again if it asks again: it may not have heard.
func (c *Core) prepare(in *codec.Input) codec.Code {
	switch {
	case in.Cut != c.cutNow() || c.switched:
		return codec.CodeStale
	case int(c.filled) != (1+c.goals)*len(c.overlay.Outside()):
		return codec.CodeSkipped
	}
	c.prepared = true
	emit(c, codec.Prepared{Partition: c.topo.Partition, Cut: in.Cut, Now: c.tick})
	return codec.CodeOK
}

// switchTo leads players as of the last refresh, if that is what the cut is and
// its values are here, and sets the tick of the next one. For an earlier cut it
// only puts the next refresh off.
func (c *Core) switchTo(in *codec.Input) codec.Code {
	last := in.Cut == c.cutNow() && c.prepared
	if in.Cut.Round != c.round || in.Cut.Tick > c.cutTick || in.Next <= c.tick ||
		in.Next == c.refreshAt && (c.switched || !last) {
		return codec.CodeStale
	}
	c.refreshAt = in.Next
	c.switched = c.switched || last
	return codec.CodeOK
}

// Border is what a coordinator has to know of a partition once. It allocates.
func (t *Topology) Border() (b cut.Border) {
	for _, n := range t.Entries {
		b.Points = append(b.Points, codec.NodeID(n))
	}
	for node := range uint32(t.nodes()) {
		for e, end := t.out(node); e < end; e++ {
			if _, inside := t.head(e); !inside {
				b.Points = append(b.Points, t.FirstNode+codec.NodeID(node))
				b.Outside = append(b.Outside, codec.NodeID(t.Head[e]))
			}
		}
	}
	slices.Sort(b.Points)
	slices.Sort(b.Outside)
	b.Points, b.Outside = slices.Compact(b.Points), slices.Compact(b.Outside)
	place := func(list []codec.NodeID, n codec.NodeID) uint16 {
		i, _ := slices.BinarySearch(list, n)
		return uint16(i)
	}
	for _, n := range b.Points {
		for e, end := t.out(uint32(n - t.FirstNode)); e < end; e++ {
			if _, inside := t.head(e); !inside {
				b.Tails = append(b.Tails, place(b.Points, n))
				b.Heads = append(b.Heads, place(b.Outside, codec.NodeID(t.Head[e])))
			}
		}
	}
	return b
}

// edgesOut calls f with every edge to another partition, in the order of border
// points and edges.
func (c *Core) edgesOut(f func(tail, edge uint32)) {
	for _, node := range c.overlay.Border() {
		lo, hi := c.topo.out(node)
		for e := lo; e < hi; e++ {
			if _, inside := c.topo.head(e); !inside {
				f(node, e)
			}
		}
	}
}

// Report fills in what the coordinator has to know of the last refresh, or
// reports false while that is not measured, or no longer needed: players are
// led as of it. The report may leave once the record with the refresh is durable.
func (c *Core) Report(r *cut.Report) bool {
	if !c.leading || c.switched || c.stage < waiting {
		return false
	}
	r.Partition, r.Cut, r.Now = c.topo.Partition, c.cutNow(), c.tick
	r.Clique = append(r.Clique[:0], c.overlay.BorderClique()...)
	r.Inside = r.Inside[:0]
	for _, v := range c.inside {
		r.Inside = append(r.Inside, codec.Reach{Distance: codec.Distance(v.Dist), Treasure: codec.TreasureID(v.Number)})
	}
	r.Weights = r.Weights[:0]
	c.edgesOut(func(_, e uint32) { r.Weights = append(r.Weights, c.overlay.Weight(e)) })
	return true
}

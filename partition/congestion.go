package partition

import (
	"encoding/binary"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// pendingBit marks in level that the edge stands in the list of changes since
// the last refresh.
const pendingBit = 1 << 7

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// Congest begins a core, before its first round, with edges that carry loads
// already and have the level that these call for, for all who read weights:
// where a play of hours is to be imitated. Nobody was told a delta of it.
func (c *Core) Congest(load func(edge uint32) uint8) {
	if c.round != 0 || c.clock != 0 {
		panic("partition: loads for a core that has run")
	}
	for e := range uint32(len(c.edges)) {
		c.edgeSum -= c.edgeTerm(e)
		edge := &c.edges[e]
		edge.Load = load(e)
		edge.Level = c.wanted(edge.Load, 0)
		edge.Cut = edge.Level
		c.edgeSum += c.edgeTerm(e)
	}
}

// raised is a base weight at a level. The topology's check bounds it.
func (c *Core) raised(e uint32, level uint8) uint32 {
	base := c.topo.Base[e]
	return base + (base>>c.rules.LevelShift)*uint32(level)
}

// liveWeight is what the world shows.
func (c *Core) liveWeight(e uint32) uint32 {
	switch level := c.edges[e].Level &^ pendingBit; level {
	case overlay.Closed:
		return uint32(codec.Blocked)
	case overlay.Given:
		at, _ := c.givenAt(e)
		return c.given[at].live
	default:
		return c.raised(e, level)
	}
}

// addLoad counts a move along the edge.
func (c *Core) addLoad(e uint32) {
	c.edgeSum -= c.edgeTerm(e)
	c.overlay.Touch(e)
	edge := &c.edges[e]
	edge.Load = uint8(min(int(edge.Load)+int(c.rules.MoveLoad), 255))
	c.edgeSum += c.edgeTerm(e)
}

// sweep visits the edges whose turn it is at this tick: their level follows
// their load, with hysteresis, and their load decays. Every edge has its turn
// once in SweepTicks, so no list of loaded edges is kept; eight edges without
// congestion are passed by four reads. changed is how many weights have
// changed at this tick already.
func (c *Core) sweep(changed int) {
	turns, turn := uint64(c.rules.SweepTicks), c.clock%uint64(c.rules.SweepTicks)
	edges := uint64(len(c.edges))
	e, end := uint32(edges*turn/turns), uint32(edges*(turn+1)/turns)
	for e < end {
		if e+8 <= end && untouched((*[8]overlay.Edge)(c.edges[e:])) {
			e += 8
			continue
		}
		edge := &c.edges[e]
		if edge.Load|edge.Level&^pendingBit != 0 {
			c.edgeSum -= c.edgeTerm(e)
			if c.relevel(e, changed) {
				changed++
			}
			c.overlay.Touch(e)
			edge.Load -= uint8((uint(edge.Load) + 1<<c.rules.DecayShift - 1) >> c.rules.DecayShift)
			c.edgeSum += c.edgeTerm(e)
		}
		e++
	}
}

// untouched reports whether edges are all as in a fresh shard.
func untouched(edges *[8]overlay.Edge) bool {
	b := (*[8 * unsafe.Sizeof(edges[0])]byte)(unsafe.Pointer(edges))
	return le64(b[:])|le64(b[8:])|le64(b[16:])|le64(b[24:]) == 0
}

// relevel moves the edge's level to where its load wants it and releases the
// delta. Where the lists are full the level waits for a later sweep; a weight
// that was set stays, and so does one that is too light for a level to add to it.
func (c *Core) relevel(e uint32, changed int) bool {
	was := c.edges[e].Level &^ pendingBit
	if was >= overlay.Given || c.topo.Base[e]>>c.rules.LevelShift == 0 {
		return false // another weight than its base it cannot have
	}
	now := c.wanted(c.edges[e].Load, was)
	if now == was || changed == maxDeltasPerTick {
		return false
	}
	if c.edges[e].Level&pendingBit == 0 {
		if len(c.pending) == maxPending {
			return false
		}
		c.pending = append(c.pending, e)
	}
	c.overlay.Touch(e)
	c.edges[e].Level = now | pendingBit
	c.releaseWeight(e)
	return true
}

// releaseWeight tells the world an edge's new weight.
func (c *Core) releaseWeight(e uint32) {
	c.deltas++
	emit(c, codec.Delta{
		Seq:    c.deltas,
		Edge:   c.topo.FirstEdge + codec.EdgeID(e),
		Weight: codec.Weight(c.liveWeight(e)),
		Round:  c.round,
		Tick:   c.tick,
	})
}

// wanted is the level that a load calls for, coming from a level: up as soon as
// the load reaches it, down only when the load is Hysteresis below it.
func (c *Core) wanted(load, level uint8) uint8 {
	step := int(c.rules.LevelLoad)
	for level < c.rules.MaxLevel && int(load) >= step*int(level+1) {
		level++
	}
	for level > 0 && int(load)+int(c.rules.Hysteresis) < step*int(level) {
		level--
	}
	return level
}

// refresh brings the weights that searches read up to date.
func (c *Core) refresh() {
	if c.leading {
		c.outdate(c.pending)
	}
	c.cutPending()
}

// cutPending makes the live weights those of a new cut.
func (c *Core) cutPending() {
	for _, e := range c.pending {
		c.edgeSum -= c.edgeTerm(e)
		c.overlay.Touch(e)
		edge := &c.edges[e]
		edge.Level &^= pendingBit
		edge.Cut = edge.Level
		c.cutGiven(e)
		c.edgeSum += c.edgeTerm(e)
	}
	c.pending = c.pending[:0]
	c.cutTick = c.tick
	c.startCut()
}

// Weights calls fn with every edge whose live weight is not its base, in the
// order of edges.
func (c *Core) Weights(fn func(codec.EdgeID, codec.Weight)) {
	for e := range uint32(len(c.edges)) {
		if c.edges[e].Level&^pendingBit != 0 && c.liveWeight(e) != c.topo.Base[e] {
			fn(c.topo.FirstEdge+codec.EdgeID(e), codec.Weight(c.liveWeight(e)))
		}
	}
}

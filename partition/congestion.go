package partition

import (
	"encoding/binary"

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
	for e := range uint32(len(c.load)) {
		c.edgeSum -= c.edgeTerm(e)
		c.load[e] = load(e)
		c.level[e] = c.wanted(c.load[e], 0)
		c.cut[e] = c.level[e]
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
	switch level := c.level[e] &^ pendingBit; level {
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
	c.keptLoad.Touch(int(e))
	c.load[e] = uint8(min(int(c.load[e])+int(c.rules.MoveLoad), 255))
	c.edgeSum += c.edgeTerm(e)
}

// sweep visits the edges whose turn it is at this tick: their level follows
// their load, with hysteresis, and their load decays. Every edge has its turn
// once in SweepTicks, so no list of loaded edges is kept; eight edges without
// load or level are passed by two reads. changed is how many weights have
// changed at this tick already.
func (c *Core) sweep(changed int) {
	turns, turn := uint64(c.rules.SweepTicks), c.clock%uint64(c.rules.SweepTicks)
	edges := uint64(len(c.load))
	e, end := uint32(edges*turn/turns), uint32(edges*(turn+1)/turns)
	for e < end {
		if e+8 <= end && le64(c.load[e:])|le64(c.level[e:])&^pendingBits == 0 {
			e += 8
			continue
		}
		if c.load[e]|c.level[e]&^pendingBit != 0 {
			c.edgeSum -= c.edgeTerm(e)
			if c.relevel(e, changed) {
				changed++
			}
			c.keptLoad.Touch(int(e))
			c.load[e] -= uint8((uint(c.load[e]) + 1<<c.rules.DecayShift - 1) >> c.rules.DecayShift)
			c.edgeSum += c.edgeTerm(e)
		}
		e++
	}
}

const pendingBits = pendingBit * 0x0101010101010101

// relevel moves the edge's level to where its load wants it and releases the
// delta. Where the lists are full the level waits for a later sweep; a weight
// that was set stays.
func (c *Core) relevel(e uint32, changed int) bool {
	was := c.level[e] &^ pendingBit
	if was >= overlay.Given {
		return false
	}
	now := c.wanted(c.load[e], was)
	if now == was || changed == maxDeltasPerTick {
		return false
	}
	if c.level[e]&pendingBit == 0 {
		if len(c.pending) == maxPending {
			return false
		}
		c.pending = append(c.pending, e)
	}
	c.keptLevel.Touch(int(e))
	c.level[e] = now | pendingBit
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
		c.keptLevel.Touch(int(e))
		c.keptCut.Touch(int(e))
		c.level[e] &^= pendingBit
		c.cut[e] = c.level[e]
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
	for e := range uint32(len(c.level)) {
		if c.level[e]&^pendingBit != 0 && c.liveWeight(e) != c.topo.Base[e] {
			fn(c.topo.FirstEdge+codec.EdgeID(e), codec.Weight(c.liveWeight(e)))
		}
	}
}

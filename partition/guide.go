package partition

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// guide leads players to one goal.
type guide struct {
	field  *overlay.Field // nil: none; hints lead nowhere until there is one
	cut    codec.Tick     // the refresh that it is exact for
	wanted bool           // players of this partition are led there
	lost   bool           // the field had no value at the node asked for last
	asked  uint8          // for how many cuts more somebody asks for ways there
}

// HintAge is how many ticks ago the refresh was that hints to the nearest
// treasure are exact for, and Lost how often hints had to be given up between
// two refreshes, because more weights changed than maxKept. Neither is state.
func (c *Core) HintAge() codec.Tick { return c.tick - min(c.tick, c.guides[codec.Nearest].cut) }
func (c *Core) Lost() int           { return c.lost }

// nextGoal is a goal whose field is not of the last refresh.
func (c *Core) nextGoal() (goal codec.GoalID, ok bool) {
	for g := range c.guides[:1+c.goals] {
		if l := &c.guides[g]; (g == 0 || l.wanted) && (l.field == nil || l.cut != c.cutTick) {
			return codec.GoalID(g), true
		}
	}
	return 0, false
}

// want begins a field for a goal that no player here had.
func (c *Core) want(goal codec.GoalID) {
	c.guides[goal].wanted = true
	if c.leading && c.stage == current {
		c.startGoal()
	}
}

// recount finds the goals that the players here are led to, or that somebody
// asked for of late, who may be led there from another partition.
func (c *Core) recount() {
	for g := range c.guides {
		l := &c.guides[g]
		if l.wanted = l.asked > 0; l.wanted {
			l.asked--
		}
	}
	for i := range c.players {
		c.guides[c.players[i].goal].wanted = true
	}
}

// unguide gives all fields up, or only those of earlier refreshes.
func (c *Core) unguide(all bool) {
	for g := range c.guides {
		if l := &c.guides[g]; all || l.cut != c.cutTick {
			l.field, l.cut = nil, 0
		}
	}
}

// spare is a field that no goal has.
func (c *Core) spare() *overlay.Field {
	for i := 0; ; i++ {
		f, free := c.overlay.Field(i), true
		for g := range c.guides {
			free = free && c.guides[g].field != f
		}
		if free {
			return f
		}
	}
}

// aim begins a field towards a goal inside the partition: the treasures that
// were open at the cut, or a named node.
func (c *Core) aim(f *overlay.Field, goal codec.GoalID) {
	c.overlay.Begin(f, c.guides[goal].field)
	if goal != codec.Nearest {
		if node, inside := c.goalNode(goal); inside {
			c.overlay.Target(f, overlay.Goal{Node: node, Number: uint16(codec.NoTreasure)})
		}
		return
	}
	for i := range c.treasures {
		if t := &c.treasures[i]; t.openAt(c.cutTick) {
			c.overlay.Target(f, overlay.Goal{Node: t.node, Number: uint16(c.treasureID(i))})
		}
	}
}

// goalNode is a named goal's node, or false if another partition has it.
func (c *Core) goalNode(goal codec.GoalID) (node uint32, inside bool) {
	node = uint32(c.rules.Goals[goal-1].Node - c.topo.FirstNode)
	return node, node < uint32(c.topo.nodes())
}

// keep makes the fields of the cut before independent of an edge that is about
// to change: it is read only by searches of the cells that hold it, so they are
// made final at its tail, and the hint there, the only one that looks at the
// edge's weight, is kept. Where there is no room the fields are given up, and
// hints lead nowhere until those of the last refresh are done.
func (c *Core) keep(e uint32) {
	tail := c.overlay.Tail(e)
	lo, _ := c.topo.out(tail)
	for g := range c.guides[:1+c.goals] {
		if c.guides[g].field == nil {
			continue
		}
		if via, ok := c.via(codec.GoalID(g), tail); ok && !c.kept.add(codec.GoalID(g), tail, via-lo) {
			c.unguide(true)
			c.lost++
			return
		}
	}
}

// via is the edge that hints take from a node to a goal that has a field, which
// it makes final there. There is none at the goal, where no way leads to it, and
// where the field cannot be made final any more: then the node has no value.
func (c *Core) via(goal codec.GoalID, node uint32) (edge uint32, ok bool) {
	l := &c.guides[goal]
	if l.lost = !c.overlay.Refine(l.field, &c.search, node); l.lost {
		return 0, false
	}
	if l.cut != c.cutTick {
		if k, ok := c.kept.at(goal, node); ok {
			lo, _ := c.topo.out(node)
			return lo + k, true
		}
	}
	return c.overlay.Next(l.field, node)
}

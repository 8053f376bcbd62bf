package partition

import (
	"math"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// routes is what hints are read from: the overlay and two fields over it. All
// of it is derived: no logical state depends on it, nor on how far it has come.
//
// After a refresh the overlay is brought to the new weights edge by edge, then a
// field is found for the new cut, all in slices. Until that is done hints come
// from the field of the cut before. It stays exact although the overlay changes
// under it: an edge is read only by searches of the cells that hold it, and
// before it changes the old field is made final there, and the hint at its tail,
// the only one that looks at its weight, is kept.
type routes struct {
	overlay *overlay.Overlay
	search  overlay.Search
	leading bool           // hints are kept up; off while records are replayed
	built   bool           // the overlay was built at all
	hints   *overlay.Field // the field that hints are read from, or nil
	hintCut codec.Tick
	stage   stage
	done    int // repairs begun
	warmed  int // players for whom the next field is final
	slice   int // what to do of it at a tick: updatePerTick, but in tests
}

// stage is how far the way to a new cut has come.
type stage uint8

const (
	current   stage = iota // hints are of the last refresh
	repairing              // the overlay is brought to its weights
	rising                 // its field is found
	warming                // and made final where players stand
)

// Lead makes the partition keep the hierarchy that hints are read from; until
// then, while records are replayed, it answers without hints.
func (c *Core) Lead() {
	c.leading = true
	c.align()
	if c.round > 0 {
		c.hints, c.stage = nil, repairing
		c.repairs, c.done = c.repairs[:0], 0
		c.catchUp()
	}
}

// align brings the overlay to the weights as of the cut, whatever they were.
func (c *Core) align() {
	differ := 0
	for e := range uint32(c.topo.edges()) {
		if c.overlay.Level(e) != c.cut[e] {
			differ++
		}
	}
	if !c.built || differ > c.topo.edges()/rebuildShare {
		c.overlay.Rebuild(&c.search, func(e uint32) uint8 {
			if c.cut[e] == overlay.Given {
				return 0
			}
			return c.cut[e]
		})
		c.built = true
	} else {
		for e := range uint32(c.topo.edges()) {
			if c.cut[e] != overlay.Given {
				c.bring(e)
			}
		}
	}
	for _, g := range c.given { // last, so that those of old have left their room
		if g.cut != 0 {
			c.bring(g.edge)
		}
	}
	for !c.overlay.Step(&c.search) {
	}
}

// outdate says that a refresh has changed the weights of the edges in repairs.
func (c *Core) outdate() { c.stage, c.done = repairing, 0 }

// catchUp brings the hints up to the cut at once.
func (c *Core) catchUp() { c.follow(math.MaxInt) }

// follow does a slice of what brings the hints up to the cut: about so much as
// it takes to settle that many points.
func (c *Core) follow(budget int) {
	for began := c.search.Work; c.stage != current && c.search.Work-began < budget; {
		switch {
		case c.stage == rising:
			if c.overlay.Rise(c.other(), &c.search) {
				c.stage, c.warmed = warming, 0
			}
		case c.stage == warming:
			if c.warm() {
				c.hints, c.hintCut, c.stage = c.other(), c.cutTick, current
				c.forget()
			}
		case !c.overlay.Step(&c.search): // more of the repair under way
		case c.done < len(c.repairs):
			e := c.repairs[c.done]
			c.keep(e)
			c.bring(e)
			c.done++
		default:
			c.aim(c.other())
			c.stage = rising
		}
	}
}

// warm makes the next field final for one more player, so that moves do not have
// to, and reports whether that was the last one. Players that come and go
// meanwhile may be passed over; their moves refine what they need.
func (c *Core) warm() (done bool) {
	if c.warmed < len(c.players) {
		c.overlay.Refine(c.other(), &c.search, c.players[c.warmed].node)
		c.warmed++
		c.search.Work++ // where the field is final already
	}
	return c.warmed >= len(c.players)
}

// Work does a slice of what brings hints up to the last refresh, about as much
// as it takes to settle that many points, and reports whether more is left; with
// 0 it only reports. Whoever calls it drives that work: ticks do none any more.
func (c *Core) Work(budget int) (more bool) {
	c.slice = 0
	if !c.leading {
		return false
	}
	c.follow(budget)
	return c.stage != current
}

// other is the field that hints are not read from.
func (c *Core) other() *overlay.Field {
	if c.hints == c.overlay.Field(0) {
		return c.overlay.Field(1)
	}
	return c.overlay.Field(0)
}

// aim begins a field towards the treasures that were open at the cut.
func (c *Core) aim(f *overlay.Field) {
	c.overlay.Begin(f, c.hints)
	for i := range c.treasures {
		if t := &c.treasures[i]; t.openAt(c.cutTick) {
			c.overlay.Target(f, overlay.Goal{Node: t.node, Number: uint16(i)})
		}
	}
}

// keep makes the old field independent of an edge that is about to change.
func (c *Core) keep(e uint32) {
	if c.hints == nil {
		return
	}
	tail := c.overlay.Tail(e)
	if c.kept[tail] == 0 {
		if via, ok := c.via(tail); ok {
			lo, _ := c.topo.out(tail)
			c.kept[tail] = uint16(via - lo + 1)
		}
	}
}

// forget drops the hints that were kept for the old field.
func (c *Core) forget() {
	for _, e := range c.repairs[:c.done] {
		c.kept[c.overlay.Tail(e)] = 0
	}
}

// via is the edge that hints take from a node; it makes the field final there.
func (c *Core) via(node uint32) (edge uint32, ok bool) {
	c.overlay.Refine(c.hints, &c.search, node)
	if k := c.kept[node]; k > 0 {
		lo, _ := c.topo.out(node)
		return lo + uint32(k) - 1, true
	}
	return c.overlay.Next(c.hints, node)
}

// Build builds the hierarchy, which Lead and Distance otherwise do when it is
// first needed: seconds for a million edges. Later it brings it to the cut at once.
func (c *Core) Build() {
	if !c.built {
		c.align()
	}
	c.catchUp()
}

// Distance is the length of the shortest way between two nodes of the
// partition, as of the cut, by the engine's own search. It ends what is under
// way, so it is for checks, not for a partition that is played in; one that
// does not lead knows only the weights as of Build.
func (c *Core) Distance(from, to codec.NodeID) codec.Distance {
	c.Build()
	c.hints, c.stage = nil, current
	f := c.overlay.Field(0)
	c.overlay.Aim(f, &c.search, []overlay.Goal{{Node: uint32(to - c.topo.FirstNode)}})
	c.overlay.Refine(f, &c.search, uint32(from-c.topo.FirstNode))
	dist, _ := c.overlay.At(f, uint32(from-c.topo.FirstNode))
	return codec.Distance(dist)
}

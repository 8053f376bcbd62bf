package partition

import (
	"math"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// routes is what hints are read from: the overlay and fields over it, one for
// each goal that players have. All of it is derived: no logical state depends
// on it, nor on how far it has come.
//
// After a refresh the overlay is brought to the new weights edge by edge, then
// fields are found for the new cut, all in slices. Until that is done hints come
// from the fields of the cut before, which stay exact although the overlay
// changes under them (keep). A partition with borders measures what the
// coordinator has to know, waits for the values beyond, and waits again until
// all partitions have theirs.
type routes struct {
	overlay *overlay.Overlay
	search  overlay.Search
	leading bool // hints are kept up; off while records are replayed
	built   bool // the overlay was built at all
	guides  [1 + codec.MaxGoals]guide
	stage   stage
	goal    codec.GoalID   // in hand
	field   *overlay.Field // its next field
	counted int            // repairs that the overlay expects
	done    int            // repairs begun
	lost    int            // times that the fields of the cut before were given up
	warmed  int            // players for whom it is final
	slice   int            // what to do of it at a tick: updatePerTick, but in tests and under an actor
}

// stage is how far the way to a new cut has come.
type stage uint8

const (
	current   stage = iota // hints are of the last refresh
	repairing              // the overlay is brought to its weights
	measuring              // how far the goals in the partition are from its border points
	waiting                // for the values beyond the border
	rising                 // a goal's field is found
	settling               // with the values beyond the border
	warming                // and made final where players stand
	ready                  // hints wait for all partitions
)

// Lead makes the partition keep the hierarchy that hints are read from; until
// then, while records are replayed, it answers without hints.
func (c *Core) Lead() {
	c.leading = true
	c.align()
	if c.round > 0 {
		c.unguide(true)
		c.recount()
		c.startRepairs(nil)
		c.catchUp()
	}
}

// align brings the overlay to the weights as of the cut, whatever they were.
func (c *Core) align() {
	if !c.built {
		c.overlay.Rebuild(&c.search, func(e uint32) uint8 {
			if c.edges[e].Cut == overlay.Given {
				return 0
			}
			return c.edges[e].Cut
		})
		c.built = true
	}
	c.behind(c.overlay.Expect)
	c.overlay.Plan()
	c.behind(c.bring)
	for !c.overlay.Step(&c.search) {
	}
	for !c.overlay.Mend(&c.search) {
	}
}

// behind calls fn with every edge of which the overlay may have another weight than
// the cut. Weights of an edge's own come last, so that those of old have left their room.
func (c *Core) behind(fn func(e uint32)) {
	for e := range uint32(c.topo.edges()) {
		if cut := c.edges[e].Cut; cut != overlay.Given && cut != c.overlay.Level(e) {
			fn(e)
		}
	}
	for _, g := range c.given {
		if g.cut != 0 {
			fn(g.edge)
		}
	}
}

// Work does a slice of what brings hints up to the last refresh, about as much
// as it takes to settle that many points, and reports whether more is left that
// needs no input; with 0 it only reports. Whoever calls it drives that work:
// ticks do none any more.
func (c *Core) Work(budget int) (more bool) {
	c.slice = 0
	if !c.leading {
		return false
	}
	return c.follow(budget)
}

// catchUp does all that needs no input.
func (c *Core) catchUp() { c.follow(math.MaxInt) }

// follow does a slice, and reports whether more is left that needs no input.
func (c *Core) follow(budget int) (more bool) {
	for began := c.search.Work; !c.stuck(); {
		if c.search.Work-began >= budget {
			return true
		}
		c.advance()
	}
	return false
}

// stuck reports whether nothing can be done before an input comes.
func (c *Core) stuck() bool {
	switch c.stage {
	case current:
		return true
	case waiting:
		return !c.prepared
	case ready:
		return !c.switched
	}
	return false
}

// advance does the next piece.
func (c *Core) advance() {
	switch c.stage {
	case repairing:
		c.repairNext()
	case measuring:
		c.measureNext()
	case waiting: // with the nearest treasure's field, which has risen
		c.enter()
	case rising:
		if c.overlay.Rise(c.field, &c.search) {
			c.enter()
		}
	case settling:
		if c.overlay.Settle(c.field, &c.search) {
			c.stage, c.warmed = warming, 0
		}
	case warming:
		if c.warm() {
			c.stage = ready
		}
	case ready:
		l := &c.guides[c.goal]
		l.field, l.cut, c.field = c.field, c.cutTick, nil
		c.startGoal()
	}
}

// enter goes on with the values beyond the border, if there is one.
func (c *Core) enter() {
	c.stage = settling
	if c.bordered() {
		c.overlay.Enter(c.field, c.beyondOf(c.goal))
	}
}

// warm makes the next field final for one more player, so that moves do not have
// to, and reports whether that was the last one. Players that come and go
// meanwhile may be passed over; their moves refine what they need.
func (c *Core) warm() (done bool) {
	if c.warmed < len(c.players) {
		if p := &c.players[c.warmed]; p.goal == c.goal {
			c.overlay.Refine(c.field, &c.search, p.node)
		}
		c.warmed++
		c.search.Work++ // where the field is final already
	}
	return c.warmed >= len(c.players)
}

// abandon gives up all fields: the treasures that they lead to are void.
func (c *Core) abandon() {
	for c.stage == repairing {
		c.repairNext()
	}
	c.unguide(true)
	c.kept.clear()
	c.stage = current
}

// outdate follows a refresh that has changed the weights of some edges. What
// the last one left to do and needs no input is done first.
func (c *Core) outdate(edges []uint32) {
	if c.switched {
		c.catchUp()
	}
	for c.stage == repairing {
		c.repairNext()
	}
	c.startRepairs(edges)
	c.recount()
}

// startRepairs begins to bring the overlay to the cut, of which these edges differ.
func (c *Core) startRepairs(edges []uint32) {
	c.repairs, c.counted, c.done, c.stage = append(c.repairs[:0], edges...), 0, 0, repairing
}

// repairNext makes the next repair; after the last one the fields begin.
func (c *Core) repairNext() {
	switch {
	case !c.overlay.Step(&c.search): // more of the repair under way
	case c.counted < len(c.repairs):
		c.expectNext()
	case c.done < len(c.repairs):
		e := c.repairs[c.done]
		c.keep(e)
		c.bring(e)
		c.search.Work += workPerChange
		c.done++
	case !c.overlay.Mend(&c.search):
	case c.bordered():
		c.goal, c.stage = codec.GoalID(c.goals), measuring
		c.field = c.spare()
		c.aim(c.field, c.goal)
	default:
		c.startGoal()
	}
}

// expectNext tells the overlay of some more changes to come.
func (c *Core) expectNext() {
	some := c.repairs[c.counted:min(c.counted+countedPerWork, len(c.repairs))]
	for _, e := range some {
		c.overlay.Expect(e)
	}
	c.search.Work += workPerCount * len(some)
	if c.counted += len(some); c.counted == len(c.repairs) {
		c.overlay.Plan()
	}
}

// measureNext measures the goals from the last to the nearest treasure, whose
// field then goes on.
func (c *Core) measureNext() {
	if !c.overlay.Rise(c.field, &c.search) {
		return
	}
	n := len(c.overlay.Border())
	row := c.inside[int(c.goal)*n:][:n]
	for i := range row {
		row[i].Dist, row[i].Number = c.overlay.BorderValue(c.field, i)
	}
	if c.goal == codec.Nearest {
		c.stage = waiting
		return
	}
	c.goal--
	c.aim(c.field, c.goal)
}

// startGoal begins the next goal's field; after the last one nothing is left of
// the cut before.
func (c *Core) startGoal() {
	goal, more := c.nextGoal()
	if !more {
		c.stage = current
		c.unguide(false)
		c.kept.clear()
		return
	}
	c.goal, c.field, c.stage = goal, c.spare(), rising
	c.aim(c.field, goal)
}

// Build builds the hierarchy, which Lead and Distance otherwise do when it is
// first needed: seconds for a million edges. Later it brings it to the cut at once.
func (c *Core) Build() {
	if !c.built || !c.leading {
		c.align()
	}
	c.catchUp()
}

// Distance is the length of the shortest way between two nodes of the
// partition, as of the cut, by the engine's own search. It ends what is under
// way, so it is for checks, not for a partition that is played in; one that
// does not lead knows only the weights as of Build.
func (c *Core) Distance(from, to codec.NodeID) codec.Distance {
	if !c.built {
		c.Build()
	}
	c.catchUp()
	c.unguide(true)
	c.stage = current
	f := c.overlay.Field(0)
	c.overlay.Aim(f, &c.search, []overlay.Goal{{Node: uint32(to - c.topo.FirstNode)}})
	c.overlay.Refine(f, &c.search, uint32(from-c.topo.FirstNode))
	dist, _ := c.overlay.At(f, uint32(from-c.topo.FirstNode))
	return codec.Distance(dist)
}

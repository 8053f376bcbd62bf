package partition

import "github.com/huntgraph/huntgraph/codec"

// Core is one partition: its shard, its arena, and the few scalars between.
// It is owned by one goroutine.
type Core struct {
	shard
	topo  Topology
	rules codec.Rules
	Arena *Arena

	// logical state, with the shard's
	round   codec.Round
	tick    codec.Tick // the last boundary passed in the round
	clock   uint64     // boundaries passed since the hunt began
	seed    uint64     // the round's
	deltas  codec.DeltaSeq
	cutTick codec.Tick // the tick of the last refresh

	sum    uint64 // the hash's terms, kept up to date
	opened int    // treasures opened so far; follows from the tick
	idleAt int    // where the look for idle players goes on; not state

	search  search
	leading bool   // fields are kept; off while records are replayed
	hints   *field // the field that hints are read from
	hintCut codec.Tick

	out    int  // bytes in the outbox
	sealed bool // the tick is over: the next input starts a new outbox
}

// New builds a partition in round 0, before its first BeginRound. mem must be
// zero, aligned to 8 bytes and at least MemorySize long; it and the arena
// belong to the Core from now on.
func New(topo Topology, rules codec.Rules, mem []byte, arena *Arena) (*Core, error) {
	if err := CheckRules(rules); err != nil {
		return nil, err
	}
	if err := topo.check(rules); err != nil {
		return nil, err
	}
	if _, err := MemorySize(&topo); err != nil {
		return nil, err
	}
	s, err := carve(mem, topo.nodes(), topo.edges())
	if err != nil {
		return nil, err
	}
	s.turn(&topo)
	c := &Core{shard: s, topo: topo, rules: rules, Arena: arena}
	c.search.labels = arena.labels[:]
	return c, nil
}

// Round, TickNow, Players, Deltas, Topology and Rules are what the state names.
func (c *Core) Round() codec.Round           { return c.round }
func (c *Core) TickNow() codec.Tick          { return c.tick } // the last boundary passed in the round
func (c *Core) Players() int                 { return len(c.players) }
func (c *Core) Deltas() codec.DeltaSeq       { return c.deltas } // the last weight change
func (c *Core) Clock() uint64                { return c.clock }  // boundaries passed since the hunt began
func (c *Core) Topology() *Topology          { return &c.topo }
func (c *Core) Rules() codec.Rules           { return c.rules }
func (c *Core) RoundOver() bool              { return uint32(c.tick) >= c.rules.RoundTicks || c.round == 0 }
func (c *Core) now() codec.Tick              { return c.tick + 1 } // the tick that an input belongs to
func (c *Core) nodeID(n uint32) codec.NodeID { return c.topo.FirstNode + codec.NodeID(n) }

// BeginRound starts a round with its seed: scores and treasures start anew;
// players, loads and weights go on. The round before must be over.
func (c *Core) BeginRound(round codec.Round, seed uint64) {
	if !c.RoundOver() || round != c.round+1 {
		panic("partition: a round begins before the one before it is over")
	}
	c.startOutbox()
	c.round, c.seed, c.tick = round, seed, 0
	for i := range c.players {
		c.players[i].score = 0
		c.rehash(&c.players[i])
	}
	emit(c, codec.Event{Kind: codec.EventRoundStarted, Round: round, Value: seed})
	c.place()
	c.open()
	c.refresh()
	if c.leading {
		c.findAll()
	}
	c.sealed = true
}

// Lead makes the partition keep the fields that hints are read from; until
// then, while records are replayed, it answers without hints.
func (c *Core) Lead() {
	c.leading = true
	if c.round > 0 {
		c.findAll()
	}
}

// find starts the search for a new field, over the treasures open at the cut.
func (c *Core) find() {
	into := &c.fields[0]
	if c.hints == into {
		into = &c.fields[1]
	}
	c.search.start(into)
	for i := range c.treasures {
		if c.treasures[i].openAt(c.cutTick) {
			c.search.source(c.treasures[i].node, uint16(i))
		}
	}
}

// findAll brings the field up to the cut at once.
func (c *Core) findAll() {
	c.find()
	c.follow(c.topo.nodes() + 1)
}

// follow goes on with the search and, when it is done, switches the hints over.
func (c *Core) follow(budget int) {
	if c.search.running && c.advance(budget, noTarget) {
		c.hints, c.hintCut = c.search.into, c.cutTick
	}
}

const noTarget = ^uint32(0)

// searchBudget is how many nodes to settle at each tick.
func (c *Core) searchBudget() int {
	return max(searchPerTick, 2*c.topo.nodes()/int(c.rules.RefreshTicks)+1)
}

// Distance is the length of the shortest way between two nodes of the
// partition, as of the cut, by the engine's own search: O(edges log nodes). It
// ends a search that is under way, so it is for checks, not for a partition
// that leads.
func (c *Core) Distance(from, to codec.NodeID) codec.Distance {
	start, goal := uint32(from-c.topo.FirstNode), uint32(to-c.topo.FirstNode)
	into := &c.fields[0]
	c.hints = nil
	c.search.start(into)
	c.search.source(goal, 0)
	c.advance(c.topo.nodes()+1, start)
	c.search.running = false
	return codec.Distance(into.dist[start])
}

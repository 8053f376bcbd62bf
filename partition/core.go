package partition

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

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
	seed    codec.Seed // the round's
	deltas  codec.DeltaSeq
	cutTick codec.Tick // the tick of the last refresh
	cuts

	edgeSum uint64 // the hash's terms of edges, kept up to date: a fork's are its own
	sum     uint64 // all others
	lots           // follow from the seed
	drum    drum   // of place
	goals   int    // named goals of the rules
	opened  int    // treasures opened so far; follows from the tick
	idleAt  int    // where the look for idle players goes on; not state
	seats   int    // MaxPlayers, but in tests

	routes
	forks

	out    int  // bytes in the outbox
	sealed bool // the tick is over: the next input starts a new outbox

	settling bool // see Settle
}

// New builds a partition in round 0, before its first BeginRound. mem must be
// zero, aligned to 8 bytes and at least MemorySize long; it and the arena
// belong to the Core from now on.
func New(topo Topology, rules codec.Rules, mem []byte, arena *Arena) (*Core, error) {
	if err := CheckRules(rules); err != nil {
		return nil, err
	}
	if err := topo.check(); err != nil {
		return nil, err
	}
	shape, err := topo.shape(rules)
	if err != nil {
		return nil, err
	}
	fields := fieldsFor(rules)
	s, err := carve(mem, sizesOf(&topo, shape, rules, shape.Size(fields)))
	if err != nil {
		return nil, err
	}
	c := &Core{shard: s, topo: topo, rules: rules, goals: rules.GoalCount(), Arena: arena, seats: MaxPlayers}
	c.search.Init(&arena.search)
	c.slice = updatePerTick
	if c.overlay, err = overlay.New(shape, fields, s.hierarchy); err != nil {
		return nil, err
	}
	c.edges, c.tables = c.overlay.Edges, c.overlay.Kept()
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

// BeginRound starts a round with its seed: treasures start anew;
// players, loads and weights go on. The round before must be over.
func (c *Core) BeginRound(round codec.Round, seed codec.Seed) {
	if !c.RoundOver() || round != c.round+1 {
		panic("partition: a round begins before the one before it is over")
	}
	c.startOutbox()
	c.round, c.seed, c.tick = round, seed, 0
	emit(c, codec.Event{Kind: codec.EventRoundStarted, Round: round, Seed: seed})
	c.place()
	c.open()
	if c.leading {
		c.abandon()
	}
	c.refresh()
	if c.leading && !c.bordered() {
		c.catchUp()
	}
	c.sealed = true
}

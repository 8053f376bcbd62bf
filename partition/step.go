package partition

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// Step applies one input. Any other result than CodeOK means that nothing
// changed and that the input must not be journaled. Between two rounds nothing
// is taken. Ticks have a function of their own.
func (c *Core) Step(in *codec.Input) codec.Code {
	c.startOutbox()
	if c.out > outboxSize-tickReserve-maxStepFrames || c.RoundOver() {
		return codec.CodeNotNow
	}
	switch in.Kind {
	case codec.InputJoin:
		return c.join(in)
	case codec.InputBorder:
		return c.border(in)
	case codec.InputPrepared:
		return c.prepare(in)
	case codec.InputSwitched:
		return c.switchTo(in)
	case codec.InputArrive:
		return c.arrive(in)
	case codec.InputHanded:
		return c.handed(in)
	case codec.InputWeight:
		return c.order(in)
	}
	p := c.row(in.Player)
	if p == nil {
		return c.missed(in)
	}
	switch in.Kind {
	case codec.InputMove:
		return c.move(p, in)
	case codec.InputLeave:
		return c.drop(p)
	case codec.InputExpire:
		if !c.idle(p) {
			return codec.CodeTooSoon
		}
		return c.drop(p)
	}
	panic("partition: step of an input that is neither a player's nor an event")
}

// missed answers for a player that is not here. One that is on its way may ask
// again about the move that took it away.
func (c *Core) missed(in *codec.Input) codec.Code {
	h := c.underWay(in.Player)
	switch {
	case h == nil:
		return codec.CodeUnknownPlayer
	case in.Kind == codec.InputMove && in.Seq <= h.seq:
		return codec.CodeStale
	}
	return codec.CodeAway
}

// row is the player's, or nil.
func (c *Core) row(id codec.PlayerID) *player {
	row := c.lookup(id)
	if row < 0 {
		return nil
	}
	return &c.players[row]
}

// join puts a player on its spawn point; one that is here already goes on. It is
// led to the goal from now on, and gets the treasure that lies open where it is: no
// hint leads to where a player stands. A player spawns at its home only, and not while it is abroad (I7).
func (c *Core) join(in *codec.Input) codec.Code {
	if int(in.Goal) > c.goals {
		return codec.CodeNoSuchGoal
	}
	p := c.row(in.Player)
	if p == nil {
		switch {
		case c.underWay(in.Player) != nil, c.isAbroad(in.Player):
			return codec.CodeAway
		case !c.home(in.Player):
			return codec.CodeUnknownPlayer
		case c.reserved() >= c.seats:
			return codec.CodeTableFull
		}
		node := c.topo.mainNode(pick(mix(keySpawn^c.spawn, uint64(in.Player)), c.topo.Main))
		p = &c.players[c.insert(player{id: in.Player, node: node})]
	}
	p.name, p.goal, p.active = in.Name, in.Goal, c.clock
	c.rehash(p)
	emit(c, codec.Event{
		Kind: codec.EventPlayerJoined, Round: c.round, Tick: c.now(),
		Player: p.id, Node: c.nodeID(p.node), Name: p.name,
	})
	c.claim(p)
	return codec.CodeOK
}

// Repeats reports whether a join changes nothing that anybody sees: the player is
// here under that name, is led to that goal, and was active not long ago. It is
// answered without being applied or journaled, so that asking where one is costs
// no record. One in every part of the idle time is applied: it shows that the
// player is there.
func (c *Core) Repeats(in *codec.Input) bool {
	if in.Kind != codec.InputJoin || c.RoundOver() {
		return false
	}
	p := c.row(in.Player)
	return p != nil && p.name == in.Name && p.goal == in.Goal && c.clock-p.active < uint64(c.rules.IdleTicks)/renewals &&
		c.openOn(p.node) < 0
}

// Present is the input that shows that a player is there; false: it is not here. It
// joins again as it is, so it changes nothing but when it was last active.
func (c *Core) Present(id codec.PlayerID) (codec.Input, bool) {
	p := c.row(id)
	if p == nil {
		return codec.Input{}, false
	}
	return codec.Input{Kind: codec.InputJoin, Player: id, Name: p.name, Goal: p.goal}, true
}

// move takes a player along an edge. The sequence is looked at first, so that
// a retry of an applied move is told so whatever has changed since.
func (c *Core) move(p *player, in *codec.Input) codec.Code {
	if in.Seq != p.seq+1 {
		if in.Seq > p.seq {
			return codec.CodeSkipped
		}
		return codec.CodeStale
	}
	e := uint32(in.Edge - c.topo.FirstEdge)
	if lo, hi := c.topo.out(p.node); e < lo || e >= hi {
		return codec.CodeNoSuchEdge
	}
	if c.edges[e].Level&^pendingBit == overlay.Closed {
		return codec.CodeBlocked
	}
	head, inside := c.topo.head(e)
	allowed := max(p.allowed, c.clock) + uint64(c.rules.MoveTicks)
	if allowed > c.clock+uint64(c.rules.MoveTicks)*uint64(c.rules.MoveBurst) {
		return codec.CodeTooFast
	}
	if !inside {
		return c.depart(p, in.Seq, e, allowed)
	}
	p.node, p.seq, p.allowed, p.active = head, in.Seq, allowed, c.clock
	c.addLoad(e)
	emit(c, codec.Event{
		Kind: codec.EventPlayerMoved, Round: c.round, Tick: c.now(),
		Player: p.id, Node: c.nodeID(head),
	})
	c.claim(p)
	c.rehash(p)
	return codec.CodeOK
}

// depart takes a player over a border. Its row stays where it was: it comes
// back there if the other partition has no room.
func (c *Core) depart(p *player, seq codec.MoveSeq, e uint32, allowed uint64) codec.Code {
	target := codec.NodeID(c.topo.Head[e])
	if c.topo.partitions() < 2 {
		return codec.CodeBorder
	}
	to := c.topo.owner(target)
	if !c.mayHand(p.id, to) {
		return codec.CodeNotNow
	}
	p.seq, p.allowed = seq, allowed
	c.addLoad(e)
	emit(c, codec.Event{
		Kind: codec.EventPlayerDeparted, Round: c.round, Tick: c.now(), Player: p.id, Node: target,
	})
	c.hand(p, to, target, false)
	return codec.CodeOK
}

// drop takes a player out of the hunt; if it is abroad, its home is told.
func (c *Core) drop(p *player) codec.Code {
	home := Home(p.id, c.topo.partitions())
	if !c.home(p.id) && !c.mayHand(p.id, home) {
		return codec.CodeNotNow
	}
	emit(c, codec.Event{Kind: codec.EventPlayerLeft, Round: c.round, Tick: c.now(), Player: p.id})
	if !c.home(p.id) {
		c.hand(p, home, codec.NoNode, true)
		return codec.CodeOK
	}
	c.sum -= p.hash
	c.remove(c.lookup(p.id))
	return codec.CodeOK
}

func (c *Core) idle(p *player) bool { return c.clock-p.active >= uint64(c.rules.IdleTicks) }

// NextIdle names a player that may be expired. A call looks at some of the
// table and goes on where the last one stopped; it is no part of the state, so
// whoever calls it journals an InputExpire.
func (c *Core) NextIdle() (codec.PlayerID, bool) {
	for range min(idleScan, len(c.players)) {
		c.idleAt = (c.idleAt + 1) % len(c.players)
		if p := &c.players[c.idleAt]; c.idle(p) {
			return p.id, true
		}
	}
	return 0, false
}

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
	case codec.InputWeight:
		return c.order(in)
	}
	p := c.row(in.Player)
	if p == nil {
		return codec.CodeUnknownPlayer
	}
	switch in.Kind {
	case codec.InputMove:
		return c.move(p, in)
	case codec.InputLeave:
		c.drop(p)
		return codec.CodeOK
	case codec.InputExpire:
		if !c.idle(p) {
			return codec.CodeTooSoon
		}
		c.drop(p)
		return codec.CodeOK
	}
	panic("partition: step of an input that is neither a player's nor an event")
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
// led to the goal from now on.
func (c *Core) join(in *codec.Input) codec.Code {
	if int(in.Goal) > c.goals {
		return codec.CodeNoSuchGoal
	}
	p := c.row(in.Player)
	if p == nil {
		if len(c.players) == MaxPlayers {
			return codec.CodeTableFull
		}
		node := c.topo.mainNode(pick(mix(keySpawn^c.seed, uint64(in.Player)), c.topo.Main))
		p = &c.players[c.insert(player{id: in.Player, node: node})]
	}
	p.name, p.goal, p.active = in.Name, in.Goal, c.clock
	c.rehash(p)
	emit(c, codec.Event{
		Kind: codec.EventPlayerJoined, Round: c.round, Tick: c.now(),
		Player: p.id, Node: c.nodeID(p.node), Name: p.name,
	})
	return codec.CodeOK
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
	if c.level[e]&^pendingBit == overlay.Closed {
		return codec.CodeBlocked
	}
	head, inside := c.topo.head(e)
	if !inside {
		return codec.CodeBorder
	}
	allowed := max(p.allowed, c.clock) + uint64(c.rules.MoveTicks)
	if allowed > c.clock+uint64(c.rules.MoveTicks)*uint64(c.rules.MoveBurst) {
		return codec.CodeTooFast
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

// drop takes a player out of the table.
func (c *Core) drop(p *player) {
	emit(c, codec.Event{Kind: codec.EventPlayerLeft, Round: c.round, Tick: c.now(), Player: p.id})
	c.sum -= p.hash
	c.remove(c.lookup(p.id))
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

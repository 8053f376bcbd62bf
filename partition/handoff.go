package partition

import (
	"math"

	"github.com/huntgraph/huntgraph/codec"
)

// How a player walks from partition A into partition B (I7).
//
//   - A journals the move over the border: the player leaves A's table for A's
//     hand-offs, under a number that counts the hand-offs from A to B. An Arrive
//     frame goes out when that record is durable, and again every repeatTicks
//     until it is answered.
//   - B journals the arrival and decides there and then: the player is in B's
//     table, or, if that is full, never will be by this hand. What was decided is
//     kept for the last 64 hands, so a copy is answered alike and changes nothing.
//     The answer goes out when B's record is durable.
//   - A journals the answer: the hand-off is forgotten, or the player is back where
//     it left from. A keeps a place for each, so there is room.
//
// Hands are taken in any order within the 64, so a lost frame holds up no other
// player: A gives out no hand while the 64th before it has no answer.
//
// The identity is the hand and not an index of A's journal: it is as durable,
// the core knows it, and 64 of them fit a word.
//
// A player spawns at its home only, the partition that its id names, and home
// remembers who is abroad: whatever a gateway believes, there is no second copy.
// Who leaves the hunt abroad is handed home as gone, in the same way.
type handoff struct {
	player // as it left: node is where it comes back to
	target codec.NodeID
	hand   codec.Hand
	rest   uint16 // ticks until its allowance was whole again
	to     codec.PartitionID
	gone   uint8 // 1: it left the hunt, to is its home
	_      [3]byte
}

// link is what lies between this partition and another one.
type link struct {
	given   codec.Hand // the last hand given out there
	taken   codec.Hand // the highest hand taken from there
	open    uint64     // bit i: hand given-i has no answer yet
	missing uint64     // bit i: hand taken-i did not come yet
	refused uint64     // bit i: hand taken-i found no room
}

// partitions is how many the hunt has.
func (t *Topology) partitions() int { return max(1, len(t.Parts)-1) }

// Home is the partition in which a player spawns.
func Home(id codec.PlayerID, partitions int) codec.PartitionID {
	return codec.PartitionID(uint64(id) % uint64(partitions))
}

// home reports whether the player spawns here. A topology without other
// partitions is every player's home.
func (c *Core) home(id codec.PlayerID) bool {
	return len(c.topo.Parts) == 0 || Home(id, c.topo.partitions()) == c.topo.Partition
}

// HandOffs is how many players are under way to other partitions.
func (c *Core) HandOffs() int { return len(c.away) }

// underWay is the player's hand-off, or nil.
func (c *Core) underWay(id codec.PlayerID) *handoff {
	for i := range c.away {
		if c.away[i].id == id {
			return &c.away[i]
		}
	}
	return nil
}

// reserved is how many places of the player table are taken.
func (c *Core) reserved() int { return len(c.players) + len(c.away) }

// mayHand reports whether there is room to hand a player over.
func (c *Core) mayHand(id codec.PlayerID, to codec.PartitionID) bool {
	return !c.settling && len(c.away) < maxHandoffs && c.links[to].open>>63 == 0 &&
		(!c.home(id) || len(c.abroad) < maxAbroad)
}

// hand takes a player out of the table to hand it over; mayHand was asked.
func (c *Core) hand(p *player, to codec.PartitionID, target codec.NodeID, gone bool) {
	l := &c.links[to]
	c.sum -= l.term(to)
	l.given++
	l.open = l.open<<1 | 1
	c.sum += l.term(to)
	h := handoff{
		player: *p, target: target, hand: l.given, to: to,
		rest: uint16(min(max(p.allowed, c.clock)-c.clock, math.MaxUint16)),
	}
	h.active = c.clock
	if gone {
		h.gone = 1
	}
	c.sum -= p.hash
	c.remove(c.lookup(p.id))
	c.addAway(h)
	if c.home(h.id) {
		c.goAbroad(h.id)
	}
	emit(c, h.letter(c.topo.Partition))
}

func (c *Core) addAway(h handoff) {
	h.hash = h.term()
	c.sum += h.hash
	c.away = append(c.away, h)
}

// letter is what hands the player over: the same bytes each time.
func (h *handoff) letter(from codec.PartitionID) codec.Arrive {
	return codec.Arrive{From: from, To: h.to, Handoff: codec.Handoff{
		Hand: h.hand, Gone: h.gone != 0, Player: h.id, Name: h.name, Goal: h.goal, Seq: h.seq,
		Rest: h.rest, Node: h.target,
	}}
}

// repeat releases again what was not answered for a while: of the hand-offs
// every repeatTicks-th, so that a tick has few and each has its turn. A row that
// takes another's place may wait longer, but only for rows that were answered.
func (c *Core) repeat() {
	for i := int(c.clock % repeatTicks); i < len(c.away); i += repeatTicks {
		if h := &c.away[i]; c.clock-h.active >= repeatTicks {
			emit(c, h.letter(c.topo.Partition))
		}
	}
}

// take decides about a hand. known: it was decided before.
func (l *link) take(hand codec.Hand) (known, lawful bool) {
	if hand > l.taken {
		ahead := hand - l.taken
		return false, ahead <= window && l.missing>>(window-ahead) == 0
	}
	behind := l.taken - hand
	if behind >= window {
		return false, false // it was answered long ago, so nobody asks
	}
	return l.missing>>behind&1 == 0, true
}

// decide notes what became of a hand that take called new and lawful.
func (l *link) decide(hand codec.Hand, refused bool) {
	if hand > l.taken {
		ahead := hand - l.taken
		l.missing = l.missing<<ahead | (1<<ahead - 1)
		l.refused <<= ahead
		l.taken = hand
	}
	bit := uint64(1) << (l.taken - hand)
	l.missing &^= bit
	if refused {
		l.refused |= bit
	}
}

// arrive takes a player that another partition hands over. CodeOK means that
// the hand was decided, which is journaled, and not that there was room. A copy
// of a hand is answered again and is CodeStale; what no partition that keeps the
// rules sends is CodeSkipped, without an answer.
func (c *Core) arrive(in *codec.Input) codec.Code {
	if int(in.Partition) >= len(c.links) || in.Partition == c.topo.Partition {
		return codec.CodeSkipped
	}
	l := &c.links[in.Partition]
	known, lawful := l.take(in.Hand)
	if !lawful {
		return codec.CodeSkipped
	}
	if known {
		c.answer(in, l.refused>>(l.taken-in.Hand)&1 != 0)
		return codec.CodeStale
	}
	refused := false
	if in.Gone {
		c.comeHome(in.Player)
	} else {
		if uint32(in.Node-c.topo.FirstNode) >= uint32(c.topo.nodes()) || int(in.Goal) > c.goals ||
			c.lookup(in.Player) >= 0 {
			return codec.CodeSkipped
		}
		if h := c.underWay(in.Player); h != nil {
			c.settle(h) // whoever comes back was taken there, though the answer is still on its way
		}
		if refused = c.reserved() >= c.seats; !refused {
			c.admit(in)
		}
	}
	c.sum -= l.term(in.Partition)
	l.decide(in.Hand, refused)
	c.sum += l.term(in.Partition)
	c.answer(in, refused)
	return codec.CodeOK
}

// admit puts an arrival in the table.
func (c *Core) admit(in *codec.Input) {
	p := &c.players[c.insert(player{
		id: in.Player, name: in.Name, goal: in.Goal, node: uint32(in.Node - c.topo.FirstNode), seq: in.Seq,
		allowed: c.clock + uint64(in.Rest), active: c.clock,
	})]
	c.comeHome(p.id)
	c.tell(codec.EventPlayerArrived, p)
	c.claim(p)
	c.rehash(p)
}

func (c *Core) answer(in *codec.Input, refused bool) {
	a := codec.Arrived{From: in.Partition, To: c.topo.Partition, Hand: in.Hand}
	if refused {
		a.Code = codec.CodeTableFull
	}
	emit(c, a)
}

// handed takes the answer to a hand-off.
func (c *Core) handed(in *codec.Input) codec.Code {
	for i := range c.away {
		if h := &c.away[i]; h.to == in.Partition && h.hand == in.Hand {
			row := *h
			c.settle(h)
			if in.Code != codec.CodeOK && row.gone == 0 {
				c.comeBack(&row)
			}
			return codec.CodeOK
		}
	}
	return codec.CodeStale
}

// settle forgets a hand-off that was answered; the last row takes its place.
func (c *Core) settle(h *handoff) {
	to, l := h.to, &c.links[h.to]
	c.sum -= l.term(to) + h.hash
	l.open &^= 1 << (l.given - h.hand)
	c.sum += l.term(to)
	last := len(c.away) - 1
	*h, c.away[last] = c.away[last], handoff{}
	c.away = c.away[:last]
}

// comeBack puts a player that was refused where it left from.
func (c *Core) comeBack(h *handoff) {
	p := &c.players[c.insert(h.player)]
	p.hash, p.active = 0, c.clock
	c.comeHome(p.id)
	c.tell(codec.EventPlayerReturned, p)
	c.rehash(p)
}

// tell releases where a player stands.
func (c *Core) tell(kind codec.EventKind, p *player) {
	emit(c, codec.Event{Kind: kind, Round: c.round, Tick: c.now(), Player: p.id, Node: c.nodeID(p.node)})
}

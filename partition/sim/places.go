package sim

import "github.com/huntgraph/huntgraph/codec"

// input follows players through the journals, in the order in which journals
// took their records: a hand-off leaves only when it is durable, so it is never
// taken before it was given (I6, I7).
func (j *judge) input(p codec.PartitionID, at codec.Index, in *codec.Input) {
	here := j.players[in.Player]
	switch in.Kind {
	case codec.InputJoin:
		j.join(p, at, in)
	case codec.InputMove, codec.InputLeave, codec.InputExpire:
		switch {
		case here == nil || here.away != nil || here.p != p:
			j.h.breaks("I7: partition %d, %v: player %d acts, and is not there", p, at, in.Player)
		case in.Kind == codec.InputMove:
			j.move(p, at, in, here)
		default:
			j.leave(p, in.Player, here)
		}
	case codec.InputArrive:
		j.arrive(p, at, in)
	case codec.InputHanded:
		id := handID{p, in.Partition, in.Hand}
		h := j.hands[id]
		switch {
		case h == nil || !h.taken || h.ended:
			j.h.breaks("I7: partition %d, %v: hand-off %v was answered, but not taken, or twice", p, at, id)
		case in.Code != codec.CodeOK:
			j.h.breaks("I7: partition %d, %v: hand-off %v was refused, though there was room", p, at, id)
		default:
			h.ended = true
		}
	}
}

func (j *judge) join(p codec.PartitionID, at codec.Index, in *codec.Input) {
	switch here := j.players[in.Player]; {
	case here == nil && j.h.home(in.Player) != p:
		j.h.breaks("I7: partition %d, %v: player %d spawns away from home", p, at, in.Player)
	case here == nil:
		j.players[in.Player] = &player{p: p, node: codec.NoNode}
	case here.away != nil || here.p != p:
		j.h.breaks("I7: partition %d, %v: player %d spawns, and is in partition %d or on its way", p, at, in.Player, here.p)
	}
}

func (j *judge) move(p codec.PartitionID, at codec.Index, in *codec.Input, here *player) {
	land := j.h.land
	tail, head := land.tail(in.Edge), codec.NodeID(land.head[in.Edge])
	switch {
	case in.Seq != here.seq+1:
		j.h.breaks("I6: partition %d, %v: player %d makes move %d after %d", p, at, in.Player, in.Seq, here.seq)
	case here.node != codec.NoNode && here.node != tail:
		j.h.breaks("I6: partition %d, %v: player %d moves from node %d and stands at %d", p, at, in.Player, tail, here.node)
	}
	j.h.Moves++
	j.moves[move{in.Player, in.Seq, head}] = true
	here.seq, here.node = in.Seq, head
	if to := land.owner(head); to != p {
		j.give(p, to, in.Player, here, false)
	}
}

// leave takes a player out of the hunt; abroad its home is told.
func (j *judge) leave(p codec.PartitionID, id codec.PlayerID, here *player) {
	if home := j.h.home(id); home != p {
		j.give(p, home, id, here, true)
		return
	}
	delete(j.players, id)
}

func (j *judge) give(from, to codec.PartitionID, id codec.PlayerID, here *player, gone bool) {
	l := &j.ledgers[from]
	l.given[to]++
	here.away = &hand{player: id, node: here.node, seq: here.seq, gone: gone}
	j.hands[handID{from, to, l.given[to]}] = here.away
	j.h.HandOffs++
}

func (j *judge) arrive(p codec.PartitionID, at codec.Index, in *codec.Input) {
	id := handID{in.Partition, p, in.Hand}
	h, here := j.hands[id], j.players[in.Player]
	switch {
	case h == nil || h.taken:
		j.h.breaks("I7: partition %d, %v: hand-off %v is taken twice, or was never given", p, at, id)
		return
	case h.player != in.Player || h.gone != in.Gone || !h.gone && (h.seq != in.Seq || h.node != in.Node):
		j.h.breaks("I7: partition %d, %v: hand-off %v brings player %d, move %d, to node %d; %d, move %d, to node %d left",
			p, at, id, in.Player, in.Seq, in.Node, h.player, h.seq, h.node)
	case here == nil || here.away != h:
		j.h.breaks("I7: partition %d, %v: hand-off %v brings player %d, who is elsewhere", p, at, id, in.Player)
		return
	}
	h.taken = true
	if h.gone {
		delete(j.players, in.Player)
		return
	}
	here.away, here.p = nil, p
}

// boundary notes where a partition's players are.
func (j *judge) boundary(p codec.PartitionID, round codec.Round) {
	l := &j.ledgers[p]
	l.tick++
	stood := map[codec.PlayerID]codec.NodeID{}
	for id := range codec.PlayerID(len(j.h.clients)) {
		if here := j.players[id]; here != nil && here.away == nil && here.p == p {
			stood[id] = here.node
		}
	}
	l.stood[codec.Cut{Round: round, Tick: l.tick}] = stood
}

// wentBack puts a partition's players where they were; who was not there stays.
func (j *judge) wentBack(p codec.PartitionID, at codec.Index, to codec.Cut) {
	stood := j.ledgers[p].stood[to]
	if stood == nil {
		j.h.breaks("I1: partition %d, %v: it goes back to %v, a boundary that is not in its journal", p, at, to)
	}
	for id := range codec.PlayerID(len(j.h.clients)) {
		here := j.players[id]
		if here == nil || here.away != nil || here.p != p {
			continue
		}
		if node, there := stood[id]; there {
			here.node = node
		}
	}
}

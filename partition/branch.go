package partition

import (
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// What a branch holds, for whoever shows it: nil stands for the present.

// EdgeState is an edge's load and its weights, as the world shows it and as
// searches read it.
type EdgeState struct {
	Load           uint8
	Live, Searched codec.Weight
}

// Edge is the state of an edge of the partition on a branch.
func (c *Core) Edge(f *Fork, id codec.EdgeID) EdgeState {
	e := uint32(id - c.topo.FirstEdge)
	edge, set := c.edgeAt(f, e), c.given
	if f != nil {
		set = f.given
	}
	var own given
	if at, there := slices.BinarySearchFunc(set, e, byEdge); there {
		own = set[at]
	}
	weight := func(level uint8, own uint32) codec.Weight {
		switch level {
		case overlay.Closed:
			return codec.Blocked
		case overlay.Given:
			return codec.Weight(own)
		}
		return codec.Weight(c.raised(e, level))
	}
	return EdgeState{edge.Load, weight(edge.Level&^pendingBit, own.live), weight(edge.Cut, own.cut)}
}

// PlayerState is what is shown of a player.
type PlayerState struct {
	ID   codec.PlayerID
	Name codec.Name
	Node codec.NodeID
	Seq  codec.MoveSeq
	Goal codec.GoalID
}

// EachPlayer calls fn with the players of a branch, in table order.
func (c *Core) EachPlayer(f *Fork, fn func(PlayerState)) {
	list := c.players
	if f != nil {
		list = f.players
	}
	for i := range list {
		p := &list[i]
		fn(PlayerState{p.id, p.name, c.nodeID(p.node), p.seq, p.goal})
	}
}

// TreasureState is a treasure of a round and who has it.
type TreasureState struct {
	ID      codec.TreasureID
	Node    codec.NodeID
	Claimed bool
	Player  codec.PlayerID // who claimed it
}

// EachTreasure calls fn with the treasures of a branch's round.
func (c *Core) EachTreasure(f *Fork, fn func(TreasureState)) {
	list := c.treasures
	if f != nil {
		list = f.treasures
	}
	for i := range list {
		t := &list[i]
		fn(TreasureState{c.treasureID(i), c.nodeID(t.node), t.claimed != 0, t.player})
	}
}

package partition

import "github.com/huntgraph/huntgraph/codec"

// hint is the way from a node to a goal, as of the last refresh whose field is
// done (I8).
func (c *Core) hint(goal codec.GoalID, node uint32) codec.Hint {
	l := &c.guides[goal]
	h := codec.NoHint(l.cut)
	h.Goal = goal
	if l.field == nil {
		c.want(goal)
		return h
	}
	via, ok := c.via(goal, node)
	if l.lost {
		return h
	}
	dist, number := c.overlay.At(l.field, node)
	if dist == uint32(codec.Unreachable) {
		return h
	}
	h.Distance, h.Treasure = codec.Distance(dist), codec.TreasureID(number)
	if ordinal := int(number) - int(c.treasureID(0)); ordinal >= 0 && ordinal < len(c.treasures) {
		h.Claimed = c.treasures[ordinal].claimed != 0
	}
	if ok {
		h.Edge = c.topo.FirstEdge + codec.EdgeID(via)
		h.Node = codec.NodeID(c.topo.Head[via])
	}
	return h
}

// Reply answers a move that was stepped with this result.
func (c *Core) Reply(id codec.PlayerID, seq codec.MoveSeq, code codec.Code) codec.Reply {
	r := codec.Reply{
		Player: id, Seq: seq, Code: code, Round: c.round, Tick: c.now(),
		Node: codec.NoNode, Hint: codec.NoHint(c.guides[0].cut),
	}
	if row := c.row(id); row != nil {
		r.Last, r.Node, r.Hint = row.seq, c.nodeID(row.node), c.hint(row.goal, row.node)
	} else if h := c.underWay(id); h != nil {
		r.Last, r.Node = h.seq, h.target
	}
	return r
}

// Joined answers a join, or a leave, that was stepped with this result.
func (c *Core) Joined(id codec.PlayerID, code codec.Code, left bool) codec.Joined {
	j := codec.Joined{
		Player: id, Code: code, Left: left, Round: c.round, Tick: c.now(),
		Node: codec.NoNode, Hint: codec.NoHint(c.guides[0].cut),
	}
	if row := c.row(id); row != nil {
		j.Last, j.Node, j.Hint = row.seq, c.nodeID(row.node), c.hint(row.goal, row.node)
	} else if h := c.underWay(id); h != nil {
		j.Last, j.Node = h.seq, h.target
	}
	return j
}

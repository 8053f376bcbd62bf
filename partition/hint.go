package partition

import "github.com/huntgraph/huntgraph/codec"

// Hint is the way from a node to the nearest treasure, as of the last refresh
// whose field is done (I8).
func (c *Core) hint(node uint32) codec.Hint {
	if c.hints == nil {
		return codec.NoHint(c.hintCut)
	}
	via, ok := c.via(node)
	dist, number := c.overlay.At(c.hints, node)
	if dist == uint32(codec.Unreachable) {
		return codec.NoHint(c.hintCut)
	}
	h := codec.Hint{
		Edge: codec.NoEdge, Node: codec.NoNode,
		Distance: codec.Distance(dist),
		CutTick:  c.hintCut,
		Treasure: c.treasureID(int(number)),
		Claimed:  c.treasures[number].claimed != 0,
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
		Node: codec.NoNode, Hint: codec.NoHint(c.hintCut),
	}
	if row := c.row(id); row != nil {
		r.Last, r.Node, r.Hint = row.seq, c.nodeID(row.node), c.hint(row.node)
	}
	return r
}

// Joined answers a join, or a leave, that was stepped with this result.
func (c *Core) Joined(id codec.PlayerID, code codec.Code, left bool) codec.Joined {
	j := codec.Joined{
		Player: id, Code: code, Left: left, Round: c.round, Tick: c.now(),
		Node: codec.NoNode, Hint: codec.NoHint(c.hintCut),
	}
	if row := c.row(id); row != nil {
		j.Last, j.Node, j.Score, j.Hint = row.seq, c.nodeID(row.node), row.score, c.hint(row.node)
	}
	return j
}

package partition

import "github.com/huntgraph/huntgraph/codec"

// Hint is the way from a node to the nearest treasure, as of the last refresh
// whose field is done (I8).
func (c *Core) hint(node uint32) codec.Hint {
	if c.hints == nil || c.hints.dist[node] == uint32(codec.Unreachable) {
		return codec.NoHint(c.hintCut)
	}
	ordinal := int(c.hints.source[node])
	h := codec.Hint{
		Edge: codec.NoEdge, Node: codec.NoNode,
		Distance: codec.Distance(c.hints.dist[node]),
		CutTick:  c.hintCut,
		Treasure: c.treasureID(ordinal),
		Claimed:  c.treasures[ordinal].claimed != 0,
	}
	if via := c.hints.via[node]; via != uint32(codec.NoEdge) {
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

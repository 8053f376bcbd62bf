package partition

import "github.com/huntgraph/huntgraph/codec"

// Way is the next piece of the way from a node to a goal, as hints lead along
// it: at most codec.MaxWayEdges steps, and none beyond the partition's border.
// It is work for as many hints; nothing that is state changes.
func (c *Core) Way(a codec.Ask) codec.Way {
	w := codec.Way{ID: a.ID, Node: a.Node, Distance: codec.Unreachable, Next: a.Node, Partition: c.topo.Partition}
	node := uint32(a.Node - c.topo.FirstNode)
	if node >= uint32(c.topo.nodes()) {
		w.Code = codec.CodeNoSuchNode
		return w
	}
	var h codec.Hint
	if h, w.Code = c.led(a.Goal, node); w.Code != codec.CodeOK {
		return w
	}
	w.Cut, w.Distance = codec.Cut{Round: c.round, Tick: h.CutTick}, h.Distance
	for h.Edge != codec.NoEdge {
		if !w.Add(h.Edge) {
			w.More = true
			return w
		}
		w.Next = h.Node
		if node = uint32(h.Node - c.topo.FirstNode); node >= uint32(c.topo.nodes()) {
			w.More, w.Partition = true, c.topo.owner(h.Node)
			return w
		}
		h, _ = c.led(a.Goal, node)
	}
	return w
}

// led is the hint at a node towards a goal, or why there is none.
func (c *Core) led(goal codec.GoalID, node uint32) (codec.Hint, codec.Code) {
	if int(goal) > c.goals {
		return codec.Hint{}, codec.CodeNoSuchGoal
	}
	c.guides[goal].asked = askedCuts
	h := c.hint(goal, node)
	if l := &c.guides[goal]; l.field == nil || l.lost { // it was begun by that, or will be
		return codec.Hint{}, codec.CodeNotNow
	}
	return h, codec.CodeOK
}

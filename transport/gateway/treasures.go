package gateway

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// treasures are an area's open treasures, and what changed since the last flush.
type treasures struct {
	area    codec.AreaID
	metrics *metrics
	open    map[codec.TreasureID]codec.NodeID
	opened  []codec.TreasureID
	claimed []codec.TreasureID
	renewed bool    // since the last flush: what was open before is not
	cached  message // the snapshot; empty if something changed
}

func newTreasures(area codec.AreaID, m *metrics) treasures {
	return treasures{area: area, metrics: m, open: map[codec.TreasureID]codec.NodeID{}}
}

func (t *treasures) add(id codec.TreasureID, node codec.NodeID) {
	if at, is := t.open[id]; is && at == node {
		return
	}
	t.open[id] = node
	t.opened = append(t.opened, id)
	t.cached = message{}
}

func (t *treasures) claim(id codec.TreasureID) {
	delete(t.open, id)
	t.claimed = append(t.claimed, id)
	t.cached = message{}
}

// reset forgets what was open: a new round, or the partition says it anew.
func (t *treasures) reset() {
	clear(t.open)
	t.renewed = true
	t.cached = message{}
}

// cut is one message of the changes; an empty one if there are none.
func (t *treasures) cut(round codec.Round) message {
	if t.renewed {
		t.opened, t.claimed, t.renewed = t.opened[:0], t.claimed[:0], false
		return t.all(round)
	}
	if len(t.opened)+len(t.claimed) == 0 {
		return message{}
	}
	m := &huntpb.Treasures{Area: uint32(t.area), Round: uint32(round)}
	for _, id := range t.opened {
		if node, still := t.open[id]; still {
			m.Opened = append(m.Opened, uint32(id))
			m.Nodes = append(m.Nodes, uint32(node))
		}
	}
	for _, id := range t.claimed {
		m.Claimed = append(m.Claimed, uint32(id))
	}
	t.opened, t.claimed = t.opened[:0], t.claimed[:0]
	return t.encode(m)
}

// all is every open treasure in one message.
func (t *treasures) all(round codec.Round) message {
	if t.cached.framed == nil {
		m := &huntpb.Treasures{Area: uint32(t.area), Round: uint32(round), Snapshot: true}
		for id, node := range t.open {
			m.Opened = append(m.Opened, uint32(id))
			m.Nodes = append(m.Nodes, uint32(node))
		}
		t.cached = t.encode(m)
	}
	return t.cached
}

func (t *treasures) encode(m *huntpb.Treasures) message {
	return t.metrics.encode(&huntpb.ServerMessage{Body: &huntpb.ServerMessage_Treasures{Treasures: m}})
}

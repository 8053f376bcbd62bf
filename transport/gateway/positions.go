package gateway

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// positions are where an area's players stand, and who moved since the last flush.
type positions struct {
	area    codec.AreaID
	metrics *metrics
	at      map[codec.PlayerID]codec.NodeID
	dirty   map[codec.PlayerID]codec.NodeID // NoNode: has left
	cached  []message                       // of the snapshot; nil if something changed
}

func newPositions(area codec.AreaID, m *metrics) positions {
	return positions{area, m, map[codec.PlayerID]codec.NodeID{}, map[codec.PlayerID]codec.NodeID{}, nil}
}

// set takes a player's position, NoNode if it has left. The newest one counts.
func (p *positions) set(player codec.PlayerID, node codec.NodeID) {
	if before, waits := p.dirty[player]; waits && before != codec.NoNode {
		p.metrics.drop(dropSuperseded, 1)
	}
	p.dirty[player] = node
	p.cached = nil
	if node == codec.NoNode {
		delete(p.at, player)
	} else {
		p.at[player] = node
	}
}

// reset forgets who was there: the partition says it anew.
func (p *positions) reset() {
	for player := range p.at {
		p.dirty[player] = codec.NoNode
	}
	clear(p.at)
	p.cached = nil
}

// cut makes messages of datagram size of who moved.
func (p *positions) cut(round codec.Round, tick codec.Tick) []message {
	if len(p.dirty) == 0 {
		return nil
	}
	cut := p.encode(p.dirty, positionsPerDatagram, round, tick, false)
	clear(p.dirty)
	return cut
}

// all is everybody's position; the first message is the snapshot that the
// others add to.
func (p *positions) all(round codec.Round, tick codec.Tick) []message {
	if p.cached == nil {
		p.cached = p.encode(p.at, positionsPerMessage, round, tick, true)
	}
	return p.cached
}

func (p *positions) encode(at map[codec.PlayerID]codec.NodeID, each int, round codec.Round, tick codec.Tick, snapshot bool) (out []message) {
	part := &huntpb.Positions{Area: uint32(p.area), Round: uint32(round), Tick: uint32(tick), Snapshot: snapshot}
	flush := func() {
		out = append(out, p.metrics.encode(&huntpb.ServerMessage{Body: &huntpb.ServerMessage_Positions{Positions: part}}))
		part.Players, part.Nodes, part.Snapshot = part.Players[:0], part.Nodes[:0], false
	}
	for player, node := range at {
		if len(part.Players) == each {
			flush()
		}
		part.Players = append(part.Players, uint64(player))
		part.Nodes = append(part.Nodes, uint32(node))
	}
	flush()
	return out
}

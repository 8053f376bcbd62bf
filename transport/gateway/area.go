package gateway

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// area is what the hub knows of a partition: the link to it and the view that
// its durable records gave.
type area struct {
	id      codec.AreaID
	metrics *metrics

	link  *link // the current attempt; nil without a route
	hop   Link  // nil while the link is down
	tries int   // in a row that did not get as far as the deltas' end

	durable   codec.Durable         // the last one
	stale     bool                  // the group that comes was taken before
	answering bool                  // from a subscription to its EventDeltasEnd: the view comes, whole
	waiting   map[*session]struct{} // have replies that are not durable

	deltas    deltas
	positions positions
	open      treasures

	// What the last flush cut, for every session that watches.
	moved     []message
	treasures message
	state     message
	told      codec.Index // the last state's
}

func newArea(id codec.AreaID, m *metrics) *area {
	return &area{
		id: id, metrics: m,
		waiting:   map[*session]struct{}{},
		deltas:    newDeltas(id, m),
		positions: newPositions(id, m),
		open:      newTreasures(id, m),
	}
}

// send passes frames to the partition; false if it cannot be reached now.
func (a *area) send(frames []byte) bool { return a.hop != nil && a.hop.Send(frames) }

// cut encodes what came since the last flush, once for all sessions.
func (a *area) cut(state bool) {
	a.deltas.cut()
	a.moved = a.positions.cut(a.durable.Index.Round, a.durable.Tick)
	a.treasures = a.open.cut(a.durable.Index.Round)
	a.state = message{}
	if state && a.told != a.durable.Index {
		a.told = a.durable.Index
		a.state = a.stateMessage()
	}
}

func (a *area) stateMessage() message {
	return a.metrics.encode(&huntpb.ServerMessage{Body: &huntpb.ServerMessage_State{State: &huntpb.State{
		Area:  uint32(a.id),
		Round: uint32(a.durable.Index.Round),
		Tick:  uint32(a.durable.Tick),
		Hash:  a.durable.State,
		Index: a.durable.Index.Seq,
	}}})
}

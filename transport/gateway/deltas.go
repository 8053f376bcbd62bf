package gateway

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// deltas are an area's weights: those that a partition said, and the messages
// that said them to sessions. A session's place is a sequence; who fell out of
// the log gets a snapshot.
type deltas struct {
	area    codec.AreaID
	metrics *metrics

	seq     codec.DeltaSeq                // reached
	loaded  bool                          // the partition's first answer is complete
	weights map[codec.EdgeID]codec.Weight // every edge that was said: those back at their base too
	filling map[codec.EdgeID]codec.Weight // not nil: the partition sends a snapshot
	fresh   []codec.Delta                 // not in the log yet
	log     []chunk
	from    codec.DeltaSeq // the sequence before the log's first
	bytes   int            // of the log

	snapshot    []message // of the weights at snapshotSeq
	snapshotSeq codec.DeltaSeq
}

// chunk is one message of contiguous deltas.
type chunk struct {
	through codec.DeltaSeq
	message message
}

func newDeltas(area codec.AreaID, m *metrics) deltas {
	return deltas{area: area, metrics: m, weights: map[codec.EdgeID]codec.Weight{}}
}

// follow is the partition's answer to a subscription; false means that it does
// not follow on what is here.
func (d *deltas) follow(how codec.Resume, before codec.DeltaSeq) bool {
	d.filling = nil
	if how == codec.ResumeSnapshot {
		d.filling = map[codec.EdgeID]codec.Weight{}
		return true
	}
	return before <= d.seq
}

// end completes the answer.
func (d *deltas) end(reached codec.DeltaSeq) bool {
	if d.filling != nil {
		d.weights, d.filling = d.filling, nil
		d.seq, d.from = reached, reached
		d.fresh, d.log, d.bytes, d.snapshot = nil, nil, 0, nil
	}
	d.loaded = true
	return reached <= d.seq
}

// take takes a delta; false means that one is missing before it (I6).
func (d *deltas) take(t codec.Delta) bool {
	switch {
	case d.filling != nil:
		d.filling[t.Edge] = t.Weight
	case t.Seq == d.seq+1:
		d.seq = t.Seq
		d.weights[t.Edge] = t.Weight
		d.fresh = append(d.fresh, t)
	default:
		return t.Seq <= d.seq // known already
	}
	return true
}

// cut makes messages of what is fresh.
func (d *deltas) cut() {
	for len(d.fresh) > 0 {
		part := d.fresh[:min(len(d.fresh), deltasPerMessage)]
		d.fresh = d.fresh[len(part):]
		m := &huntpb.Deltas{Area: uint32(d.area), First: uint64(part[0].Seq), Through: uint64(part[len(part)-1].Seq)}
		for _, t := range part {
			m.Edges = append(m.Edges, uint32(t.Edge))
			m.Weights = append(m.Weights, uint32(t.Weight))
		}
		c := chunk{part[len(part)-1].Seq, d.encode(m)}
		d.log = append(d.log, c)
		d.bytes += len(c.message.framed)
	}
	d.fresh = nil
	for len(d.log) > 1 && d.bytes > maxDeltaLog {
		d.from = d.log[0].through
		d.bytes -= len(d.log[0].message.framed)
		d.log = d.log[1:]
	}
}

// since is the part of the log after a sequence; false if it is there no more.
func (d *deltas) since(seq codec.DeltaSeq) ([]chunk, bool) {
	if seq < d.from {
		return nil, false
	}
	i := len(d.log)
	for i > 0 && d.log[i-1].through > seq {
		i--
	}
	return d.log[i:], true
}

// all is the weights in messages, as of d.seq. What is fresh goes into the log
// first, so that the log goes on right after the snapshot.
func (d *deltas) all() []message {
	d.cut()
	if d.snapshot != nil && d.snapshotSeq == d.seq {
		return d.snapshot
	}
	d.snapshot, d.snapshotSeq = nil, d.seq
	part := &huntpb.Deltas{Area: uint32(d.area), Snapshot: true, Through: uint64(d.seq)}
	for edge, weight := range d.weights {
		if len(part.Edges) == deltasPerMessage {
			part.More = true
			d.snapshot = append(d.snapshot, d.encode(part))
			part.Edges, part.Weights, part.More = part.Edges[:0], part.Weights[:0], false
		}
		part.Edges = append(part.Edges, uint32(edge))
		part.Weights = append(part.Weights, uint32(weight))
	}
	d.snapshot = append(d.snapshot, d.encode(part))
	return d.snapshot
}

func (d *deltas) encode(m *huntpb.Deltas) message {
	return d.metrics.encode(&huntpb.ServerMessage{Body: &huntpb.ServerMessage_Deltas{Deltas: m}})
}

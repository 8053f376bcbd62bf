package delta

import (
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// Log is the delta log of one partition. One goroutine owns it.
type Log struct {
	first   codec.EdgeID
	base    []uint32 // the world's, not the log's to change
	weights []uint32 // durable, of edge first + i
	seq     codec.DeltaSeq
	ring    []codec.Delta // delta s stands at s mod RingDeltas
	held    uint64        // how many of the newest are in the ring
}

// New makes the log of a partition whose edges count from first and have the
// given base weights, which the log keeps and must not change. Nothing has
// changed yet: the sequence is 0.
func New(first codec.EdgeID, base []uint32) *Log {
	return &Log{
		first:   first,
		base:    base,
		weights: append([]uint32(nil), base...),
		ring:    make([]codec.Delta, RingDeltas),
	}
}

// Seq is the sequence of the newest delta; 0 before the first.
func (l *Log) Seq() codec.DeltaSeq { return l.seq }

// Weight is the durable weight of an edge of the partition.
func (l *Log) Weight(e codec.EdgeID) codec.Weight { return codec.Weight(l.weights[e-l.first]) }

// Seed sets the weights of all edges, in their order, as of seq, and empties
// the ring: what came before can be given as a snapshot only.
func (l *Log) Seed(seq codec.DeltaSeq, weights []uint32) error {
	if len(weights) != len(l.weights) {
		return fmt.Errorf("seeding the delta log at %d: %d weights for %d edges", seq, len(weights), len(l.weights))
	}
	copy(l.weights, weights)
	l.seq, l.held = seq, 0
	return nil
}

// Append takes the next delta. A sequence that is not the next one, or an edge
// of another partition, changes nothing and is an error (I6).
func (l *Log) Append(d codec.Delta) error {
	if d.Seq != l.seq+1 {
		return fmt.Errorf("delta log: delta %d of edge %d came after delta %d", d.Seq, d.Edge, l.seq)
	}
	at := uint64(d.Edge) - uint64(l.first) // wraps to a large number below the first
	if at >= uint64(len(l.weights)) {
		return fmt.Errorf("delta log: delta %d is of edge %d, the partition has %d to %d",
			d.Seq, d.Edge, l.first, uint64(l.first)+uint64(len(l.weights))-1)
	}
	l.weights[at] = uint32(d.Weight)
	l.seq = d.Seq
	l.ring[uint64(d.Seq)%RingDeltas] = d
	l.held = min(l.held+1, RingDeltas)
	return nil
}

// AppendReplay appends what a subscriber that has everything up to from needs
// to be where the log is: an EventDeltasFollow that says how, the deltas, and an
// EventDeltasEnd with the sequence reached.
//
// If the ring reaches back to from, what is missing follows (ResumeReplay; it
// may be nothing). Else, also for from 0 and for a from that the log has not
// reached, every edge whose weight is not its base follows, by edge, each with
// the log's sequence (ResumeSnapshot); the subscriber resets the others to base.
// EventDeltasFollow.Value is from in a replay, the log's sequence in a snapshot.
// Round and tick are the present ones, for the events and a snapshot's deltas.
func (l *Log) AppendReplay(dst []byte, from codec.DeltaSeq, round codec.Round, tick codec.Tick) []byte {
	follow := codec.Event{Kind: codec.EventDeltasFollow, Resume: codec.ResumeReplay, Round: round, Tick: tick, Value: uint64(from)}
	if from > 0 && from <= l.seq && uint64(l.seq-from) <= l.held {
		dst = follow.Append(dst)
		for s := from + 1; s <= l.seq; s++ {
			dst = l.ring[uint64(s)%RingDeltas].Append(dst)
		}
	} else {
		follow.Resume, follow.Value = codec.ResumeSnapshot, uint64(l.seq)
		dst = follow.Append(dst)
		for i, w := range l.weights {
			if w != l.base[i] {
				dst = codec.Delta{Seq: l.seq, Edge: l.first + codec.EdgeID(i), Weight: codec.Weight(w), Round: round, Tick: tick}.Append(dst)
			}
		}
	}
	end := codec.Event{Kind: codec.EventDeltasEnd, Round: round, Tick: tick, Value: uint64(l.seq)}
	return end.Append(dst)
}

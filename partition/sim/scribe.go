package sim

import (
	"crypto/sha256"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// copied is the state that a partition has put aside to be stored.
type copied struct {
	round codec.Round // the last one with a snapshot
	at    codec.Index // the record that it waits for
	state []byte      // nil: nothing waits
}

// due reports whether a snapshot is to be taken at this boundary: once a round,
// each partition at a time of its own. It closes the record.
func (o *owner) due() bool {
	behind := o.h.rules.RoundTicks * (uint32(o.p) + 1) / (uint32(len(o.h.seats)) + 1)
	return !o.tight && o.copied.round != o.core.Round() && uint32(o.core.TickNow()) >= behind
}

// snapshot puts the state after the last record aside.
func (o *owner) snapshot() {
	o.copied = copied{round: o.core.Round(), at: o.at, state: o.core.AppendSnapshot(nil)}
	if o.h.planted == earlySnapshot {
		o.handOver(o.at)
	}
}

// handOver stores the snapshot once its record is durable. It is tried once:
// the next one comes with the next round.
func (o *owner) handOver(durable codec.Index) {
	if o.copied.state == nil || o.copied.at != durable {
		return
	}
	state, at, st := o.copied.state, o.copied.at, o.h.stores[o.p]
	if o.copied.state = nil; o.h.planted == lateSnapshot {
		state = o.core.AppendSnapshot(nil)
	}
	data, err := actor.Pack(state)
	if err != nil {
		o.h.breaks("a snapshot cannot be packed: %v", err)
		return
	}
	o.h.ask(st, func() answer { return st.putSnapshot(at, data) }, func(a answer) {
		o.do(func() {
			if a.done {
				o.newest = codec.SnapshotRef{At: at, Sum: sha256.Sum256(data)}
				o.h.Snapshots++
			}
		})
	})
}

// stored is a snapshot in the journal.
type stored struct {
	at   codec.Index
	data []byte
}

// putSnapshot stores one; the same again is well.
func (st *store) putSnapshot(at codec.Index, data []byte) answer {
	i, there := st.find(at)
	if !there {
		st.snapshots = slices.Insert(st.snapshots, i, stored{at, data})
	}
	return answer{heard: true, done: true}
}

func (st *store) find(at codec.Index) (int, bool) {
	return slices.BinarySearchFunc(st.snapshots, at, func(s stored, at codec.Index) int { return s.at.Compare(at) })
}

// rot spoils the newest snapshot, which a recovery must notice: it starts from
// the one before.
func (st *store) rot() {
	if n := len(st.snapshots); n > 0 {
		s := &st.snapshots[n-1]
		s.data = slices.Clone(s.data)
		s.data[st.h.rng.IntN(len(s.data))] ^= 1 << st.h.rng.IntN(8)
		st.rotten = append(st.rotten, s.at)
	}
}

// recovered holds that a recovery passed over only what was spoiled, and that the
// newest good snapshot and what follows lead to the same state as more of the
// journal does (I1).
func (h *hunt) recovered(st *store, found *actor.History) {
	for _, bad := range found.Fallbacks {
		if !slices.Contains(st.rotten, bad.Index) {
			h.breaks("I1: a snapshot that nobody spoiled is of no use: %v", bad)
		}
		h.Fallbacks++
	}
	newest, err := h.replay(st, 0, nil)
	switch {
	case err != nil:
		h.breaks("I5: a journal that nobody damaged is refused: %v", err)
	case newest.Last != found.Last || newest.Core.Hash() != found.Core.Hash():
		h.breaks("I1: partition %d: from %v a replay comes to %v with state %016x, from %v to %v with %016x", st.p,
			newest.Snapshot.At, newest.Last.Index, newest.Core.Hash(), found.Snapshot.At, found.Last.Index, found.Core.Hash())
	}
	if at := newest.Snapshot.At; at.Round == newest.Last.Index.Round && at.Seq > 1 {
		h.MidRound++
	}
}

package system

import (
	"context"
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/offheap"
)

// Verification is what a replay of a data folder found.
type Verification struct {
	Partitions     int      `json:"partitions"`
	Records        int      `json:"records"`
	Moves          int      `json:"moves"`
	HashMismatches int      `json:"hash_mismatches"` // records after which the state hash differs
	ChainErrors    int      `json:"chain_errors"`    // links, epochs, gaps and watermarks that do not hold
	StateHash      string   `json:"state_hash"`      // of the hunt, at the end of what was replayed
	Errors         []string `json:"errors,omitempty"`
}

// Sound reports whether nothing was found.
func (v *Verification) Sound() bool { return v.HashMismatches+v.ChainErrors == 0 && len(v.Errors) == 0 }

// Verify replays every partition of a store from its first round on, against
// the watermarks. A partition is followed up to the first thing that is wrong.
func Verify(ctx context.Context, s *Store) (Verification, error) {
	marks, err := s.Watermarks(ctx)
	if err != nil {
		return Verification{}, err
	}
	v := Verification{Partitions: s.Folder.World.Partitions()}
	states := make([]uint64, v.Partitions)
	for p := range codec.PartitionID(v.Partitions) {
		h, err := replayPartition(ctx, s, p, marks)
		if ctx.Err() != nil {
			return v, ctx.Err()
		}
		states[p] = h.Last.State
		v.Records += h.Records
		v.Moves += h.Moves
		if err != nil {
			v.count(err)
		}
	}
	v.StateHash = fmt.Sprintf("%016x", codec.HuntState(states))
	return v, nil
}

func (v *Verification) count(err error) {
	v.Errors = append(v.Errors, err.Error())
	if errors.Is(err, actor.ErrState) {
		v.HashMismatches++
	} else {
		v.ChainErrors++
	}
}

// replayPartition rebuilds one partition and gives its memory back.
func replayPartition(ctx context.Context, s *Store, p codec.PartitionID, marks map[codec.PartitionID]codec.Watermark) (actor.History, error) {
	var mem []byte
	cfg := actor.ReplayConfig{
		Partition: p,
		Hunt:      huntHash(s.Folder.Plan.Hunt),
		World:     s.Folder.World.Hash(),
		Build:     buildCore(Topology(s.Folder, p), &mem),
		Journal:   s.Journal.Partition(p),
		From:      1,
	}
	if mark, ok := marks[p]; ok {
		cfg.Watermark = &mark
	}
	h, err := actor.Replay(ctx, cfg)
	h.Core = nil
	if mem != nil {
		err = errors.Join(err, offheap.Unmap(mem))
	}
	if err != nil {
		err = fmt.Errorf("replay partition %d: %w", p, err)
	}
	return h, err
}

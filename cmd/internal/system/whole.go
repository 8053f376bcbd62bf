package system

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// whole checks that no round of a partition's journal is missing, short or
// another hunt's, from the floor to the newest one (I5). A start replays from the
// newest snapshot on and would not see what is wrong before it. It reads two
// records a round: the last of one must be the one that the next round's base
// follows. What the last round lacks at its end, the watermarks show.
func (s *Store) whole(ctx context.Context, p codec.PartitionID) error {
	floors, err := control.GetFloors(ctx, s.Etcd.Client(), s.Folder.Plan.Hunt)
	if err != nil {
		return err
	}
	c := chainCheck{log: s.Journal.Partition(p), partition: p, next: 1}
	if floor, ok := floors[p]; ok {
		if err := c.floor(ctx, floor); err != nil {
			return err
		}
	}
	rounds, err := c.log.Rounds(ctx)
	if err != nil {
		return err
	}
	for _, round := range rounds {
		if round < c.next {
			continue // below the floor: its deletion was cut short
		}
		if err := c.round(ctx, round); err != nil {
			return err
		}
	}
	return nil
}

// chainCheck goes over a partition's rounds.
type chainCheck struct {
	log       *journal.Log
	partition codec.PartitionID
	next      codec.Round // the round that must come
	last      codec.Hash  // of the last record before it; zero: not known
}

func (c *chainCheck) wrong(at codec.Index, err error) error {
	return &actor.ReplayError{Partition: c.partition, Index: at, Err: err}
}

// floor begins at a floor, whose record must be the one that it was.
func (c *chainCheck) floor(ctx context.Context, floor codec.Watermark) error {
	c.next = floor.Index.Round
	record, there, err := c.log.Record(ctx, floor.Index)
	switch {
	case err != nil:
		return err
	case !there:
		return c.wrong(floor.Index, fmt.Errorf("%w: it is the floor, from which on nothing was deleted", actor.ErrMissing))
	case sha256.Sum256(record) != floor.Chain:
		return c.wrong(floor.Index, actor.ErrMark)
	}
	return nil
}

// round looks at the first and the last record of a round.
func (c *chainCheck) round(ctx context.Context, round codec.Round) error {
	first := codec.Index{Round: c.next, Seq: 1}
	seq, _, err := c.log.Last(ctx, round)
	if err != nil || seq == 0 { // a round to come, or one that lost everything: the next one or a watermark tells
		return err
	}
	if round != c.next {
		return c.wrong(first, fmt.Errorf("%w: there are records in round %d", actor.ErrMissing, round))
	}
	base, err := c.record(ctx, first)
	if err != nil {
		return err
	}
	h, _, err := codec.ParseRecord(base)
	if err != nil {
		return c.wrong(first, fmt.Errorf("%w: %w", actor.ErrRecord, err))
	}
	if c.last != (codec.Hash{}) && h.Prev != c.last {
		return c.wrong(first, actor.ErrChain)
	}
	last, err := c.record(ctx, codec.Index{Round: round, Seq: seq})
	if err != nil {
		return err
	}
	c.next, c.last = round+1, sha256.Sum256(last)
	return nil
}

// record reads a record that the stream holds.
func (c *chainCheck) record(ctx context.Context, at codec.Index) ([]byte, error) {
	record, there, err := c.log.Record(ctx, at)
	if err == nil && !there {
		err = c.wrong(at, actor.ErrMissing)
	}
	return record, err
}

package system

import (
	"context"
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/control/rounds"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/offheap"
)

// Verification is what a replay of a data folder found.
type Verification struct {
	Partitions     int      `json:"partitions"`
	Records        int      `json:"records"`
	Moves          int      `json:"moves"`
	Snapshots      int      `json:"snapshots"`
	BadSnapshots   int      `json:"bad_snapshots"`   // of these, cannot be read, or are not the state of the record at their index
	Seeds          int      `json:"seeds"`           // of rounds, that are those which the rounds' starts committed to
	HashMismatches int      `json:"hash_mismatches"` // records after which the state hash differs
	ChainErrors    int      `json:"chain_errors"`    // links, epochs, gaps and watermarks that do not hold
	StateHash      string   `json:"state_hash"`      // of the hunt, at the end of what was replayed
	Errors         []string `json:"errors,omitempty"`

	errs    []error
	holders map[claim]holder           // of the treasures that the records grant
	seeds   map[codec.Round]codec.Seed // of the rounds that were replayed
	whole   codec.Round                // all partitions were replayed from this round's start on
}

// Sound reports whether nothing was found.
func (v *Verification) Sound() bool { return v.HashMismatches+v.ChainErrors == 0 && len(v.Errors) == 0 }

// Verify replays every partition of a store from the first record that there is
// a state for, against the watermarks, and restores each of its snapshots. A
// partition is followed up to the first thing that is wrong.
func Verify(ctx context.Context, s *Store) (Verification, error) {
	v := Verification{Partitions: s.Folder.World.Partitions(), holders: map[claim]holder{}, seeds: map[codec.Round]codec.Seed{}}
	states := make([]uint64, v.Partitions)
	for p := range codec.PartitionID(v.Partitions) {
		h, err := v.replay(ctx, s, p)
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
	return v, v.commitments(ctx, s.Journal.Events())
}

// commitments holds the seeds that the rounds were played with against what their
// starts committed to (I13), as far as the events are kept. A round whose events
// did not begin before the hunt was stopped has committed to nothing yet.
func (v *Verification) commitments(ctx context.Context, events rounds.Stream) error {
	kept, err := events.Rounds(ctx)
	if err != nil {
		return err
	}
	for _, number := range kept {
		played, there := v.seeds[number]
		if !there {
			continue
		}
		told, err := rounds.ReadRound(ctx, events, v.Partitions, number)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			v.count(&roundError{number, err})
		case told.Events > 0 && told.Seed != played:
			v.count(&roundError{number, fmt.Errorf("the journal's seed: %w", huntpb.ErrCommitment)})
		case told.Events > 0:
			v.Seeds++
		}
	}
	return nil
}

// roundError is of the public events of a round.
type roundError struct {
	round codec.Round
	err   error
}

func (e *roundError) Error() string { return fmt.Sprintf("events of round %d: %v", e.round, e.err) }
func (e *roundError) Unwrap() error { return e.err }

func (v *Verification) count(err error) {
	v.Errors = append(v.Errors, err.Error())
	v.errs = append(v.errs, err)
	switch {
	case errors.Is(err, actor.ErrSnapshot): // counted
	case errors.As(err, new(*roundError)): // the records are sound
	case errors.Is(err, actor.ErrState):
		v.HashMismatches++
	default:
		v.ChainErrors++
	}
}

// replay rebuilds one partition, checks its snapshots, and gives its memory back.
func (v *Verification) replay(ctx context.Context, s *Store, p codec.PartitionID) (h actor.History, err error) {
	var mem []byte
	defer func() {
		h.Core = nil
		if mem != nil {
			err = errors.Join(err, offheap.Unmap(mem))
		}
		if err != nil {
			err = fmt.Errorf("replay partition %d: %w", p, err)
		}
	}()
	cfg := ReplayOf(s, p, &mem)
	cfg.From = 1
	cfg.Release = v.witness()
	if cfg.Rollbacks, err = s.Rollbacks(ctx, p); err != nil {
		return h, err
	}
	if cfg.Marks, err = s.Marks(ctx, p); err != nil {
		return h, err
	}
	if h, err = actor.Replay(ctx, cfg); err != nil {
		return h, err
	}
	return h, v.snapshots(ctx, cfg)
}

// witness notes what the records of a partition grant.
func (v *Verification) witness() func(context.Context, codec.Group) error {
	first := true
	return func(_ context.Context, g codec.Group) error {
		if at := g.Durable.Index; first {
			first = false
			if at.Seq > 1 { // it began within this one
				at.Round++
			}
			v.whole = max(v.whole, at.Round)
		}
		v.began(g)
		eachGrant(g, func(grant codec.Grant) {
			c := claim{grant.Round, grant.Treasure}
			if _, twice := v.holders[c]; twice {
				v.count(&actor.ReplayError{Partition: g.Durable.Partition, Index: g.Durable.Index,
					Err: fmt.Errorf("%w: treasure %d of round %d", rounds.ErrDuplicateGrant, c.treasure, c.round)})
			}
			v.holders[c] = holder{grant.Player, g.Durable.Index}
		})
		return nil
	}
}

// began notes the seed of a round that begins in the group.
func (v *Verification) began(g codec.Group) {
	for frames := g.Frames; len(frames) > 0; {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			return
		}
		frames = rest
		if typ != codec.TypeEvent {
			continue
		}
		e, err := codec.ParseEvent(payload)
		if err != nil || e.Kind != codec.EventRoundStarted {
			continue
		}
		if first, there := v.seeds[e.Round]; there && first != e.Seed {
			v.count(&actor.ReplayError{Partition: g.Durable.Partition, Index: g.Durable.Index,
				Err: fmt.Errorf("round %d begins with another seed than in another partition", e.Round)})
		}
		v.seeds[e.Round] = e.Seed
	}
}

// ReplayOf is what a replay of a partition of the store is given; mem is the
// memory of the core that it makes.
func ReplayOf(s *Store, p codec.PartitionID, mem *[]byte) actor.ReplayConfig {
	return actor.ReplayConfig{
		Partition: p,
		Hunt:      huntHash(s.Folder.Plan.Hunt),
		World:     s.Folder.World.Hash(),
		Build:     buildCore(Topology(s.Folder, p), mem),
		Second:    secondCore(Topology(s.Folder, p)),
		Journal:   s.Journal.Partition(p),
	}
}

// snapshots compares every snapshot with the record at its index, and counts
// each that differs.
func (v *Verification) snapshots(ctx context.Context, cfg actor.ReplayConfig) error {
	all, err := cfg.Journal.Snapshots(ctx)
	if err != nil {
		return err
	}
	for _, at := range all {
		v.Snapshots++
		if err := actor.CheckSnapshot(ctx, cfg, at); err != nil {
			v.BadSnapshots++
			v.count(err)
		}
	}
	return ctx.Err()
}

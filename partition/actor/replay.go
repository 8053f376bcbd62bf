package actor

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// What can be wrong with a journal. Every error of Replay that is one of these
// is wrapped in a *ReplayError, which names the place.
var (
	ErrChain    = errors.New("the record does not follow the one before it")
	ErrEpoch    = errors.New("the record is of an epoch that was fenced off")
	ErrState    = errors.New("the state hash differs")
	ErrInput    = errors.New("an input that was applied is refused on replay")
	ErrRecord   = errors.New("the record cannot be read")
	ErrBase     = errors.New("the round's base does not fit the world or the round before")
	ErrSnapshot = errors.New("the snapshot cannot be used")
	ErrStart    = errors.New("no good snapshot leads there, and round 1 is gone")
	ErrMissing  = errors.New("the journal is shorter than what is known of it")
	ErrMark     = errors.New("the record differs from the high-watermark")
)

// ReplayError says where a journal is not what it must be.
type ReplayError struct {
	Partition codec.PartitionID
	Index     codec.Index
	Err       error
}

func (e *ReplayError) Error() string {
	return fmt.Sprintf("partition %d, index %v: %v", e.Partition, e.Index, e.Err)
}

func (e *ReplayError) Unwrap() error { return e.Err }

func hashOf(record []byte) codec.Hash { return sha256.Sum256(record) }

// ReplayConfig is what a replay is given.
type ReplayConfig struct {
	Partition codec.PartitionID
	Hunt      codec.Hash
	World     codec.Hash
	Build     Build // makes a core; what it made before is not used any more
	// Second makes cores beside that one, for states that were rolled back to, and
	// gives their memory back.
	Second    func() (Build, func() error)
	Journal   Journal
	From      codec.Round       // the first round that must be replayed whole; 0, or one that has not begun: none
	To        codec.Cut         // stop right after this tick's boundary, in the middle of a record too; zero: at the end
	Marks     []codec.Watermark // records that the journal must have (I5)
	Rollbacks []codec.Rollback  // what the partition was ordered; nil: that is not known
	// Release is given what every record from the round From on releases, in order; nil: nobody wants it.
	Release func(context.Context, codec.Group) error
}

// History is what a replay found.
type History struct {
	Core     *partition.Core   // nil: the journal is empty
	Snapshot codec.SnapshotRef // where it started; zero: from the fresh state
	Last     codec.Watermark   // the last whole record
	Epoch    codec.Epoch
	// Neighbour is what that record knows of the next partition in the ring.
	Neighbour codec.Watermark
	Records   int
	Moves     int
	// Fallbacks are snapshots that could not be used; one before them was.
	Fallbacks []*ReplayError
}

// Replay rebuilds a partition from its journal: from the newest good snapshot,
// or round 1's fresh state, and the records after it. With From it starts before
// that round; where older rounds are gone that may be in the middle of the
// oldest. It checks every link, epoch and state hash and stops at the first that
// differs. With To it ends there, and of the record in whose middle that is
// nothing is checked or released.
func Replay(ctx context.Context, cfg ReplayConfig) (History, error) {
	ends, err := written(ctx, cfg.Journal)
	if err != nil {
		return History{}, err
	}
	r := &replayer{cfg: cfg, ctx: ctx}
	if err := r.marks(ends); err != nil {
		return r.History, err
	}
	if err := r.start(ends); errors.Is(err, errThere) {
		return r.History, nil
	} else if err != nil {
		return r.History, err
	}
	for _, end := range ends {
		if end.Round < r.at.Round || cfg.To != (codec.Cut{}) && end.Round > cfg.To.Round {
			continue
		}
		if end.Round > r.at.Round+1 {
			return r.History, r.wrong(codec.Index{Round: r.at.Round + 1, Seq: 1}, ErrMissing)
		}
		from := uint64(1)
		if end.Round == r.at.Round {
			from = r.at.Seq + 1
		}
		if err := cfg.Journal.Read(ctx, end.Round, from, r.record(end.Round)); errors.Is(err, errThere) {
			return r.History, nil
		} else if err != nil {
			return r.History, err
		}
	}
	return r.History, r.reached()
}

// errThere ends a read at the tick that a replay is to stop at.
var errThere = errors.New("the tick is reached")

// written lists the last record of every round that has one; the next round's
// stream stands empty until the round begins.
func written(ctx context.Context, j Journal) (ends []codec.Index, err error) {
	rounds, err := j.Rounds(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the rounds: %w", err)
	}
	for _, round := range rounds {
		last, _, err := j.Last(ctx, round)
		if err != nil {
			return nil, fmt.Errorf("find the last record of round %d: %w", round, err)
		}
		if last > 0 {
			ends = append(ends, codec.Index{Round: round, Seq: last})
		}
	}
	return ends, nil
}

// replayer is the state between two records.
type replayer struct {
	History
	cfg    ReplayConfig
	ctx    context.Context // of this one Replay call
	at     codec.Index
	frames []byte
}

func (r *replayer) wrong(at codec.Index, err error) error {
	return &ReplayError{Partition: r.cfg.Partition, Index: at, Err: err}
}

// record is the reader of one round's stream.
func (r *replayer) record(round codec.Round) func(uint64, []byte) error {
	return func(seq uint64, record []byte) error {
		at := codec.Index{Round: round, Seq: seq}
		h, body, err := codec.ParseRecord(record)
		if err != nil {
			return r.wrong(at, fmt.Errorf("%w: %w", ErrRecord, err))
		}
		if err := r.follows(at, &h); err != nil {
			return r.wrong(at, err)
		}
		if err := r.apply(&h, body); errors.Is(err, errThere) {
			return err
		} else if err != nil {
			return r.wrong(at, err)
		}
		if state := r.Core.Hash(); state != h.State {
			return r.wrong(at, fmt.Errorf("%w: %016x after the record, %016x in it", ErrState, state, h.State))
		}
		r.at = at
		r.Records++
		r.Epoch, r.Neighbour = h.Epoch, h.Neighbour
		r.Last = codec.Watermark{Partition: r.cfg.Partition, Index: at, State: h.State, Chain: hashOf(record)}
		return r.release(&h)
	}
}

// follows checks the chain and the fence (I4, I5).
func (r *replayer) follows(at codec.Index, h *codec.RecordHeader) error {
	if h.Partition != r.cfg.Partition || h.Round != at.Round || (h.Kind == codec.RecordBase) != (at.Seq == 1) {
		return ErrChain
	}
	if h.Prev != r.Last.Chain {
		return ErrChain
	}
	if h.Epoch < r.Epoch || h.Kind == codec.RecordEpoch && h.Epoch == r.Epoch ||
		h.Kind == codec.RecordTicks && h.Epoch != r.Epoch {
		return ErrEpoch
	}
	return nil
}

func (r *replayer) apply(h *codec.RecordHeader, body []byte) error {
	r.frames = r.frames[:0]
	switch h.Kind {
	case codec.RecordBase:
		return r.base(h.Round, body)
	case codec.RecordTicks:
		return r.ticks(body)
	}
	return nil // an epoch record changes nothing
}

// base starts a round.
func (r *replayer) base(round codec.Round, body []byte) error {
	base, err := r.cfg.base(body)
	if err != nil {
		return err
	}
	if r.Core == nil { // round 1: start has seen to it
		if r.Core, err = r.cfg.Build(base.Rules); err != nil {
			return fmt.Errorf("%w: %w", ErrBase, err)
		}
	}
	if !r.Core.RoundOver() || r.Core.Round()+1 != round || r.Core.Rules() != base.Rules {
		return fmt.Errorf("%w: round %d begins at tick %d of round %d", ErrBase, round, r.Core.TickNow(), r.Core.Round())
	}
	r.Core.BeginRound(round, base.Seed)
	r.frames = append(r.frames, r.Core.Outbox()...)
	return r.there()
}

// there is errThere if the core stands at the tick to stop at.
func (r *replayer) there() error {
	if r.cfg.To == (codec.Cut{Round: r.Core.Round(), Tick: r.Core.TickNow()}) {
		return errThere
	}
	return nil
}

// ticks applies the inputs of whole ticks.
func (r *replayer) ticks(body []byte) error {
	first, last, inputs, err := codec.ParseTicks(body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if first != r.Core.TickNow()+1 {
		return fmt.Errorf("%w: ticks from %d on after tick %d", ErrChain, first, r.Core.TickNow())
	}
	var in codec.Input
	for len(inputs) > 0 {
		if inputs, err = codec.ParseInput(inputs, &in); err != nil {
			return fmt.Errorf("%w: %w", ErrRecord, err)
		}
		if in.Kind == codec.InputRolledBack {
			if err := r.rollBack(&in); err != nil {
				return err
			}
			continue
		}
		if in.Kind != codec.InputTicks {
			if code := r.Core.Step(&in); code != codec.CodeOK {
				return fmt.Errorf("%w: %v", ErrInput, code)
			}
			if in.Kind == codec.InputMove {
				r.Moves++
			}
			continue
		}
		for range in.Count {
			if r.Core.RoundOver() {
				return fmt.Errorf("%w: a tick after the round's end", ErrChain)
			}
			r.Core.Tick()
			r.frames = append(r.frames, r.Core.Outbox()...)
			if err := cmp.Or(r.obeyed(nil), r.there()); err != nil {
				return err
			}
		}
	}
	if r.Core.TickNow() != last {
		return fmt.Errorf("%w: the record ends at tick %d and says %d", ErrChain, r.Core.TickNow(), last)
	}
	return nil
}

// reached checks at the end that the journal is as long as it was asked to be.
func (r *replayer) reached() error {
	if to := r.cfg.To; to != (codec.Cut{}) {
		return r.wrong(codec.Index{Round: to.Round, Seq: r.at.Seq + 1},
			fmt.Errorf("%w: it does not reach tick %d of round %d, the last record is %v", ErrMissing, to.Tick, to.Round, r.at))
	}
	return nil
}

func (r *replayer) release(h *codec.RecordHeader) error {
	if r.cfg.Release == nil || r.at.Round < r.cfg.From {
		return nil
	}
	return r.cfg.Release(r.ctx, codec.Group{
		Durable: codec.Durable{
			Partition: r.cfg.Partition, Epoch: h.Epoch, Index: r.at, Tick: r.Core.TickNow(), State: h.State,
		},
		Frames: public(r.frames), Replayed: true,
	})
}

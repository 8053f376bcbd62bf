package actor

import (
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
	ErrChain   = errors.New("the record does not follow the one before it")
	ErrEpoch   = errors.New("the record is of an epoch that was fenced off")
	ErrState   = errors.New("the state hash differs")
	ErrInput   = errors.New("an input that was applied is refused on replay")
	ErrRecord  = errors.New("the record cannot be read")
	ErrBase    = errors.New("the round's base does not fit the world, the snapshot or the round before")
	ErrMissing = errors.New("the journal is shorter than what is known of it")
	ErrMark    = errors.New("the record differs from the high-watermark")
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
	Build     Build
	Journal   Journal
	From      codec.Round      // the round to start from; 0, or one that has not begun: the last one
	To        codec.Cut        // stop right after this tick's boundary, in the middle of a record too; zero: at the end
	Watermark *codec.Watermark // what the journal must reach (I5); nil: none is known
	// Release is given what every record releases, in order; nil: nobody wants it.
	Release func(context.Context, codec.Group) error
}

// History is what a replay found.
type History struct {
	Core    *partition.Core // nil: the journal is empty
	Last    codec.Watermark // the last whole record
	Epoch   codec.Epoch
	Records int
	Moves   int
}

// Replay rebuilds a partition from its journal: a round's base and snapshot,
// then its records and the rounds after it. It checks every link, epoch and
// state hash and stops at the first that differs. With To it ends there, and of
// the record in whose middle that is nothing is checked or released.
func Replay(ctx context.Context, cfg ReplayConfig) (History, error) {
	rounds, err := written(ctx, cfg.Journal)
	if err != nil {
		return History{}, err
	}
	if cfg.To != (codec.Cut{}) {
		rounds = without(rounds, func(round codec.Round) bool { return round > cfg.To.Round })
	}
	r := &replayer{cfg: cfg, ctx: ctx}
	for i, round := range rounds {
		if last := i == len(rounds)-1; !last && (cfg.From == 0 || round < cfg.From) {
			continue
		}
		if r.Core != nil && round != r.at.Round+1 {
			return r.History, r.wrong(codec.Index{Round: r.at.Round + 1, Seq: 1}, ErrMissing)
		}
		if err := cfg.Journal.Read(ctx, round, 1, r.record(round)); errors.Is(err, errThere) {
			return r.History, nil
		} else if err != nil {
			return r.History, err
		}
	}
	return r.History, r.reached()
}

// errThere ends a read at the tick that a replay is to stop at.
var errThere = errors.New("the tick is reached")

// written lists the rounds whose streams hold records; the next round's stands
// empty until the round begins.
func written(ctx context.Context, j Journal) (rounds []codec.Round, err error) {
	all, err := j.Rounds(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the rounds: %w", err)
	}
	for _, round := range all {
		last, _, err := j.Last(ctx, round)
		if err != nil {
			return nil, fmt.Errorf("find the last record of round %d: %w", round, err)
		}
		if last > 0 {
			rounds = append(rounds, round)
		}
	}
	return rounds, nil
}

// replayer is the state between two records.
type replayer struct {
	History
	cfg    ReplayConfig
	ctx    context.Context // of this one Replay call
	at     codec.Index
	frames []byte
	marked bool // the watermark's record was passed and agreed
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
		r.Epoch = h.Epoch
		r.Last = codec.Watermark{Partition: r.cfg.Partition, Index: at, State: h.State, Chain: hashOf(record)}
		if err := r.mark(); err != nil {
			return r.wrong(at, err)
		}
		return r.release(&h)
	}
}

// follows checks the chain and the fence (I4, I5).
func (r *replayer) follows(at codec.Index, h *codec.RecordHeader) error {
	if h.Partition != r.cfg.Partition || h.Round != at.Round || (h.Kind == codec.RecordBase) != (at.Seq == 1) {
		return ErrChain
	}
	if r.Core == nil {
		return nil // the first record read: its link leads to what is not read
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

// base starts a round, from its snapshot if it is the first one read.
func (r *replayer) base(round codec.Round, body []byte) error {
	base, err := codec.ParseBase(body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if base.Hunt != r.cfg.Hunt {
		return fmt.Errorf("%w: the journal is of another hunt", ErrBase)
	}
	if base.World != r.cfg.World {
		return fmt.Errorf("%w: the journal is of world %x, this is %x", ErrBase, base.World[:8], r.cfg.World[:8])
	}
	if r.Core == nil {
		err = r.load(round, &base)
	} else if snapshot := r.Core.AppendSnapshot(nil); hashOf(snapshot) != base.Snapshot {
		err = fmt.Errorf("%w: the state at the end of round %d is not the one that the base names", ErrBase, round-1)
	}
	if err != nil {
		return err
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

// load builds the core from the snapshot that the base names.
func (r *replayer) load(round codec.Round, base *codec.Base) error {
	snapshot, err := r.cfg.Journal.Snapshot(r.ctx, codec.Index{Round: round})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBase, err)
	}
	if hashOf(snapshot) != base.Snapshot {
		return fmt.Errorf("%w: the stored snapshot of round %d is not the one that the base names", ErrBase, round)
	}
	core, err := r.cfg.Build(base.Rules)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBase, err)
	}
	if err := core.Restore(snapshot); err != nil {
		return fmt.Errorf("%w: %w", ErrBase, err)
	}
	r.Core = core
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
			if err := r.there(); err != nil {
				return err
			}
		}
	}
	if r.Core.TickNow() != last {
		return fmt.Errorf("%w: the record ends at tick %d and says %d", ErrChain, r.Core.TickNow(), last)
	}
	return nil
}

// mark compares the record with the watermark, if it is the watermark's.
func (r *replayer) mark() error {
	w := r.cfg.Watermark
	if w == nil || w.Index != r.at {
		return nil
	}
	r.marked = true
	if w.Chain != r.Last.Chain || w.State != r.Last.State {
		return ErrMark
	}
	return nil
}

// reached checks at the end that the journal is as long as it was known to be,
// or asked to be.
func (r *replayer) reached() error {
	if to := r.cfg.To; to != (codec.Cut{}) {
		return r.wrong(codec.Index{Round: to.Round, Seq: r.at.Seq + 1},
			fmt.Errorf("%w: it does not reach tick %d of round %d, the last record is %v", ErrMissing, to.Tick, to.Round, r.at))
	}
	w := r.cfg.Watermark
	if w == nil || w.Index.Compare(r.at) <= 0 {
		return nil
	}
	return r.wrong(codec.Index{Round: r.at.Round, Seq: r.at.Seq + 1},
		fmt.Errorf("%w: it was durable up to %v, the last record is %v", ErrMissing, w.Index, r.at))
}

func (r *replayer) release(h *codec.RecordHeader) error {
	if r.cfg.Release == nil {
		return nil
	}
	return r.cfg.Release(r.ctx, codec.Group{
		Durable: codec.Durable{
			Partition: r.cfg.Partition, Epoch: h.Epoch, Index: r.at, Tick: r.Core.TickNow(), State: h.State,
		},
		Frames: public(r.frames), Replayed: true,
	})
}

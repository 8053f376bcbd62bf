package rounds

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// Config is what the keeper needs to know of its hunt.
type Config struct {
	Partitions int                         // of the hunt
	RoundTicks uint32                      // length of a round, for its start event
	Rules      uint16                      // version of the rules, likewise
	Now        func() time.Time            // paces the leaderboard; nil: time.Now
	Started    func(codec.Round) time.Time // when the round's tick 0 was due; nil: Now
	Archive    Archive                     // of rounds that are over; nil: nothing is archived
	Log        *slog.Logger                // nil: slog.Default()
}

// Stats count since Open.
type Stats struct {
	Events     uint64 // appended
	Grants     uint64 // of them
	Skipped    uint64 // treasures and grants that the streams had already
	Archived   uint64 // rounds whose grants were archived
	Duplicates uint64 // second grants of a treasure in a round: 0, or I2 is violated
}

// Keeper projects groups into the rounds' streams. The goroutine in Run owns
// its state; Offer, Board and Stats are for everybody.
type Keeper struct {
	cfg     Config
	stream  Stream
	queue   chan offer
	stopped chan struct{} // closed when Run returns
	err     error         // why; written before

	open     map[codec.Round]*round
	marks    []place       // by partition: the last event that is in a stream
	finished codec.Round   // RoundEnded of it is in its stream, and of all before
	from     atomic.Uint32 // see From

	unarchived map[codec.Round]bool // over, and without an archive

	board                                         atomic.Pointer[Board]
	events, grants, skipped, archived, duplicates atomic.Uint64
}

// Run projects what is offered until the context ends (nil) or something is
// wrong. It may be called once; after it, open a new keeper.
func (k *Keeper) Run(ctx context.Context) (err error) {
	defer func() {
		k.err = err
		close(k.stopped)
	}()
	k.archive(ctx)
	for {
		select {
		case o := <-k.queue:
			if o.flush != nil {
				close(o.flush)
				continue
			}
			err := k.project(ctx, o)
			if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("round keeper: group of partition %d at %s: %w", o.partition, o.index, err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// errStopped is what Offer says after Run ended with its context.
var errStopped = errors.New("the round keeper has stopped")

func (k *Keeper) stopError() error {
	if k.err != nil {
		return k.err
	}
	return errStopped
}

// Board is the newest round's leaderboard, at most a second and a group old.
func (k *Keeper) Board() Board { return *k.board.Load() }

// Stats are the counts by now.
func (k *Keeper) Stats() Stats {
	return Stats{k.events.Load(), k.grants.Load(), k.skipped.Load(), k.archived.Load(), k.duplicates.Load()}
}

// From is the round after the last one whose end is in its stream; without such a
// one the oldest that had events when the keeper was opened, and 0 if there were
// none. A partition that is opened must release its groups again from this round
// on, or what it released last before that may be missing.
func (k *Keeper) From() codec.Round { return codec.Round(k.from.Load()) }

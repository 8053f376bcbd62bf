package actor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// The pen makes one record after the other durable. It has two goroutines: one
// begins appends, up to a window ahead of the journal's answers, the other waits
// for these, in order. After an error nothing more is begun, so that no later
// record can follow a missing one; every slot is answered.

// write is the goroutine that begins.
func (a *Actor) write(ctx context.Context) {
	defer close(a.begun)
	for s := range a.toWrite {
		for range s.share() {
			a.window <- struct{}{}
		}
		if !a.broken.Load() {
			s.err = a.begin(ctx, s)
		}
		a.begun <- s
	}
}

// settle is the goroutine that waits.
func (a *Actor) settle(ctx context.Context) {
	defer close(a.written)
	var ahead sync.WaitGroup
	defer ahead.Wait()
	next := func(round codec.Round) { ahead.Go(func() { a.prepare(ctx, round+1) }) }
	next(a.Durable().Index.Round)
	var failed error
	for s := range a.begun {
		if failed == nil {
			if failed = a.await(ctx, s); failed != nil {
				a.broken.Store(true)
			}
		}
		if s.err = failed; failed == nil && s.base() {
			next(s.at.Round)
		}
		for range s.share() {
			<-a.window
		}
		a.written <- s
	}
}

// base reports whether the record is a round's first.
func (s *slot) base() bool { return s.at.Seq == 1 }

// share is how much of the window the record takes. A base takes all of it: it
// is begun when every record of the round before is durable, since whoever comes
// first in the new round's stream owns the partition, and nothing is begun
// behind it until it is durable itself.
func (s *slot) share() int {
	if s.base() {
		return window
	}
	return 1
}

// begin begins the append of a record; of a base, in a stream made for it, where
// that does not stand ready.
func (a *Actor) begin(ctx context.Context, s *slot) error {
	if s.base() && codec.Round(a.made.Load()) != s.at.Round {
		if err := a.createRound(ctx, s.at.Round); err != nil {
			return err
		}
	}
	s.pending = a.cfg.Journal.Start(s.at, s.record)
	return nil
}

// await waits until a record that was begun is durable.
func (a *Actor) await(ctx context.Context, s *slot) error {
	if s.err != nil {
		return s.err
	}
	if err := s.pending.Wait(ctx); err != nil {
		return fmt.Errorf("append record %v of partition %d: %w", s.at, a.cfg.Partition, err)
	}
	return nil
}

// persist makes one record durable while the pen does not run.
func (a *Actor) persist(ctx context.Context, s *slot) error {
	if err := a.begin(ctx, s); err != nil {
		return err
	}
	return a.await(ctx, s)
}

// prepare makes the next round's stream, long before it is needed. No record waits
// for that, and partitions do it one after the other in the first half of a
// round: a stream is several files to sync. Where it fails, the round's base will
// say so.
func (a *Actor) prepare(ctx context.Context, round codec.Round) {
	due := time.NewTimer(a.half * time.Duration(a.cfg.Partition+1) / time.Duration(a.cfg.Partitions+1))
	defer due.Stop()
	select {
	case <-due.C:
	case <-ctx.Done():
		return
	}
	if err := a.createRound(ctx, round); err == nil {
		a.made.Store(uint32(round))
	} else if ctx.Err() == nil {
		a.cfg.Log.Warn("the next round's stream cannot be made yet", "partition", a.cfg.Partition, "err", err)
	}
}

func (a *Actor) createRound(ctx context.Context, round codec.Round) error {
	if err := a.cfg.Journal.Create(ctx, round); err != nil {
		return fmt.Errorf("create the stream of round %d of partition %d: %w", round, a.cfg.Partition, err)
	}
	return nil
}

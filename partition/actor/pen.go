package actor

import (
	"context"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// write is the pen's goroutine: it makes one record after the other durable.
// After an error it writes nothing more, so that no later record can follow a
// missing one; every slot is answered.
func (a *Actor) write(ctx context.Context) {
	defer close(a.written)
	var failed error
	for s := range a.toWrite {
		if failed == nil {
			failed = a.persist(ctx, s)
		}
		s.err = failed
		a.written <- s
	}
}

// persist makes one record durable; before a round's base, the stream that it
// stands in.
func (a *Actor) persist(ctx context.Context, s *slot) error {
	base := s.at.Seq == 1
	if base {
		if err := a.createRound(ctx, s.at.Round); err != nil {
			return err
		}
	}
	if err := a.cfg.Journal.Append(ctx, s.at, s.record); err != nil {
		return fmt.Errorf("append record %v of partition %d: %w", s.at, a.cfg.Partition, err)
	}
	if base {
		// The next round's stream stands ready long before it is needed.
		return a.createRound(ctx, s.at.Round+1)
	}
	return nil
}

func (a *Actor) createRound(ctx context.Context, round codec.Round) error {
	if err := a.cfg.Journal.Create(ctx, round); err != nil {
		return fmt.Errorf("create the stream of round %d of partition %d: %w", round, a.cfg.Partition, err)
	}
	return nil
}

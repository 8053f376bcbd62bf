package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/huntgraph/huntgraph/codec"
)

// Follow calls fn with the events of round from and of all later rounds: first
// those that are stored, then each new one once it is durable. With from 0 it
// starts at the newest round that has an event. Within a round the events come in
// order, each once. A round's late events, after the next round's first, still
// come; those after the first event of the second next round do not.
//
// It returns the context's error or that of fn as it is. What it cannot read now,
// because the server does not answer or its disk stands still, it reads later,
// from where it was; a warning says so. Where stored events are damaged or
// missing it goes on with the rounds after them.
func (e *Events) Follow(ctx context.Context, from codec.Round, fn func(round codec.Round, seq uint64, data []byte) error) error {
	live := e.j.names.liveSubjects()
	wake := make(chan *nats.Msg, liveQueue)
	sub, err := e.j.nc.ChanSubscribe(live+"*", wake)
	if err != nil {
		return fmt.Errorf("journal: following the round events: %w", err)
	}
	defer sub.Unsubscribe() //nolint:errcheck // fails only on a closed connection, which has no subscriptions
	f := follower{events: e, from: from, fn: fn}
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for err = f.discover(ctx); ; {
		if err := f.outlast(ctx, err); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m := <-wake:
			if round, ok := roundOf(m.Subject, "."); ok && !f.has(round, m.Header.Get("Nats-Sequence")) {
				err = f.upTo(ctx, round)
			}
		case <-poll.C:
			err = f.discover(ctx)
		}
	}
}

// follower knows how far the rounds that can still grow were delivered: the
// newest one with an event, the one before it, and any that are still empty.
type follower struct {
	events *Events
	from   codec.Round // rounds before it are over, or not asked for
	fn     func(round codec.Round, seq uint64, data []byte) error
	rounds []cursor // ascending

	behind bool // the last read failed, and a warning said so
}

type cursor struct {
	round codec.Round
	seq   uint64 // the last one delivered
}

// fnError marks an error as fn's own.
type fnError struct{ error }

// outlast returns the error that ends the follower. Any other is of a read that
// is made again: the first of a row is logged.
func (f *follower) outlast(ctx context.Context, err error) error {
	var own fnError
	switch {
	case errors.As(err, &own):
		return own.error
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !f.behind:
		slog.WarnContext(ctx, "journal: the round events cannot be read; trying again", "err", err)
	case err == nil && f.behind:
		slog.InfoContext(ctx, "journal: the round events are read again")
	}
	f.behind = err != nil
	return nil
}

// has reports whether an event was delivered: many wake-ups lead to one read.
func (f *follower) has(round codec.Round, sequence string) bool {
	seq, err := strconv.ParseUint(sequence, 10, 64)
	return err == nil && slices.ContainsFunc(f.rounds, func(c cursor) bool { return c.round == round && c.seq >= seq })
}

// discover catches up with every round that there is.
func (f *follower) discover(ctx context.Context) error {
	rounds, err := f.events.Rounds(ctx)
	if err != nil {
		return err
	}
	if f.from == 0 {
		if f.from, err = f.events.newest(ctx, rounds); err != nil {
			return err
		}
	}
	var lost error
	for _, round := range rounds {
		if err := f.upTo(ctx, round); errors.Is(err, ErrDamaged) {
			lost = errors.Join(lost, err)
		} else if err != nil {
			return err
		}
	}
	return lost
}

// newest is the last of rounds with an event, or the first one of all if none
// has; 0 if there are none.
func (e *Events) newest(ctx context.Context, rounds []codec.Round) (codec.Round, error) {
	for _, round := range slices.Backward(rounds) {
		state, err := e.stream(round).state(ctx)
		if err != nil {
			return 0, err
		}
		if state.LastSeq > 0 {
			return round, nil
		}
	}
	if len(rounds) == 0 {
		return 0, nil
	}
	return rounds[0], nil
}

// upTo catches up with a round. When it is a new one, the rounds before it come
// first; what of them is damaged holds the new one up no longer than it takes to see that.
func (f *follower) upTo(ctx context.Context, round codec.Round) error {
	if round < f.from {
		return nil
	}
	at, known := slices.BinarySearchFunc(f.rounds, round, func(c cursor, r codec.Round) int { return cmp.Compare(c.round, r) })
	if !known {
		f.rounds = slices.Insert(f.rounds, at, cursor{round: round})
	}
	first := at
	if f.rounds[at].seq == 0 {
		first = 0
	}
	var lost error
	for i := first; i <= at; i++ {
		err := f.catchUp(ctx, &f.rounds[i])
		switch {
		case errors.Is(err, ErrDamaged):
			lost = errors.Join(lost, err)
		case err != nil && !errors.Is(err, ErrNoStream): // deleted, so there is nothing more to come
			return err
		}
	}
	f.forget()
	return lost
}

func (f *follower) catchUp(ctx context.Context, c *cursor) error {
	return f.events.stream(c.round).read(ctx, c.seq+1, func(seq uint64, data []byte) error {
		c.seq = seq
		if err := f.fn(c.round, seq, data); err != nil {
			return fnError{err}
		}
		return nil
	})
}

// forget drops the rounds before the last but one that has an event.
func (f *follower) forget() {
	begun := 0
	for i, c := range slices.Backward(f.rounds) {
		if c.seq > 0 {
			begun++
		}
		if begun == 2 {
			f.rounds = slices.Delete(f.rounds, 0, i)
			f.from = f.rounds[0].round
			return
		}
	}
}

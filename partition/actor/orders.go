package actor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// What an operator orders is done by the actor's own goroutine, as a function
// that Run calls between two inputs, or as an errand right after a boundary. All
// partitions of a hunt do it at the same boundary, which makes it one cut.

// ErrPassed says that a boundary was ordered for that lies behind already.
var ErrPassed = errors.New("the partition has passed the boundary")

// order has Run's goroutine call fn, and waits for that.
func (a *Actor) order(ctx context.Context, fn func()) error {
	done := make(chan struct{})
	select {
	case a.orders <- func() { fn(); close(done) }:
		<-done
		return nil
	case <-a.stopped:
		return ErrStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// errand is what is to be done right after a boundary.
type errand struct {
	at   codec.Cut
	do   func() error
	err  error
	done chan struct{} // closed when the boundary is durable
}

// now is the last boundary passed.
func (a *Actor) now() codec.Cut { return codec.Cut{Round: a.core.Round(), Tick: a.core.TickNow()} }

// after has fn called right after a boundary, and returns when that is durable.
// If it returns an error, fn may have been called, but will not be any more.
func (a *Actor) after(ctx context.Context, at codec.Cut, fn func() error) error {
	e := &errand{at: at, do: fn, done: make(chan struct{})}
	return a.dispatch(ctx, e, func() {
		if a.now().Compare(at) >= 0 {
			e.err = fmt.Errorf("partition %d is at %v, %v was ordered: %w", a.cfg.Partition, a.now(), at, ErrPassed)
			close(e.done)
			return
		}
		a.errands = append(a.errands, e)
	})
}

// Passed returns when a boundary is durable.
func (a *Actor) Passed(ctx context.Context, at codec.Cut) error {
	e := &errand{at: at, do: func() error { return nil }, done: make(chan struct{})}
	return a.dispatch(ctx, e, func() {
		if a.errands = append(a.errands, e); at.Compare(a.released) <= 0 {
			a.endErrands()
		}
	})
}

// dispatch has Run's goroutine begin an errand, and waits for its end.
func (a *Actor) dispatch(ctx context.Context, e *errand, begin func()) error {
	if err := a.order(ctx, begin); err != nil {
		return err
	}
	select {
	case <-e.done:
		return e.err
	case <-a.stopped:
		return ErrStopped
	case <-ctx.Done():
	}
	forget := func() { a.errands = slices.DeleteFunc(a.errands, func(o *errand) bool { return o == e }) }
	return errors.Join(context.Cause(ctx), a.order(context.WithoutCancel(ctx), forget))
}

// expected reports whether an errand waits for the boundary just passed: it
// closes the record, so that the journal says what the state was.
func (a *Actor) expected() bool {
	now := a.now()
	return slices.ContainsFunc(a.errands, func(e *errand) bool { return e.at == now })
}

// runErrands does what was ordered for the boundary just passed.
func (a *Actor) runErrands() {
	for now, i := a.now(), 0; i < len(a.errands); i++ {
		if e := a.errands[i]; e.at == now {
			e.err = e.do()
		}
	}
}

// endErrands tells those whose boundary is durable.
func (a *Actor) endErrands() {
	a.errands = slices.DeleteFunc(a.errands, func(e *errand) bool {
		ended := e.at.Compare(a.released) <= 0
		if ended {
			close(e.done)
		}
		return ended
	})
}

// Now is the last boundary that the partition has passed.
func (a *Actor) Now(ctx context.Context) (at codec.Cut, err error) {
	err = a.order(ctx, func() { at = a.now() })
	return at, err
}

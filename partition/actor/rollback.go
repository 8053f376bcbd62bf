package actor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// A hunt rolls back in four steps, which the operator's side takes with all
// partitions one after the other:
//
//	Settle, until Settled        // nobody is under way between partitions, durably
//	Hold(name, order)            // no partition passes the boundary, nor takes inputs right before it
//	(the order is written in etcd: from now on it is obeyed)
//	RollBack                     // the boundary is passed by going back
//
// Before the order is written, LetGo takes all back and nothing has happened. After
// it, a partition that restarts before the boundary finds the order in its
// configuration and obeys it by itself. Its journal says what it did (I1).

// ErrBusy says that a partition is about to roll back already.
var ErrBusy = errors.New("another rollback is under way")

// rollback is what the partition's next boundaries have to do with one.
type rollback struct {
	settling bool
	settled  codec.Cut       // since when nothing is under way; zero: something may be
	order    codec.Rollback  // zero: none
	fork     *partition.Fork // what is gone back to
	held     bool            // the order is not written yet: wait
}

// Settle lets what is under way between partitions end.
func (a *Actor) Settle(ctx context.Context) error {
	var failed error
	err := a.order(ctx, func() {
		if a.back.order != (codec.Rollback{}) {
			failed = fmt.Errorf("partition %d: %w", a.cfg.Partition, ErrBusy)
			return
		}
		a.core.Settle(true)
		a.back = rollback{settling: true}
	})
	return errors.Join(err, failed)
}

// Settled reports whether nothing is under way since Settle, durably.
func (a *Actor) Settled(ctx context.Context) (yes bool, err error) {
	err = a.order(ctx, func() {
		yes = a.back.settled != (codec.Cut{}) && a.back.settled.Compare(a.released) <= 0
	})
	return yes, err
}

// Hold keeps the partition, which has settled, before the boundary of an order
// until RollBack or LetGo. The boundary must not be the next one: inputs that wait
// for it could not become durable if the partition stopped.
func (a *Actor) Hold(ctx context.Context, name string, o codec.Rollback) error {
	var failed error
	err := a.order(ctx, func() {
		f := a.forks[name]
		switch {
		case a.back.order != (codec.Rollback{}):
			failed = ErrBusy
		case a.next().Compare(o.At) >= 0:
			failed = fmt.Errorf("it is at %v, %v was ordered: %w", a.now(), o.At, ErrPassed)
		case f == nil || f.Hash() != o.State:
			failed = fmt.Errorf("fork %s: %w", name, ErrNoFork)
		default:
			a.back.order, a.back.fork, a.back.held = o, f, true
		}
		if failed != nil {
			failed = fmt.Errorf("partition %d: %w", a.cfg.Partition, failed)
		}
	})
	return errors.Join(err, failed)
}

// LetGo ends Settle and Hold; what RollBack was called for stays ordered.
func (a *Actor) LetGo(ctx context.Context) error {
	return a.order(ctx, func() {
		if a.back.held || a.back.order == (codec.Rollback{}) {
			a.endRollback()
		}
	})
}

// RollBack lets the partition obey the order that it is held for, and returns when
// that is durable. The context ends only the wait.
func (a *Actor) RollBack(ctx context.Context) error {
	var at codec.Cut
	if err := a.order(ctx, func() { at, a.back.held = a.back.order.At, false }); err != nil {
		return err
	}
	return a.Passed(ctx, at)
}

// held reports whether the next boundary must not be passed yet. No inputs are
// taken meanwhile.
func (a *Actor) held() bool { return a.back.held && a.back.order.At == a.next() }

// next is the boundary to be passed next.
func (a *Actor) next() codec.Cut { return codec.Cut{Round: a.core.Round(), Tick: a.core.TickNow() + 1} }

// calm notes, right after a boundary, that nothing is under way any more. True:
// that is new, and the record is to end here, so that it is durable soon.
func (a *Actor) calm() bool {
	if !a.back.settling || a.back.settled != (codec.Cut{}) || !a.core.Settled() {
		return false
	}
	a.back.settled = a.now()
	return true
}

// rollBack passes the next boundary by going back, if that is ordered.
func (a *Actor) rollBack() bool {
	if a.back.order.At != a.next() {
		return false
	}
	if a.core.Rollback(a.back.fork) != codec.CodeOK {
		panic("actor: a partition that has settled cannot go back")
	}
	in := a.back.order.Input()
	a.draft.boundary(&in)
	a.draft.frames = append(a.draft.frames, a.core.Outbox()...)
	for a.core.Announce() {
		a.draft.frames = append(a.draft.frames, a.core.Outbox()...)
	}
	a.endRollback()
	a.cfg.Metrics.Rollbacks.Inc()
	return true
}

// endRollback lets players cross again.
func (a *Actor) endRollback() {
	a.core.Settle(false)
	a.back = rollback{}
}

// resume takes up the order that the partition got before it was opened, if its
// boundary is ahead. Its memory is not of the pool, which might be full: an order
// that is written must be obeyed.
func (a *Actor) resume(ctx context.Context) error {
	i := slices.IndexFunc(a.cfg.Rollbacks, func(o codec.Rollback) bool { return o.At.Compare(a.now()) > 0 })
	if i < 0 {
		return nil
	}
	o, c := a.cfg.Rollbacks[i], a.cfg.replay()
	fork, err := c.Past(ctx, o.To, true, onHeap)
	if err == nil && fork.Hash() != o.State {
		err = fmt.Errorf("%w: the state at %v has hash %016x, the order says %016x", ErrRollback, o.To, fork.Hash(), o.State)
	}
	if err != nil {
		return fmt.Errorf("partition %d is ordered to roll back at %v: %w", a.cfg.Partition, o.At, err)
	}
	a.core.Settle(true)
	a.back = rollback{settling: true, order: o, fork: fork}
	return nil
}

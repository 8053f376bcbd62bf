package system

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// RolledBack says what a hunt has gone back to.
type RolledBack struct {
	Fork string `json:"fork"`
	To   string `json:"to"` // round/tick
	At   string `json:"at"` // the boundary of the present whose place it took
}

// errNotSettled is why a hunt did not roll back; nothing has happened then.
var errNotSettled = errors.New("players are under way between partitions, or the journal is behind: try again")

// Rollback puts a hunt that is played in back to a fork: weights, loads and
// positions; not sequences, scores, claimed treasures and versions of weights.
// All partitions do it at the same boundary, or none.
func (b *Branches) Rollback(ctx context.Context, name string) (r RolledBack, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	forks, err := control.Forks(ctx, b.etcd(), b.hunt())
	if err != nil {
		return r, err
	}
	f := find(forks, name)
	if f == nil {
		return r, fmt.Errorf("fork %s: %w", name, errNoFork)
	}
	if err := b.fetch(ctx, f); err != nil {
		return r, err
	}
	list, err := b.partitions()
	if err != nil {
		return r, err
	}
	after := context.WithoutCancel(ctx) // what is begun is ended, whether the operator waits or not
	defer func() { err = errors.Join(err, b.letGo(after, list)) }()
	order := control.Rollback{To: f.Cut, States: f.States}
	if order.At, err = b.hold(ctx, list, f); err != nil {
		return r, err
	}
	if err := b.write(after, list, order); err != nil {
		return r, err
	}
	if err := b.obey(after, list); err != nil {
		return r, fmt.Errorf("the rollback at %v is ordered, and will be obeyed, now or at the next start: %w", order.At, err)
	}
	return RolledBack{Fork: name, To: f.Cut.String(), At: order.At.String()}, nil
}

// hold has the partitions settle, and holds them before one boundary.
func (b *Branches) hold(ctx context.Context, list []*owned, f *control.Fork) (at codec.Cut, err error) {
	for ahead := codec.Tick(orderAhead); ; ahead *= 2 {
		if err := b.settle(ctx, list); err != nil {
			return at, err
		}
		if at, err = b.ahead(ctx, list, ahead); err != nil {
			return at, err
		}
		err = each(ctx, list, func(ctx context.Context, p *owned, i int) error {
			return p.Hold(ctx, f.Name, codec.Rollback{At: at, To: f.Cut, State: f.States[i]})
		})
		if !errors.Is(err, actor.ErrPassed) || ahead > orderAhead*orderTries {
			return at, err
		}
		if err := b.letGo(ctx, list); err != nil {
			return at, err
		}
	}
}

// settle waits until nobody is under way between partitions, durably.
func (b *Branches) settle(ctx context.Context, list []*owned) error {
	ctx, cancel := context.WithTimeoutCause(ctx, settleWait, errNotSettled)
	defer cancel()
	// A partition that was started anew may have an older order to obey first.
	if err := poll(ctx, list, func(ctx context.Context, p *owned) (bool, error) {
		err := p.Settle(ctx)
		if errors.Is(err, actor.ErrBusy) {
			return false, nil
		}
		return true, err
	}); err != nil {
		return err
	}
	return poll(ctx, list, func(ctx context.Context, p *owned) (bool, error) { return p.Settled(ctx) })
}

// poll asks every partition, once a tick, until it says yes.
func poll(ctx context.Context, list []*owned, ask func(context.Context, *owned) (bool, error)) error {
	return each(ctx, list, func(ctx context.Context, p *owned, _ int) error {
		tick := time.NewTicker(time.Second / codec.TicksPerSecond)
		defer tick.Stop()
		for {
			if yes, err := ask(ctx, p); yes || err != nil {
				return err
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	})
}

// letGo ends what is not ordered; a partition that has stopped needs it no more.
func (b *Branches) letGo(ctx context.Context, list []*owned) error {
	return each(ctx, list, func(ctx context.Context, p *owned, _ int) error {
		if err := p.LetGo(ctx); !errors.Is(err, actor.ErrStopped) {
			return err
		}
		return nil
	})
}

// write writes the order. Where it is not known whether it was written the
// partitions wait until that is known: an order that stands must be obeyed.
func (b *Branches) write(ctx context.Context, list []*owned, order control.Rollback) error {
	epochs := map[codec.PartitionID]codec.Epoch{}
	for i, p := range list {
		epochs[codec.PartitionID(i)] = p.epoch
	}
	err := control.PutRollback(ctx, b.etcd(), b.hunt(), order, epochs)
	if err == nil || errors.Is(err, control.ErrMoved) || errors.Is(err, control.ErrGone) {
		return err
	}
	for {
		all, again := control.Rollbacks(ctx, b.etcd(), b.hunt())
		if again == nil {
			if slices.ContainsFunc(all, func(o control.Rollback) bool { return o.At == order.At }) {
				return nil
			}
			return err
		}
		b.node.cfg.Log.Warn("whether a rollback is ordered is not known: partitions wait", "at", order.At.String(), "err", again)
		if _, stopped := list[0].Now(ctx); stopped != nil {
			return errors.Join(err, stopped)
		}
		time.Sleep(askAgain)
	}
}

// obey lets the partitions go back, and waits until all have, durably.
func (b *Branches) obey(ctx context.Context, list []*owned) error {
	ctx, cancel := context.WithTimeout(ctx, adminWait)
	defer cancel()
	return each(ctx, list, func(ctx context.Context, p *owned, _ int) error { return p.RollBack(ctx) })
}

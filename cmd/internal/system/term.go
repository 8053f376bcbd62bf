package system

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
)

// follow keeps the node registered, and its partitions as they are assigned.
func (n *Node) follow(ctx context.Context) error {
	for {
		err := n.term(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if !errors.Is(err, errLost) {
			return err
		}
		n.cfg.Log.WarnContext(ctx, "the node's registration was lost; it registers again", "node", n.cfg.Name)
		if err := n.again(ctx); err != nil {
			return err
		}
	}
}

// errLost ends a term. Another node may own the partitions by now, or no node.
var errLost = errors.New("the registration was lost")

// again registers the node anew, however long that takes.
func (n *Node) again(ctx context.Context) error {
	for {
		reg, err := n.reg.Again(ctx)
		if err == nil {
			n.reg = reg
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, control.ErrNameTaken) {
			return err
		}
		n.cfg.Log.WarnContext(ctx, "the node is not registered yet; trying again", "err", err)
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return nil
		}
	}
}

// term is the time of one registration.
func (n *Node) term(ctx context.Context) error {
	watch, end := context.WithCancel(ctx)
	defer end()
	assigned := control.WatchAssignments(watch, n.cfg.Store.Etcd.Client(), n.reg)
	second := time.NewTicker(time.Second)
	defer second.Stop()
	var list []control.Assignment
	var whole bool // all that is assigned runs
	var err error
	for {
		select {
		case list = <-assigned: // it is closed with ctx
			whole, err = n.take(ctx, list)
		case <-second.C:
			if !whole {
				whole, err = n.take(ctx, list)
			}
			if err := n.mark(ctx); err != nil && ctx.Err() == nil {
				n.cfg.Log.Warn("the watermarks are not up to date", "err", err)
			}
		case err = <-n.failed:
		case <-n.reg.Lost():
			err = errLost
		case <-ctx.Done():
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// take stops what is no longer assigned and opens what is new. It reports whether
// all of it runs: where the store does not answer it has to be called again.
func (n *Node) take(ctx context.Context, list []control.Assignment) (whole bool, err error) {
	next := map[codec.PartitionID]*owned{}
	current := *n.owned.Load()
	var open []control.Assignment
	for _, as := range list {
		if as.Hunt != n.cfg.Store.Folder.Plan.Hunt {
			continue
		}
		if o := current[as.Partition]; o != nil && o.epoch == as.Epoch {
			next[as.Partition] = o
		} else {
			open = append(open, as)
		}
	}
	for p, o := range current {
		if next[p] == nil {
			o.stop()
			<-o.done
			n.hop.Drop(n.cfg.Store.Folder.Plan.Hunt, p, codec.ErrorStopping, "the partition moves: ask for its route again")
		}
	}
	return n.open(ctx, next, open)
}

// open recovers new partitions and lets them run.
func (n *Node) open(ctx context.Context, next map[codec.PartitionID]*owned, list []control.Assignment) (whole bool, err error) {
	opened, err := n.recoverAll(ctx, list)
	if err != nil {
		return false, err
	}
	clock := uint64(0)
	for _, run := range opened {
		clock = max(clock, run.Clock())
	}
	if n.start.IsZero() && len(opened) > 0 {
		// The hunt goes on from where the furthest partition is; the others catch up.
		n.start = time.Now().Add(-time.Duration(clock) * time.Second / codec.TicksPerSecond)
	}
	for _, run := range opened {
		next[run.partition] = n.run(ctx, run)
	}
	n.owned.Store(&next)
	if len(next) == n.cfg.Store.Folder.World.Partitions() && len(opened) > 0 {
		select {
		case <-n.ready:
		default:
			close(n.ready)
		}
	}
	return len(opened) == len(list), nil
}

// recoverAll recovers partitions, as many at a time as there are processors, and
// gives those that it could. What kept another one for a moment only is logged.
func (n *Node) recoverAll(ctx context.Context, list []control.Assignment) (opened []*partitionRun, err error) {
	runs, errs := make([]*partitionRun, len(list)), make([]error, len(list))
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i, as := range list {
		turns <- struct{}{}
		group.Go(func() {
			runs[i], errs[i] = n.recover(ctx, as)
			<-turns
		})
	}
	group.Wait()
	for i, run := range runs {
		switch {
		case errs[i] == nil:
			opened = append(opened, run)
		case passes(errs[i]):
			n.cfg.Log.WarnContext(ctx, "a partition cannot be opened yet; trying again", "partition", list[i].Partition, "err", errs[i])
		default:
			err = errors.Join(err, errs[i])
		}
	}
	return opened, err
}

// passes tells an answer of the store that did not come, which it may the next
// time, from one that says no.
func passes(err error) bool {
	return slices.ContainsFunc([]error{
		context.DeadlineExceeded, nats.ErrNoResponders, nats.ErrTimeout,
		rpctypes.ErrTimeout, rpctypes.ErrTimeoutDueToLeaderFail, rpctypes.ErrNoLeader, rpctypes.ErrLeaderChanged,
	}, func(passing error) bool { return errors.Is(err, passing) })
}

package system

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// Branches are the forks of the whole hunt whose partitions run in this process.
// What is done to all partitions is done right after the same boundary of the
// hunt, so each fork and each difference is one cut. One order at a time.
type Branches struct {
	node *Node
	mu   sync.Mutex
}

// What an operator can ask for that there is not.
var (
	errNoFork = control.ErrNoFork
	errBusy   = errors.New("the partitions of the hunt do not all run here")
)

// Branch is a fork as operators see it.
type Branch struct {
	Name      string    `json:"name"`
	Cut       string    `json:"cut"` // round/tick
	StateHash string    `json:"state_hash"`
	Made      time.Time `json:"made"`
	InMemory  bool      `json:"in_memory"` // else it is rebuilt from the journal when it is asked for
	Bytes     int       `json:"bytes"`     // of memory
}

// Fork branches the hunt off, all partitions after the same tick: the next one
// that all can, or, if at is not zero, one of the past.
func (b *Branches) Fork(ctx context.Context, name string, at codec.Cut) (Branch, error) {
	if err := control.CheckFork(name); err != nil {
		return Branch{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	forks, err := control.Forks(ctx, b.etcd(), b.hunt())
	if err != nil {
		return Branch{}, err
	}
	if err := roomFor(forks, name); err != nil {
		return Branch{}, err
	}
	fork := control.Fork{Name: name, Cut: at, Made: time.Now().UTC().Truncate(time.Millisecond)}
	if at == (codec.Cut{}) {
		err = b.branch(ctx, &fork)
	} else {
		err = b.rebuild(ctx, &fork)
	}
	if err == nil {
		err = control.PutFork(ctx, b.etcd(), b.hunt(), fork)
	}
	if err != nil {
		return Branch{}, errors.Join(err, b.forget(context.WithoutCancel(ctx), name))
	}
	return b.show(fork, true), nil
}

// branch takes a fork of the present.
func (b *Branches) branch(ctx context.Context, fork *control.Fork) (err error) {
	fork.Cut, err = b.together(ctx, func(ctx context.Context, p *owned, i int, at codec.Cut) (err error) {
		fork.States[i], err = p.Fork(ctx, fork.Name, at)
		return err
	}, func(n int) error {
		fork.States = make([]uint64, n)
		return b.forget(ctx, fork.Name)
	})
	return err
}

// rebuild finds a fork's state by replays, one partition after the other: each
// takes a core's memory for a while. If the fork's states are known they must be
// the same.
func (b *Branches) rebuild(ctx context.Context, fork *control.Fork) error {
	list, err := b.partitions()
	if err != nil {
		return err
	}
	if err := b.forget(ctx, fork.Name); err != nil {
		return err
	}
	states := make([]uint64, len(list))
	for i, p := range list {
		var unused []byte
		c := ReplayOf(b.node.cfg.Store, codec.PartitionID(i), &unused)
		image, err := c.Past(ctx, fork.Cut, true, p.ForkMemory)
		if err != nil {
			return err
		}
		states[i] = image.Hash()
		if err := p.Adopt(ctx, fork.Name, image); err != nil {
			return err
		}
	}
	if fork.States != nil && !slices.Equal(states, fork.States) {
		return fmt.Errorf("fork %s: the journal gives the states %x at %v, it was taken of %x", fork.Name, states, fork.Cut, fork.States)
	}
	fork.States = states
	return nil
}

// roomFor says what PutFork would, before memory is taken.
func roomFor(forks []control.Fork, name string) error {
	if find(forks, name) != nil {
		return fmt.Errorf("fork %s: %w", name, control.ErrForkTaken)
	}
	if len(forks) >= control.MaxForks {
		return control.ErrForks
	}
	return nil
}

func find(forks []control.Fork, name string) *control.Fork {
	if i := slices.IndexFunc(forks, func(f control.Fork) bool { return f.Name == name }); i >= 0 {
		return &forks[i]
	}
	return nil
}

// Forks lists the hunt's.
func (b *Branches) Forks(ctx context.Context) ([]Branch, error) {
	forks, err := control.Forks(ctx, b.etcd(), b.hunt())
	if err != nil {
		return nil, err
	}
	list := []Branch{}
	for _, f := range forks {
		here, err := b.inMemory(ctx, f.Name)
		if err != nil {
			return nil, err
		}
		list = append(list, b.show(f, here))
	}
	return list, nil
}

func (b *Branches) show(f control.Fork, here bool) Branch {
	s := Branch{
		Name: f.Name, Cut: f.Cut.String(), StateHash: fmt.Sprintf("%016x", codec.HuntState(f.States)), Made: f.Made, InMemory: here,
	}
	for _, p := range *b.node.owned.Load() {
		if here {
			s.Bytes += p.ForkSize()
		}
	}
	return s
}

// inMemory reports whether every partition has the fork.
func (b *Branches) inMemory(ctx context.Context, name string) (bool, error) {
	list, err := b.partitions()
	for i := 0; i < len(list) && err == nil; i++ {
		var names []string
		if names, err = list[i].Forks(ctx); err == nil && !slices.Contains(names, name) {
			return false, nil
		}
	}
	return err == nil, err
}

// Drop forgets a fork.
func (b *Branches) Drop(ctx context.Context, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := control.DropFork(ctx, b.etcd(), b.hunt(), name); err != nil {
		return err
	}
	return b.forget(ctx, name)
}

// forget gives a fork's memory back.
func (b *Branches) forget(ctx context.Context, name string) (err error) {
	for _, p := range *b.node.owned.Load() {
		if e := p.DropFork(ctx, name); !errors.Is(e, actor.ErrStopped) { // what stops gives all back
			err = errors.Join(err, e)
		}
	}
	return err
}

func (b *Branches) etcd() *clientv3.Client { return b.node.cfg.Store.Etcd.Client() }
func (b *Branches) hunt() string           { return b.node.cfg.Store.Folder.Plan.Hunt }

// partitions are those of the hunt, in order, if all run here.
func (b *Branches) partitions() ([]*owned, error) {
	here := *b.node.owned.Load()
	list := make([]*owned, 0, len(here))
	for p := range codec.PartitionID(b.node.cfg.Store.Folder.World.Partitions()) {
		if here[p] == nil {
			return nil, errBusy
		}
		list = append(list, here[p])
	}
	return list, nil
}

// together calls fn for all partitions at once with a boundary that none of them
// has passed. If one passes it nevertheless before it hears of it, all is done
// again for a later one; begin is called before each try.
func (b *Branches) together(
	ctx context.Context, fn func(ctx context.Context, p *owned, i int, at codec.Cut) error, begin func(partitions int) error,
) (at codec.Cut, err error) {
	for ahead := codec.Tick(orderAhead); ; ahead *= 2 {
		list, err := b.partitions()
		if err != nil {
			return at, err
		}
		if at, err = b.ahead(ctx, list, ahead); err != nil {
			return at, err
		}
		if err = begin(len(list)); err != nil {
			return at, err
		}
		err = each(ctx, list, func(ctx context.Context, p *owned, i int) error { return fn(ctx, p, i, at) })
		if !errors.Is(err, actor.ErrPassed) || ahead > orderAhead*orderTries {
			return at, err
		}
	}
}

// ahead is a boundary so many ticks after where the furthest partition is. A
// round's last boundary is none, for the next round begins with it.
func (b *Branches) ahead(ctx context.Context, list []*owned, ticks codec.Tick) (at codec.Cut, err error) {
	for _, p := range list {
		now, err := p.Now(ctx)
		if err != nil {
			return at, err
		}
		if now.Compare(at) > 0 {
			at = now
		}
	}
	if at.Tick += ticks; uint32(at.Tick) >= b.node.cfg.Rules.RoundTicks {
		at = codec.Cut{Round: at.Round + 1, Tick: ticks}
	}
	return at, nil
}

// each calls fn for all partitions at once and waits for all of them.
func each(ctx context.Context, list []*owned, fn func(ctx context.Context, p *owned, i int) error) error {
	errs := make([]error, len(list))
	var group sync.WaitGroup
	for i, p := range list {
		group.Go(func() { errs[i] = fn(ctx, p, i) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// fetch brings a fork to memory in every partition.
func (b *Branches) fetch(ctx context.Context, f *control.Fork) error {
	here, err := b.inMemory(ctx, f.Name)
	if err == nil && !here {
		err = b.rebuild(ctx, f)
	}
	return err
}

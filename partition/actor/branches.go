package actor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// What can be wrong with an order about forks.
var (
	ErrNoFork   = errors.New("the partition has no such fork in memory")
	ErrForkRoom = errors.New("no room for another fork")
)

// Memory is where forks lie: a pool that all partitions of a node share.
type Memory interface {
	// Get is nil where there is no room left.
	Get(size int) ([]byte, error)
	Put(mem []byte) error
}

// Fork branches the partition's state off right after a boundary, under a name,
// and returns the state's hash when that boundary is durable. The memory is found
// here, for finding it takes milliseconds that the actor does not have.
func (a *Actor) Fork(ctx context.Context, name string, at codec.Cut) (state uint64, err error) {
	mem, err := a.ForkMemory(a.ForkSize())
	if err != nil {
		return 0, err
	}
	err = a.after(ctx, at, func() error {
		if a.forks[name] != nil {
			return fmt.Errorf("partition %d has a fork %s already", a.cfg.Partition, name)
		}
		f, code := a.core.Fork(mem)
		if code != codec.CodeOK {
			return fmt.Errorf("fork partition %d at %v: %v: %w", a.cfg.Partition, at, code, ErrForkRoom)
		}
		a.forks[name], state, mem = f, f.Hash(), nil
		return nil
	})
	if mem != nil { // nobody has taken it, nor will
		err = errors.Join(err, a.cfg.Memory.Put(mem))
	}
	return state, err
}

// ForkSize is how much memory a fork takes, in bytes.
func (a *Actor) ForkSize() int { return a.core.ForkSize() } // it follows from the topology

// ForkMemory finds memory for a fork of the partition, in its pool.
func (a *Actor) ForkMemory(size int) ([]byte, error) {
	if a.cfg.Memory == nil {
		return nil, ErrForkRoom
	}
	mem, err := a.cfg.Memory.Get(size)
	if err == nil && mem == nil {
		err = fmt.Errorf("%d bytes for a fork of partition %d: %w", size, a.cfg.Partition, ErrForkRoom)
	}
	return mem, err
}

// Adopt gives the partition an image of an earlier state under a name. Its memory
// is of the actor's pool, and the actor's from now on, or given back after an error.
func (a *Actor) Adopt(ctx context.Context, name string, image *partition.Fork) error {
	var failed error
	err := a.order(ctx, func() {
		if a.forks[name] != nil {
			failed = fmt.Errorf("partition %d has a fork %s already", a.cfg.Partition, name)
			return
		}
		a.forks[name], image = image, nil
	})
	if err = errors.Join(err, failed); image != nil {
		err = errors.Join(err, a.cfg.Memory.Put(a.core.Drop(image)))
	}
	return err
}

// Forks are the names of those in memory.
func (a *Actor) Forks(ctx context.Context) (names []string, err error) {
	err = a.order(ctx, func() { names = slices.Sorted(maps.Keys(a.forks)) })
	return names, err
}

// DropFork forgets a fork; one that is not there is well.
func (a *Actor) DropFork(ctx context.Context, name string) error {
	var mem []byte
	err := a.order(ctx, func() {
		if f := a.forks[name]; f != nil {
			mem = a.core.Drop(f)
			delete(a.forks, name)
		}
	})
	if mem != nil {
		err = errors.Join(err, a.cfg.Memory.Put(mem))
	}
	return err
}

// dropForks gives their memory back when the partition stops.
func (a *Actor) dropForks() (err error) {
	for name, f := range a.forks {
		err = errors.Join(err, a.cfg.Memory.Put(a.core.Drop(f)))
		delete(a.forks, name)
	}
	return err
}

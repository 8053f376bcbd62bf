package actor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// ErrRollback says that a rollback in a journal is not what it must be.
var ErrRollback = errors.New("the rollback is not the one that was ordered, or does not go back to what it names")

// Past finds the state right after an earlier cut, as an image in memory that get
// finds: it replays the journal into a core beside the partition's own. led has
// the image lead players at once, which takes as long as opening a partition.
func (c *ReplayConfig) Past(ctx context.Context, to codec.Cut, led bool, get func(size int) ([]byte, error)) (image *partition.Fork, err error) {
	if c.Second == nil {
		panic("actor: a replay of a rollback needs room for a second core")
	}
	past := *c
	past.From, past.To, past.Marks, past.Release = 0, to, nil, nil
	var free func() error
	past.Build, free = c.Second()
	defer func() { err = errors.Join(err, free()) }()
	h, err := Replay(ctx, past)
	if err != nil {
		return nil, fmt.Errorf("find the state of partition %d at %v: %w", c.Partition, to, err)
	}
	if led {
		h.Core.Lead()
	}
	mem, err := get(h.Core.ForkSize())
	if err != nil {
		return nil, err
	}
	image, code := h.Core.Image(mem)
	if code != codec.CodeOK {
		return nil, fmt.Errorf("image of partition %d at %v: %v: %w", c.Partition, to, code, ErrForkRoom)
	}
	return image, nil
}

// onHeap finds memory that the collector takes back.
func onHeap(size int) ([]byte, error) {
	words := make([]uint64, (size+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size), nil
}

// image is the state that a rollback in the journal goes back to.
func (r *replayer) image(in *codec.Input) (*partition.Fork, error) {
	image, err := r.cfg.Past(r.ctx, in.Cut, false, onHeap)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRollback, err)
	}
	if image.Hash() != in.State {
		return nil, fmt.Errorf("%w: the state at %v has hash %016x, the record says %016x", ErrRollback, in.Cut, image.Hash(), in.State)
	}
	return image, nil
}

// rollBack passes a boundary by going back, as the partition did.
func (r *replayer) rollBack(in *codec.Input) error {
	image, err := r.image(in)
	if err != nil {
		return err
	}
	if code := r.Core.Rollback(image); code != codec.CodeOK {
		return fmt.Errorf("%w: %v", ErrRollback, code)
	}
	r.frames = append(r.frames, r.Core.Outbox()...)
	for r.Core.Announce() {
		r.frames = append(r.frames, r.Core.Outbox()...)
	}
	return cmp.Or(r.obeyed(in), r.there())
}

// obeyed checks the boundary just passed, by a rollback or (nil) a tick, against
// what was ordered for it.
func (r *replayer) obeyed(in *codec.Input) error {
	if r.cfg.Rollbacks == nil {
		return nil
	}
	at := codec.Cut{Round: r.Core.Round(), Tick: r.Core.TickNow()}
	for _, o := range r.cfg.Rollbacks {
		if o.At != at {
			continue
		}
		if in == nil {
			return fmt.Errorf("%w: at %v it was to go back to %v, and went on", ErrRollback, at, o.To)
		}
		if in.Cut != o.To || in.State != o.State {
			return fmt.Errorf("%w: at %v it was to go back to %v, state %016x, and went to %v, state %016x",
				ErrRollback, at, o.To, o.State, in.Cut, in.State)
		}
		return nil
	}
	if in != nil {
		return fmt.Errorf("%w: nobody ordered one at %v", ErrRollback, at)
	}
	return nil
}

package system

import (
	"context"
	"fmt"
)

// part is a piece of the system that runs in a goroutine of its own until it
// is stopped; one that ends before is a failure.
type part struct {
	name   string
	cancel context.CancelFunc
	done   chan struct{}
	err    error // written before done is closed
}

// launch starts a part. It outlives ctx: stop ends it, in the order that its
// owner chooses. failed gets the error of a part that ends by itself.
func launch(ctx context.Context, name string, failed chan<- error, run func(context.Context) error) *part {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &part{name: name, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = run(ctx)
		if ctx.Err() == nil {
			if p.err == nil {
				p.err = fmt.Errorf("the %s ended by itself", name)
			}
			select {
			case failed <- fmt.Errorf("%s: %w", name, p.err):
			default: // another part was first
			}
		}
	}()
	return p
}

// stop ends the part and waits for it. A nil part is stopped already.
func (p *part) stop() error {
	if p == nil {
		return nil
	}
	p.cancel()
	<-p.done
	if p.err != nil {
		return fmt.Errorf("%s: %w", p.name, p.err)
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	os.Exit(execute(interruptible(context.Background()), verbs(), os.Args[1:], os.Stdout, os.Stderr))
}

// stopTime is how long a verb has to stop by itself.
const stopTime = 800 * time.Millisecond

// lingering says that the verb in hand may take longer to stop, because it has to put
// the state of a hunt away.
var lingering atomic.Bool

// interruptible returns a context that ends at the first SIGINT, SIGTERM or SIGHUP.
// After stopTime the process ends, whatever the verb computes: files appear whole or
// not at all. So it does at a second signal, for a clean stop that hangs.
func interruptible(parent context.Context) context.Context {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2) // room for both, so that neither is missed
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		cancel()
		var late <-chan time.Time
		if !lingering.Load() {
			late = time.After(stopTime)
		}
		select {
		case <-late:
			fmt.Fprintln(os.Stderr, "hunt: interrupted")
		case <-signals:
			fmt.Fprintln(os.Stderr, "hunt: interrupted twice, stopping at once")
		}
		os.Exit(exitInterrupted)
	}()
	return ctx
}

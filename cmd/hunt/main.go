package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(runProcess(verbs()))
}

// runProcess runs this process's command line and returns its exit code.
func runProcess(verbs []*cobra.Command) int {
	ctx, stopped := interruptible(context.Background())
	defer stopped()
	return execute(ctx, verbs, os.Args[1:], os.Stdout, os.Stderr)
}

// stopTime is how long a verb has to stop by itself.
const stopTime = 800 * time.Millisecond

// lingering says that the verb in hand may take longer to stop, because it has to put
// the state of a hunt away, or to say what its players were given.
var lingering atomic.Bool

// interruptible returns a context that ends at the first SIGINT, SIGTERM or SIGHUP.
// After stopTime the process ends, whatever the verb computes: files appear whole or
// not at all. So it does at a second signal, for a clean stop that hangs. stopped
// says that the verb has ended, with an exit code of its own.
func interruptible(parent context.Context) (ctx context.Context, stopped func()) {
	ctx, cancel := context.WithCancel(parent)
	ended := make(chan struct{})
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
		case <-ended:
			return
		case <-late:
			fmt.Fprintln(os.Stderr, "hunt: interrupted")
		case <-signals:
			fmt.Fprintln(os.Stderr, "hunt: interrupted twice, stopping at once")
		}
		os.Exit(exitInterrupted)
	}()
	return ctx, sync.OnceFunc(func() { close(ended) })
}

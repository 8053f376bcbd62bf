package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(execute(interruptible(context.Background()), verbs(), os.Args[1:], os.Stdout, os.Stderr))
}

// interruptible returns a context that ends at the first SIGINT or SIGTERM. A
// second one ends the process at once, for a clean stop that hangs.
func interruptible(parent context.Context) context.Context {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2) // room for both, so that neither is missed
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		fmt.Fprintln(os.Stderr, "hunt: interrupted twice, stopping at once")
		os.Exit(exitInterrupted)
	}()
	return ctx
}

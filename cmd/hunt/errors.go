package main

import (
	"context"
	"errors"

	"github.com/huntgraph/huntgraph/partition/world"
)

// The exit codes of every verb.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2   // a wrong flag, argument or configuration
	exitBound       = 10  // a stated bound was missed
	exitUnsafe      = 20  // an invariant was violated
	exitUndecided   = 21  // the checker could not decide
	exitInterrupted = 130 // ended by a signal before it was done
)

// exitError is an error that knows the exit code it deserves.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// exitWith gives err an exit code; the outermost code on the way up counts.
// A nil err stays nil.
func exitWith(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code: code, err: err}
}

// usage marks err as the caller's mistake: exit code 2.
func usage(err error) error { return exitWith(exitUsage, err) }

// exitCode returns the code that the process ends with after err. A verb that
// was told to stop and did so cleanly returns nil, which is exitOK.
func exitCode(err error) int {
	var coded *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &coded):
		return coded.code
	case errors.Is(err, world.ErrInput):
		return exitUsage
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailure
}

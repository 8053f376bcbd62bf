package actor

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestPin: the thread may run on that processor only; one that is not there is an error.
func TestPin(t *testing.T) {
	var allowed, now unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		t.Fatal(err)
	}
	cpu := 0
	for !allowed.IsSet(cpu) {
		cpu++
	}
	done := make(chan error)
	go func() { // its thread ends with it
		err := pin(cpu)
		if err == nil {
			err = unix.SchedGetaffinity(0, &now)
		}
		done <- err
	}()
	if err := <-done; err != nil || now.Count() != 1 || !now.IsSet(cpu) {
		t.Errorf("bound to %d processors (%v)", now.Count(), err)
	}
	go func() { done <- pin(1023) }()
	if <-done == nil {
		t.Error("bound to a processor that is not there")
	}
}

// TestRunPinned: an actor that cannot have its processor does not run.
func TestRunPinned(t *testing.T) {
	b := newBed(t)
	cfg := b.config(1)
	cfg.Pin = new(int)
	*cfg.Pin = 1023
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t, a, 0)(); err == nil {
		t.Error("it ran")
	}
}

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// clockSynchronised asks the kernel whether an NTP client keeps the clock.
func clockSynchronised() (bool, error) {
	var state unix.Timex
	if _, err := unix.Adjtimex(&state); err != nil {
		return false, fmt.Errorf("reading the clock's state: %w", err)
	}
	return state.Status&unix.STA_UNSYNC == 0, nil
}

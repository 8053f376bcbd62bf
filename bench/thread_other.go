//go:build !linux

package bench

import "time"

// threadTime is the time by the clock, where no thread's own is at hand.
func threadTime() time.Duration { return time.Duration(nanotime()) }

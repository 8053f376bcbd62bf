package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/huntgraph/huntgraph/partition/actor"
)

// hiccups is how late a thread that does nothing but look at the clock sees
// moments at that rate pass: what the machine itself adds to any latency.
func hiccups(ctx context.Context, rate float64, length time.Duration, seen *actor.Counts) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := nanotime()
	for due, n := began, 0; due < began+int64(length) && ctx.Err() == nil; n++ {
		now := nanotime()
		for now < due {
			now = nanotime()
		}
		seen.Add(now - due)
		due = began + int64(float64(n+1)*1e9/rate)
	}
}

// resident is how much memory the process holds, in bytes.
func resident() (int64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, fmt.Errorf("read the resident size: %w", err)
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("read the resident size: %q in /proc/self/statm", text)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the resident size: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}

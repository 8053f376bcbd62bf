package bench

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is the processor time of the calling thread, to which the goroutine
// must be locked. Beside other work it compares two computations where their
// times by the clock do not.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic("bench: the kernel keeps no thread's time: " + err.Error()) // Linux has since 2.6.12
	}
	return time.Duration(t.Nano())
}

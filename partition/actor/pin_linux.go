package actor

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// pin binds the calling goroutine to a thread of its own, and that thread to one
// processor of the machine. The thread ends with the goroutine.
func pin(cpu int) error {
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("bind the thread to processor %d: %w", cpu, err)
	}
	return nil
}

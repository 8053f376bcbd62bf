package system

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/huntgraph/huntgraph/codec"
)

// ErrLimit says that the process may not open as many files as the hunt needs.
var ErrLimit = errors.New("too few open files are allowed")

// storeDescriptors is how many descriptors a hunt needs beside its listeners'
// connections: the journal keeps one open for each stream that this process wrote
// to, which are its partitions' and its events' of each round that is kept. length
// is how long the process runs; 0: until it is stopped.
func storeDescriptors(partitions int, roundTicks uint32, length time.Duration) int {
	const tick = time.Second / codec.TicksPerSecond
	keep := int64(keepFor + 2*sweepEvery/tick)
	if length > 0 {
		keep = min(keep, int64(length/tick))
	}
	return baseDescriptors + (partitions+1)*(int(keep/int64(max(roundTicks, 1)))+spareRounds)
}

// pageConnections is how many connections the page may have, of what the
// process's limit leaves beside the store and the operator. An error says that it
// leaves too little: then the store would end in the middle of the hunt.
func pageConnections(partitions int, roundTicks uint32, length time.Duration) (int, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("read how many files this process may open: %w", err)
	}
	need := storeDescriptors(partitions, roundTicks, length) + maxAdminConns
	if limit.Cur < uint64(need+minPageConns) {
		return 0, fmt.Errorf("%w: %d (ulimit -n), and a hunt of %d partitions in rounds of %v needs %d; raise the limit, or play longer rounds",
			ErrLimit, limit.Cur, partitions, time.Duration(roundTicks)*time.Second/codec.TicksPerSecond, need+minPageConns)
	}
	return int(min(limit.Cur-uint64(need), maxPageConns)), nil
}

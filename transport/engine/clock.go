package engine

import "time"

var start = time.Now()

// Nanotime is the process's monotonic clock in nanoseconds since its start.
// Batch.ReadAt is stamped with it; whoever measures residence reads it too.
func Nanotime() int64 { return int64(time.Since(start)) }

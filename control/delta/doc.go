// Package delta keeps the delta log of one partition: the durable weight of
// every edge and the newest changes in a ring, so that a gateway that says what
// it has gets exactly what it misses.
//
// The caller's loop, in the one goroutine that owns the log:
//
//	log := delta.New(firstEdge, base)
//	err := log.Seed(seq, weights)        // at boot, as of the base that is replayed from
//	err := log.Append(d)                 // every delta of every durable group, in order
//	frames = log.AppendReplay(frames, from, round, tick) // for every subscriber
//
// Invariant I6: sequences are contiguous, a gap is an error; a subscriber is
// told explicitly whether it gets the missing deltas or a snapshot, and ends up
// with the log's weights either way. It must never see a delta that is not
// durable, and has no lock, clock or I/O.
package delta

// Package actor runs a partition's core: it owns the goroutine, the clock and
// the journal's pen.
//
//	a, err := actor.Open(ctx, config)   // replays the journal, takes over with the epoch's first record
//	go a.Run(ctx, start)                // until ctx ends; a clean stop is durable
//	a.Submit(ctx, batch)                // frames of an engine-hop stream
//
// One goroutine (Run) owns the core and everything here but the journal's pen:
// records go to it through one channel and come back, durable, through another.
// The pen begins to append a few ahead of the journal's answers. A move is answered as soon as it is applied; all
// else that it causes leaves when its record is durable (I3). Records carry the
// epoch (I4), the hash of the record before and the neighbour's last durable
// index (I5). While the journal is behind, inputs are answered with "not now"
// and ticks wait, so speculation is bounded.
//
// All batches that wait are taken before their replies are sent. What the core
// does behind its moves (bringing hints up to a cut) is done in slices of some
// 50 us while nothing waits, by as many actors of the process at a time as leave
// a processor to moves; an actor that always has moves gives it every 64th.
//
// Replay rebuilds a core from its newest good snapshot and the journal after it,
// and checks every link, epoch and state hash on the way; it refuses with the
// index at which anything differs. A snapshot is of the state after the record
// at an index: once a round the actor copies its state onto the page of the
// process's Scribe, which packs and stores it when that record is durable.
//
// Letters between partitions are frames of the outbox too: Post takes them when
// their record is durable, Deliver brings them to the other actor. Neither waits;
// a letter that is lost is released again by the core (I7).
//
// What an operator orders (orders.go) is done between two inputs or right after a
// boundary: named forks (branches.go), differences, and the four steps of a
// rollback (rollback.go). Past finds the state right after any cut of the journal,
// Branch what would have been with one input changed.
//
// The package never decides what an input does: that is the core's. It never
// imports transport or control: they are behind the ports in ports.go.
package actor

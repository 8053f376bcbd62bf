// Package partition is the pure core of a hunt's partition: its state, what a
// move does to it, and the way to the nearest treasure or a named goal.
//
// A Core is owned by one goroutine, whose loop is
//
//	code := core.Step(&input)     // code OK: journal the input, a player's or a game event
//	reply := core.Reply(...)      // to the mover, at once, speculative
//	...
//	core.Tick()                   // 30 times a second of the hunt's time
//	journal(inputs, core.Hash())  // a tick record
//	release(core.Outbox())        // when that record is durable, not before
//	for core.Work(budget) {}      // brings hints up to the last refresh
//	core.Report(&report)          // to the hunt's coordinator of cuts (partition/cut)
//	if core.RoundOver() { core.BeginRound(core.Round()+1, seed) }
//
// A move over a border hands the player to the neighbour by frames in the
// outbox; what comes back is an input like any other (handoff.go). It holds I7:
// a player is in one partition or in one hand-off, and spawns at home only.
//
// Fork branches off the state, Rollback goes back to a fork (rollback.go), and the
// Diff functions list what differs.
//
// It holds I1: the state is a function of the world, the seeds and the inputs;
// integers only, no clock, no map, no global randomness. I2: a treasure is
// claimed at most once a round, and the claim is part of the state. I8: a hint
// equals Dijkstra on the weights as of the refresh that it names. I9: after New
// nothing is allocated, and the shard and the arena never grow; what is full
// answers with a code. I13: what it releases of a round's treasures before they
// open tells nothing of where they will, but for EventRoundStarted, which carries the seed.
//
// The search hierarchy and its fields (partition/overlay) are derived: no
// logical state depends on them, nor on how far a repair or a search has come.
//
// The package never does I/O, reads a clock, starts a goroutine, takes a lock
// or formats a string; a test of its import graph holds it to that. An input
// that was not answered with OK must never be journaled.
package partition

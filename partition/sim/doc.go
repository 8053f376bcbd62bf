// Package sim plays a whole small hunt in one goroutine, by a seed, and tries to
// make it break its word.
//
//	r := sim.Run(seed)        // the same seed, the same r.Trace
//	for _, what := range r.Broken { ... }
//
// What is real: the cores (package partition), the coordinator of cuts
// (partition/cut), every frame, input and record (codec), and recovery
// (actor.Replay). What is simulated: the clock, the network, the journal, the
// one who assigns partitions, the players, and the actor's loop (owner.go),
// which here is a handful of events instead of two goroutines.
//
// A run has three parts. At first everything goes wrong: owners crash, fall
// asleep and wake up when another has taken over, or have two at once; the
// journal stalls, loses answers and requests of which several are under way, tears
// a record in the middle and, in some runs, has too little room for a round's
// records; snapshots rot; messages of all kinds are lost, doubled, late and
// overtaken; the coordinator starts anew. Now and then an operator rolls the hunt
// back (operator.go), through all of that.
// Then faults end and players go on for a while. Then players stand still, and
// everything must settle within a bound.
//
// The judge sees what an onlooker sees: each record as the journal takes it, each
// frame as an owner releases it, each answer that a player gets. It does not ask
// a core whether something was right:
//
//   - I1: every recovery, from whichever snapshot it starts, and a replay of the
//     whole journal at the end, give the states that the records name; a snapshot
//     is passed over only if it was spoiled.
//   - I2: a treasure of a round has one grant, in all that was ever released.
//   - I3: nothing is released that is not in the journal; a move that was called
//     durable is in it; a release says the same again after a crash.
//   - I4: no record of a lower epoch follows one of a higher.
//   - I5: records are linked and follow one another; a journal that is damaged
//     afterwards is refused.
//   - I6: a player's moves are numbered without a gap, and each begins where the
//     one before it led, across all partitions, or where a rollback put the
//     player; deltas have no gap, and lead back to the weights rolled back to.
//   - I7: a player is in one partition or one hand-off, which is taken once.
//   - I8: hints and ways equal a plain Dijkstra over the whole hunt, on the
//     weights and treasures that were released up to the cut which they name.
//   - I11: within a bound after the faults every partition has its one owner,
//     hand-offs end, hints are of a new cut, nothing waits for the journal.
//
// The package never starts a goroutine, reads a clock, ranges over a map or draws
// from anything but the seed's generator.
package sim

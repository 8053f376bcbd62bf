// Package jepsen drives the real binary and tries to make it break its word: it
// kills it under load, flips bytes in its files, and checks what players saw.
//
// The caller's loop:
//
//	crowd := jepsen.NewCrowd(8)
//	for range kills {
//		p, err := jepsen.Start(ctx, bin, "dev", "--data-dir", dir, ...)
//		ready, err := p.Ready(ctx)
//		stop := crowd.Play(ctx, ready.Page)      // every observer joins and moves
//		err = crowd.Await(ctx, round, tick)      // until so much is durable
//		p.Kill()
//		stop()
//		replay, code, err := jepsen.RunReplay(ctx, bin, dir)
//	}
//	broken := append(jepsen.CheckMoves(clock, crowd.Histories()), jepsen.CheckGrants(crowd.Histories())...)
//
// An observer is a player of the Go client that writes down, in the order in
// which it saw it, every move that it tried, every answer, every durable
// acknowledgement, every grant and every round event. Its History is all that a
// checker reads: the checkers are pure functions and know nothing of how the
// system works inside.
//
// What they hold:
//
//   - I1: the journal that is left replays to the state hashes that it holds, and
//     a clean stop's state hash is the replay's.
//   - I2: over receipts, round events and restarts together, no treasure of a
//     round has two holders or two grants, and a grant stays its holder's.
//   - I3: no player is moved back past a durable acknowledgement; where it stands
//     after a restart is where a move of its own led; the journal holds at least
//     the moves that were called durable.
//   - I5: a flipped byte is a refusal that says where, or changes nothing; so is a
//     file that is cut, gone, in another's place or of another game, and `hunt
//     admin verify` names it.
//
// I4 needs two owners at once, which one process never has.
//
// The package must never import the partition or a verb: a checker that shares
// code with what it checks shares its bugs. Its processes never outlive it.
package jepsen

// Package scenario holds the engine's own search against published answers: it
// asks partition.Core what was asked of others and compares lengths (I8).
//
//	report, err := scenario.Check(ctx, grid, scenarios, done)  // a game map
//	report, err := scenario.CheckRoads(ctx, roads, done)       // a road graph
//	report, err := scenario.Play(ctx, dynamic, done)           // a map that changes
//
// The whole map is one partition. A map that changes does so as in a hunt: its
// patches are weights that a game server sets, on one core from end to end. It
// never uses another search than the engine's, and it never forgives: an answer
// beyond the tolerance of the published digits is a mismatch, named with its line. A
// query that no search can answer is refused by its line and never passes.
package scenario

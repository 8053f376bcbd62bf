// Package scenario holds the engine's own search against published answers: it
// runs a map's scenarios through partition.Core and compares lengths (I8).
//
//	report, err := scenario.Check(ctx, grid, scenarios, progress)
//
// The whole map is one partition. It never uses another search than the
// engine's, and it never forgives: an answer beyond the tolerance of the
// published digits is a mismatch, named with its line.
package scenario

// Package bench measures Huntgraph, each figure with its floor or its rival in
// the same run, behind `hunt bench`.
//
// A caller runs one benchmark and prints its result:
//
//	result, err := bench.Alloc(ctx, bench.AllocConfig{Moves: 1_000_000})
//
// Only the benchmarks that run inside one process call the partition directly;
// others drive the system through the Go client. It never judges the machine:
// figures come with what they are compared to.
package bench

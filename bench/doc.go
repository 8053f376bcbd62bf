// Package bench measures Huntgraph, each figure with its floor or its rival in
// the same run, behind `hunt bench`.
//
// A caller runs one benchmark and prints its result:
//
//	result, err := bench.Alloc(ctx, bench.AllocConfig{Moves: 1_000_000})
//	result, err := bench.Step(ctx, bench.StepConfig{World: "w.world", …}) // a whole hunt
//
// Each runs inside one process and calls the partition, or its actors, directly.
// It never judges the machine: figures come with what they are compared to.
package bench

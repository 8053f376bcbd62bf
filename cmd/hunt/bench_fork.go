package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/bench"
	"github.com/huntgraph/huntgraph/partition/world"
)

// The bounds that forks of 47 million edges are held to, in milliseconds.
const (
	maxForkPauseMS    = 1
	maxDiffFullMS     = 60
	maxDiffFloors     = 2
	maxRollback1PctMS = 20
	maxRollbackAllMS  = 200
)

func benchForkCommand() *cobra.Command {
	cfg := bench.ForkConfig{}
	cmd := &cobra.Command{
		Use:   "fork",
		Short: "Fork every partition of a world, change it, compare, and roll it back",
		Long: "Every partition is an island with congestion, whose forks share memory until it is written. Changed are a\n" +
			"hundredth of all edges, at random, and all of them. A rollback is timed until all partitions are\n" +
			"put back and the first hint of the new cut is there. The floors compare and copy as many bytes as the\n" +
			"state by edge has, on as many processors. Medians of all rounds. Exit code 20 if a difference or a\n" +
			"hint is wrong; 10 if memory leaks or a bound is missed, which is named.",
		Example: "  hunt bench fork --edges 47e6 --json\n  hunt bench fork --world w.world --rounds 20",
		RunE: func(cmd *cobra.Command, _ []string) error {
			watch, finish := stages(cmd.Context(), cmd.ErrOrStderr())
			cfg.Watch = watch
			r, err := bench.Fork(cmd.Context(), cfg)
			finish()
			if err != nil {
				return usageIfMissing(err)
			}
			if err := printResult(cmd, r); err != nil {
				return err
			}
			if r.Wrong > 0 {
				return exitWith(exitUnsafe, fmt.Errorf("%d differences, hints or hashes are wrong", r.Wrong))
			}
			if missed := forkMisses(&r); len(missed) > 0 {
				return exitWith(exitBound, fmt.Errorf("missed: %s", strings.Join(missed, "; ")))
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&cfg.World, "world", "", "a .world file instead of a generated world")
	flags.Var(count(&cfg.Edges, 1_000_000, world.MinGenEdges, world.MaxGenEdges), "edges", "edges of the generated world, about")
	flags.Var(count(&cfg.Rounds, 20, 1, 1_000_000), "rounds", "rounds to take medians of")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "seed of the world, the round and the congestion")
	return cmd
}

// forkMisses names the bounds that a run missed.
func forkMisses(r *bench.ForkResult) (missed []string) {
	for _, b := range []struct {
		what       string
		got, bound float64
	}{
		{"the fork's pause", r.ForkPauseMS, maxForkPauseMS},
		{"the full difference", r.DiffFullMS, min(maxDiffFullMS, maxDiffFloors*r.CompareFloorMS)},
		{"the rollback of 1 %", r.Rollback1PctMS, maxRollback1PctMS},
		{"the rollback of all", r.RollbackAllMS, maxRollbackAllMS},
	} {
		if b.got > b.bound {
			missed = append(missed, fmt.Sprintf("%s takes %.2f ms, bound %.2f", b.what, b.got, b.bound))
		}
	}
	if r.LeakedBytes != 0 {
		missed = append(missed, fmt.Sprintf("%d bytes leaked", r.LeakedBytes))
	}
	return missed
}

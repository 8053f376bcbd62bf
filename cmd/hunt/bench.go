package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/bench"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/world"
)

func benchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Benchmarks, each against its floor or rival in the same run",
	}
	cmd.AddCommand(benchAllocCommand(), benchStepCommand(), benchSearchCommand(), benchUpdateCommand(), benchForkCommand(), benchJournalCommand(), benchRecoverCommand())
	return cmd
}

func benchAllocCommand() *cobra.Command {
	cfg := bench.AllocConfig{}
	cmd := &cobra.Command{
		Use:   "alloc",
		Short: "Count what the engine allocates from a move's frame to its reply's",
		Long: "Plays hint-following players through Step and Tick of one partition and counts the heap's\n" +
			"allocations. The rival, in the same run, allocates each reply. Exit code 10 if a move allocates;\n" +
			"where, is printed.",
		Example: "  hunt bench alloc --json\n  hunt bench alloc --world w.world --players 3000",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := bench.Alloc(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			if err := printResult(cmd, r); err != nil {
				return err
			}
			if r.AllocsPerMove != 0 {
				return exitWith(exitBound, fmt.Errorf("a move allocates, the bound is 0: %s", strings.Join(r.AllocSites, "; ")))
			}
			return nil
		},
	}
	cmd.Flags().Var(count(&cfg.Moves, 1_000_000, 1, 1_000_000_000), "moves", "applied moves to count over")
	cmd.Flags().StringVar(&cfg.World, "world", "", "play on the first partition of a .world file instead of a generated world")
	cmd.Flags().Var(count(&cfg.Edges, 50_000, world.MinGenEdges, maxIsland), "edges", "edges of the generated world, about")
	cmd.Flags().Var(count(&cfg.Players, 200, 1, partition.MaxPlayers), "players", "players, at most 8192")
	cmd.Flags().Uint64Var(&cfg.Seed, "seed", 1, "seed of the world and of the rounds")
	return cmd
}

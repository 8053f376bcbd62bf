package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/bench"
)

// The bounds that the benchmarks of the search are held to.
const (
	maxBuildS = 60
	maxColdUS = 4000
	maxWarmUS = 10
)

// groundFlags say what to search: exactly one of them is given.
func groundFlags(cmd *cobra.Command, g *bench.Ground) {
	cmd.Flags().StringVar(&g.Map, "map", "", "Moving AI .map file")
	cmd.Flags().StringVar(&g.World, "world", "", ".world file, of which the first partition is taken, without its border edges")
	cmd.MarkFlagsOneRequired("map", "world")
	cmd.MarkFlagsMutuallyExclusive("map", "world")
}

func benchSearchCommand() *cobra.Command {
	cfg := bench.SearchConfig{}
	cmd := &cobra.Command{
		Use:   "search",
		Short: "Time the search hierarchy of a map, against a plain Dijkstra and gonum's",
		Long: "Builds the hierarchy of a Moving AI map, or of a world's first partition, with a third of its weights\n" +
			"raised at random, as one piece whatever its size (the bound on a shard does not hold here), and\n" +
			"times a new goal's first answer (cold) and the moves of players that follow their hints,\n" +
			"refinement included (warm).\n" +
			"Exit code 20 on a wrong answer; 10 if the build takes more than 60 s, a cold answer more than\n" +
			"4,000 us in the median, or a move more than 10 us on average.",
		Example: "  hunt bench search --map sc1/TheFrozenSea.map --json\n" +
			"  hunt bench search --world caves.world --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := bench.Search(cmd.Context(), cfg)
			if err != nil {
				return usageIfMissing(err)
			}
			if err := printResult(cmd, r); err != nil {
				return err
			}
			switch {
			case r.Mismatches > 0:
				return exitWith(exitUnsafe, fmt.Errorf("%d of %d answers are not Dijkstra's", r.Mismatches, r.Checked))
			case r.BuildS > maxBuildS || r.ColdP50US > maxColdUS || r.WarmMeanUS > maxWarmUS:
				return exitWith(exitBound, fmt.Errorf("build %.1f s, cold p50 %.0f us, warm mean %.1f us; the bounds are %d, %d and %d",
					r.BuildS, r.ColdP50US, r.WarmMeanUS, maxBuildS, maxColdUS, maxWarmUS))
			}
			return nil
		},
	}
	groundFlags(cmd, &cfg.Ground)
	cmd.Flags().Uint64Var(&cfg.Seed, "seed", 1, "seed of the congestion, the goals and the players")
	cmd.Flags().Var(count(&cfg.Cold, 300, 1, maxRepeats), "cold", "first answers to time")
	cmd.Flags().Var(count(&cfg.Goals, 20, 1, maxRepeats), "goals", "goals that players walk to")
	cmd.Flags().Var(count(&cfg.Players, 10, 1, maxRepeats), "players", "players a goal")
	cmd.Flags().Var(count(&cfg.Checked, 30, 1, maxRepeats), "checked", "answers to compare with a plain Dijkstra")
	return cmd
}

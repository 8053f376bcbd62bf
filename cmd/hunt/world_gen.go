package main

import (
	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/partition/world"
)

func worldGenCommand() *cobra.Command {
	var out string
	var plan world.Plan
	cmd := &cobra.Command{
		Use:   "gen --out FILE.world",
		Short: "Generate a world of caves and portals",
		Long: "Gen makes caves on a grid and links them with portals. The same flags give the same world,\n" +
			"byte for byte, on any machine.",
		Example: "  hunt world gen --edges 50000 --seed 1 --partitions 4 --out caves.world\n" +
			"  hunt world gen --edges 47e6 --seed 1 --out w.world\n" +
			"  hunt world gen --seed 7 --out caves.world --json | jq .hash",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("partitions") {
				plan.Partitions = world.PartitionsToGenerate(plan.Edges)
			}
			watch, finish := stages(cmd.Context(), cmd.ErrOrStderr())
			g, err := world.GenerateWatched(plan, watch)
			finish()
			if cmd.Context().Err() != nil {
				return err
			}
			if err != nil {
				return usage(err) // a plan is wrong by its flags alone
			}
			return buildWorld(cmd, g, plan.Partitions, out)
		},
	}
	requireOut(cmd, &out)
	flags := cmd.Flags()
	flags.Var(count(&plan.Edges, world.DefaultEdges, world.MinGenEdges, world.MaxGenEdges), "edges", "about how many directed edges the world has")
	flags.Uint64Var(&plan.Seed, "seed", 1, "the seed: another seed, another world")
	flags.Var(count(&plan.Partitions, 0, 1, world.MaxPartitions), "partitions", "how many partitions to cut the world into (default: 4, above 3.9 million edges one for each 980,000)")
	return cmd
}

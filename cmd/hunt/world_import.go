package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/partition/world"
)

func worldImportCommand() *cobra.Command {
	var out string
	var partitions int
	cmd := &cobra.Command{
		Use:   "import FILE.map --out FILE.world",
		Short: "Make a world from a Moving AI grid map",
		Long: "Import reads a grid map of the Moving AI benchmark set: cells . G and S are walkable, a diagonal\n" +
			"step needs both cells beside it walkable, a straight step weighs 408 and a diagonal one 577.",
		Example: "  hunt world import arena.map --out arena.world --partitions 4\n" +
			"  hunt world import arena.map --out arena.world --json | jq .edges",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkPartitions(partitions); err != nil {
				return err
			}
			grid, err := world.ReadMap(args[0])
			if err != nil {
				return usageIfMissing(err)
			}
			return buildWorld(cmd, grid.Graph(), partitions, out)
		},
	}
	requireOut(cmd, &out)
	cmd.Flags().IntVar(&partitions, "partitions", 1, "how many partitions to cut the world into")
	return cmd
}

func checkPartitions(n int) error {
	if n < 1 || n > world.MaxPartitions {
		return usage(fmt.Errorf("--partitions %d: want 1 to %d", n, world.MaxPartitions))
	}
	return nil
}

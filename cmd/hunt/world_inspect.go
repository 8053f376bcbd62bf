package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/partition/world"
)

func worldInspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect FILE.world",
		Short: "Verify a world and show its size, weights, hash and partitions",
		Long: "Inspect checks every checksum and every rule of a .world file, as a node does at start. A file\n" +
			"that is damaged or no world at all gives an error that names the section and the byte.",
		Example: "  hunt world inspect caves.world\n" +
			"  hunt world inspect caves.world --json | jq '.partitions[].border_edges'",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := world.Open(args[0])
			if err != nil {
				return usageIfMissing(err)
			}
			return errors.Join(printResult(cmd, describeWorld(args[0], w)), w.Close())
		},
	}
}

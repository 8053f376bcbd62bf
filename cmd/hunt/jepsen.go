package main

import "github.com/spf13/cobra"

func jepsenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "jepsen",
		Short: "Make a hunt go wrong, and check that it keeps its word",
	}
	cmd.AddCommand(jepsenSimCommand())
	return cmd
}

package main

import "github.com/spf13/cobra"

func adminCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Look after a hunt: branch its state off, compare, check its folder",
	}
	cmd.AddCommand(adminForkCommand(), adminForksCommand(), adminDiffCommand(), adminDropCommand(), adminVerifyCommand())
	return cmd
}

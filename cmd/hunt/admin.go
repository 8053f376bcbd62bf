package main

import "github.com/spf13/cobra"

func adminCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Look after a hunt: branch its state off, compare, roll back, check its folder",
	}
	cmd.AddCommand(adminForkCommand(), adminForksCommand(), adminDiffCommand(), adminRollbackCommand(),
		adminDropCommand(), adminVerifyCommand(), adminIdentityCommand())
	return cmd
}

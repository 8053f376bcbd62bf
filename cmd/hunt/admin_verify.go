package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
)

func adminVerifyCommand() *cobra.Command {
	var dir string
	var readOnly bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check everything in the data folder of a stopped hunt",
		Long: "Reads the world, every stored message, etcd, the replay of every partition (links, epochs, states,\n" +
			"watermarks, snapshots), the marks that neighbours keep of each other, round events and archives.\n" +
			"It names the file, and the partition and index where there is one, and goes on as far as it can.\n" +
			"If the journal's files are sound its server starts on them, as when the hunt goes on: it cuts off\n" +
			"a last write that was torn. With --read-only that is done to a copy in the temporary folder, and nothing\n" +
			"in the data folder is written. Exit code 20 if anything is wrong.",
		Example: "  hunt admin verify --data-dir ./hunt-data --json\n" +
			"  hunt admin verify --data-dir /mnt/evidence --read-only",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usage(errors.New("--data-dir is missing: give the folder of a `hunt dev --data-dir`"))
			}
			inspect := system.Inspect
			if readOnly {
				inspect = system.InspectCopy
			}
			in, err := inspect(cmd.Context(), dir)
			if errors.Is(err, system.ErrNoHunt) {
				return usage(err)
			}
			if err != nil {
				return err
			}
			if err := printResult(cmd, in); err != nil {
				return err
			}
			if !in.Sound() {
				return exitWith(exitUnsafe, errors.New(in.Report()))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "data-dir", "", "data folder of the hunt; no other process may use it")
	cmd.Flags().BoolVar(&readOnly, "read-only", false, "look at a copy, so that nothing in the data folder is written")
	return cmd
}

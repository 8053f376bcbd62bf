package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
)

func replayCommand() *cobra.Command {
	var dir string
	var verify bool
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Rebuild a hunt's state from its journal and check it",
		Long: "Rebuilds every partition of a stopped hunt from its journal, from the first round that is kept, and\n" +
			"checks each record's link to the one before, its epoch, the state hash after it, every snapshot\n" +
			"against the record at its index, and the high-watermark kept in etcd. Exit code 20 if --verify finds anything wrong.",
		Example: "  hunt replay --data-dir ./hunt-data --verify --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usage(errors.New("--data-dir is missing: give the folder of a `hunt dev --data-dir`"))
			}
			v, err := replay(cmd, dir)
			if err != nil {
				return err
			}
			if err := printResult(cmd, v); err != nil {
				return err
			}
			if verify && !v.Sound() {
				return exitWith(exitUnsafe, errors.New(strings.Join(v.Errors, "; ")))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "data-dir", "", "data folder of the hunt; no other process may use it")
	cmd.Flags().BoolVar(&verify, "verify", false, "exit with code 20 if anything differs")
	return cmd
}

func replay(cmd *cobra.Command, dir string) (v system.Verification, err error) {
	folder, err := system.FindFolder(dir)
	if errors.Is(err, system.ErrNoHunt) {
		return v, usage(err)
	}
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	store, err := system.OpenStore(cmd.Context(), folder)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return system.Verify(cmd.Context(), store)
}

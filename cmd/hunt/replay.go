package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

type replayFlags struct {
	dir, from, to, edit string
	verify              bool
}

func replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Rebuild a hunt's state from its journal and check it",
		Long: "Rebuilds every partition of a stopped hunt from its journal, from the first round that is kept, and\n" +
			"checks each record's link to the one before, its epoch, the state hash after it, every snapshot\n" +
			"against the record at its index, the high-watermark and the rollbacks kept in etcd.\n\n" +
			"With --from and --to (round/tick) it applies that range again, on a branch beside the journal as it is,\n" +
			"and compares the states after every tick. --edit changes one input on the branch, and the first tick at\n" +
			"which that makes a difference is named. An edit is\n" +
			"  drop:P:R/S#N            the N-th input of record R/S of partition P does not come (without #N: none of its inputs)\n" +
			"  set:P:R/S#N:INPUT       another comes in its place\n" +
			"  insert:P:R/S#N:INPUT    another comes before it\n" +
			"and INPUT is move,PLAYER,SEQ,EDGE or join,PLAYER,NAME,GOAL or leave,PLAYER or weight,EDGE,WEIGHT.\n" +
			"Exit code 20 if --verify finds anything wrong, or that the branch differs.",
		Example: "  hunt replay --data-dir ./hunt-data --verify --json\n" +
			"  hunt replay --data-dir ./hunt-data --from 3/0 --to 3/9000 --edit drop:2:3/140#1",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.dir == "" {
				return usage(errors.New("--data-dir is missing: give the folder of a `hunt dev --data-dir`"))
			}
			if f.from+f.to+f.edit != "" {
				return f.rerun(cmd)
			}
			return f.replay(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "data-dir", "", "data folder of the hunt; no other process may use it")
	flags.BoolVar(&f.verify, "verify", false, "exit with code 20 if anything differs")
	flags.StringVar(&f.from, "from", "", "round/tick after which the range begins")
	flags.StringVar(&f.to, "to", "", "round/tick with which it ends")
	flags.StringVar(&f.edit, "edit", "", "what to change in it: drop:P:R/S#N, set:P:R/S#N:INPUT or insert:P:R/S#N:INPUT")
	cmd.MarkFlagsRequiredTogether("from", "to")
	return cmd
}

func (f *replayFlags) replay(cmd *cobra.Command) error {
	var v system.Verification
	err := f.inStore(cmd, func(s *system.Store) (err error) {
		v, err = system.Verify(cmd.Context(), s)
		return err
	})
	if err != nil {
		return err
	}
	if err := printResult(cmd, v); err != nil {
		return err
	}
	if f.verify && !v.Sound() {
		return exitWith(exitUnsafe, errors.New(strings.Join(v.Errors, "; ")))
	}
	return nil
}

// rerun applies a range again.
func (f *replayFlags) rerun(cmd *cobra.Command) error {
	from, err1 := codec.ParseCut(f.from)
	to, err2 := codec.ParseCut(f.to)
	if err1 != nil || err2 != nil || from.Compare(to) >= 0 {
		return usage(fmt.Errorf("--from %q --to %q: want a tick and a later one, as 3/0 and 3/9000", f.from, f.to))
	}
	var edit *system.Edit
	if f.edit != "" {
		e, err := system.ParseEdit(f.edit)
		if err != nil {
			return usage(fmt.Errorf("--edit %q: %w", f.edit, err))
		}
		edit = &e
	}
	var r system.Rerun
	err := f.inStore(cmd, func(s *system.Store) (err error) {
		r, err = system.RunAgain(cmd.Context(), s, from, to, edit)
		return err
	})
	if wrong := (*actor.ReplayError)(nil); errors.As(err, &wrong) && f.verify {
		return exitWith(exitUnsafe, err)
	}
	if err != nil {
		return err
	}
	r.Edit = f.edit
	if err := printResult(cmd, r); err != nil {
		return err
	}
	if f.verify && r.First != "" {
		return exitWith(exitUnsafe, fmt.Errorf("the branch differs from the journal from %s on", r.First))
	}
	return nil
}

// inStore opens the folder for fn.
func (f *replayFlags) inStore(cmd *cobra.Command, fn func(*system.Store) error) (err error) {
	folder, err := system.FindFolder(f.dir)
	if errors.Is(err, system.ErrNoHunt) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	store, err := system.OpenStore(cmd.Context(), folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return fn(store)
}

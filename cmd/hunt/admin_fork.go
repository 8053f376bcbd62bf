package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
)

// ordering is a verb that sends the hunt in a data folder one order.
func ordering(cmd *cobra.Command, order func(context.Context, *system.Operator, []string) (any, error)) *cobra.Command {
	var dir string
	cmd.Flags().StringVar(&dir, "data-dir", "", "data folder of the running hunt")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if dir == "" {
			return usage(errors.New("--data-dir is missing: give the folder of the running `hunt dev --data-dir`"))
		}
		for _, name := range args {
			if err := control.CheckFork(name); err != nil {
				return usage(err)
			}
		}
		result, err := order(cmd.Context(), system.NewOperator(dir), args)
		if err != nil {
			return err
		}
		return printResult(cmd, result)
	}
	return cmd
}

func adminForkCommand() *cobra.Command {
	var at string
	cmd := ordering(&cobra.Command{
		Use:   "fork NAME",
		Short: "Branch a running hunt's state off under a name",
		Long: "Branches the state of all partitions off, right after the same tick: the present, or with --at one of\n" +
			"the past, as far as the journal goes back. A branch of the present shares what does not change with\n" +
			"the hunt, which goes on. At most 4 at a time. After a restart a fork is rebuilt when it is asked for.",
		Example: "  hunt admin fork before-event --data-dir ./hunt-data\n  hunt admin fork noon --at 12/4500 --data-dir ./hunt-data",
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context, o *system.Operator, args []string) (any, error) {
		if at != "" {
			if _, err := codec.ParseCut(at); err != nil {
				return nil, usage(fmt.Errorf("--at %q: want round/tick, as 3/4500", at))
			}
		}
		return o.Fork(ctx, system.ForkOrder{Name: args[0], At: at})
	})
	cmd.Flags().StringVar(&at, "at", "", "round/tick to branch off at (default: now)")
	return cmd
}

func adminRollbackCommand() *cobra.Command {
	return ordering(&cobra.Command{
		Use:   "rollback NAME",
		Short: "Put a running hunt back to a fork",
		Long: "Puts weights, loads and positions of players back to what they were, in all partitions at the same\n" +
			"tick or in none. Sequences of moves, claimed treasures and versions of weights stay: what was\n" +
			"confirmed is not taken back. Players who came since stay where they are. The fork stays, too.",
		Example: "  hunt admin rollback before-event --data-dir ./hunt-data",
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context, o *system.Operator, args []string) (any, error) {
		return o.Rollback(ctx, args[0])
	})
}

func adminForksCommand() *cobra.Command {
	return ordering(&cobra.Command{
		Use:     "forks",
		Short:   "List a running hunt's forks",
		Example: "  hunt admin forks --data-dir ./hunt-data --json",
	}, func(ctx context.Context, o *system.Operator, _ []string) (any, error) { return o.Forks(ctx) })
}

func adminDiffCommand() *cobra.Command {
	var with string
	cmd := ordering(&cobra.Command{
		Use:   "diff NAME",
		Short: "List what differs between a fork and the present, or another fork",
		Long: "Lists the edges, players and treasures that differ. All are counted; of the edges the first 1,000 of\n" +
			"each partition are listed. A weight of 4294967295 is a closed edge's.",
		Example: "  hunt admin diff before-event --data-dir ./hunt-data\n  hunt admin diff before-event --with after-event --data-dir ./hunt-data",
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context, o *system.Operator, args []string) (any, error) {
		return o.Diff(ctx, args[0], with)
	})
	cmd.Flags().StringVar(&with, "with", "", "the fork to compare with (default: the present)")
	return cmd
}

func adminDropCommand() *cobra.Command {
	return ordering(&cobra.Command{
		Use:     "drop NAME",
		Short:   "Forget a fork and give its memory back",
		Example: "  hunt admin drop before-event --data-dir ./hunt-data",
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context, o *system.Operator, args []string) (any, error) { return o.Drop(ctx, args[0]) })
}

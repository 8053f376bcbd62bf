package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/bench"
)

// maxRepairUS is the bound on the repair of one changed weight.
const maxRepairUS = 90

func benchUpdateCommand() *cobra.Command {
	cfg := bench.UpdateConfig{}
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Time the repair of a map's search hierarchy after weights changed",
		Long: "Builds the hierarchy of a map, or of a world's first partition, as `hunt bench search` does,\n" +
			"changes random weights to random congestion, and times the repair at all levels. Then it builds\n" +
			"the hierarchy anew and compares. Exit code 20 if anything differs; 10 if a change takes more than 90 us on average.",
		Example: "  hunt bench update --map sc1/TheFrozenSea.map --json\n" +
			"  hunt bench update --world caves.world --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := bench.Update(cmd.Context(), cfg)
			if err != nil {
				return usageIfMissing(err)
			}
			if err := printResult(cmd, r); err != nil {
				return err
			}
			switch {
			case r.MismatchesAfter > 0:
				return exitWith(exitUnsafe, fmt.Errorf("%d entries differ from a hierarchy built anew", r.MismatchesAfter))
			case r.RepairUS > maxRepairUS:
				return exitWith(exitBound, fmt.Errorf("a change takes %.1f us; the bound is %d", r.RepairUS, maxRepairUS))
			}
			return nil
		},
	}
	groundFlags(cmd, &cfg.Ground)
	cmd.Flags().Uint64Var(&cfg.Seed, "seed", 1, "seed of the congestion and of the changes")
	cmd.Flags().Var(count(&cfg.Changes, 1000, 1, maxTickChanges), "changes", "changes in a tick")
	cmd.Flags().Var(count(&cfg.Ticks, 5, 1, maxTicks), "ticks", "ticks to time")
	return cmd
}

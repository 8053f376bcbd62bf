package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/bench"
)

// maxRepairUS is the bound on the repair of one changed weight.
const maxRepairUS = 90

// minCloseShare is the least share of the edges to close: one of a million.
const minCloseShare = 1e-6

// maxBulkRatio is the bound on changes in bulk, in fresh builds.
const maxBulkRatio = 1.5

func benchUpdateCommand() *cobra.Command {
	cfg, share := bench.UpdateConfig{}, 0.0
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Time the repair of a map's search hierarchy after weights changed",
		Long: "Builds the hierarchy of a map, or of a world's first partition, as `hunt bench search` does,\n" +
			"changes random weights to random congestion, and times the repair at all levels. Then it builds\n" +
			"the hierarchy anew and compares. Exit code 20 if anything differs; 10 if a change takes more than 90 us on average.\n\n" +
			"With --close-share it closes that share of the edges in one tick and gives them back in the next, and\n" +
			"compares its processor time with that of building the hierarchy from nothing: exit code 10 above 1.5 times.",
		Example: "  hunt bench update --map sc1/TheFrozenSea.map --json\n" +
			"  hunt bench update --map dao/orz900d.map --close-share 0.3 --json\n" +
			"  hunt bench update --world caves.world --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("close-share") {
				return benchClose(cmd, bench.CloseConfig{Ground: cfg.Ground, Seed: cfg.Seed, Share: share})
			}
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
	cmd.Flags().Var(portion(&share, 0, minCloseShare, 1), "close-share", "close this share of the edges in one tick, above 0 and at most 1, instead of the above")
	return cmd
}

// benchClose times changes in bulk.
func benchClose(cmd *cobra.Command, cfg bench.CloseConfig) error {
	r, err := bench.Close(cmd.Context(), cfg)
	if err != nil {
		return usageIfMissing(err)
	}
	if err := printResult(cmd, r); err != nil {
		return err
	}
	switch {
	case r.Mismatches > 0:
		return exitWith(exitUnsafe, fmt.Errorf("%d entries differ from a hierarchy built anew", r.Mismatches))
	case r.Ratio > maxBulkRatio:
		return exitWith(exitBound, fmt.Errorf("changes in bulk take %.2f times a fresh build; the bound is %.1f", r.Ratio, maxBulkRatio))
	}
	return nil
}

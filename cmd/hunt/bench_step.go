package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/bench"
	"github.com/huntgraph/huntgraph/codec"
)

// The bounds that a hunt at full size is held to.
const (
	maxServiceP99US  = 42
	maxServiceMeanUS = 10
	maxResidenceUS   = 42    // and twice the machine's hiccup
	minWeightChanges = 0.01  // of the moves
	minRateShare     = 0.999 // of the rate asked for: the last moves are answered after the end
	minMaxRate       = 150_000
	maxRSSGrowth     = 0.01
	maxShardBytes    = 32 << 20
	maxArenaBytes    = 256 << 10
	maxBytesPerEdge  = 33.5
)

func benchStepCommand() *cobra.Command {
	cfg := bench.StepConfig{}
	cmd := &cobra.Command{
		Use:   "step",
		Short: "Play a whole hunt in one process: every partition, ticks, refreshes, a crowd that follows its hints",
		Long: "Every partition of a world runs on its actor, frame to frame, with a journal that acknowledges at\n" +
			"once. Moves are due at a fixed rate whatever happens, and are timed from then on. Hints of two\n" +
			"cuts are compared with a plain Dijkstra over the world. Exit code 20 on a wrong hint; 10 if a\n" +
			"bound is missed, which is named.",
		Example: "  hunt bench step --world w.world --players 150000 --treasures 256 --rate 80000 --for 30s --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cfg.World == "" {
				return usage(errors.New("--world is missing: give a .world file"))
			}
			watch, finish := stages(cmd.Context(), cmd.ErrOrStderr())
			cfg.Watch = watch
			cfg.Say = func(format string, args ...any) {
				finish()
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) // as a bar: what cannot be shown is no failure
			}
			r, err := bench.Step(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			if err := printResult(cmd, r); err != nil {
				return err
			}
			if r.SampledMismatches > 0 {
				return exitWith(exitUnsafe, fmt.Errorf("%d of %d hints are not Dijkstra's", r.SampledMismatches, r.SampledHints))
			}
			if missed := stepMisses(&cfg, &r); len(missed) > 0 {
				return exitWith(exitBound, fmt.Errorf("missed: %s", strings.Join(missed, "; ")))
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&cfg.World, "world", "", ".world file")
	flags.Var(count(&cfg.Players, 150_000, 2, maxBenchPlayers), "players", "players, at most 8192 a partition")
	flags.Var(count(&cfg.Treasures, 256, 1, codec.MaxTreasures), "treasures", "treasures open at the start, all partitions together, about; more open over time")
	flags.Var(rate(&cfg.Rate, 80_000, 1, maxBenchRate), "rate", "moves a second that are due")
	flags.Var(span(&cfg.For, 30*time.Second, 100*time.Millisecond, maxBenchRun), "for", "time to measure")
	flags.Var(count(&cfg.Goals, 0, 0, codec.MaxGoals), "goals", "named goals, at most 16: every player goes to one of them or to the nearest treasure")
	flags.Var(count(&cfg.Refresh, 0, 0, codec.MaxRoundTicks), "refresh-ticks", "ticks from one cut to the next (default: the rules' 30)")
	flags.Var(count(&cfg.MoveLoad, 5, 0, 255), "move-load", "load that a move adds to its edge, up to 255; 0: the rules'")
	flags.BoolVar(&cfg.Pin, "pin", false, "bind each partition's actor to a thread and a processor, in turn")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "seed of the round and the crowd")
	return cmd
}

// stepMisses names the bounds that a run missed.
func stepMisses(cfg *bench.StepConfig, r *bench.StepResult) (missed []string) {
	hold := func(ok bool, format string, args ...any) {
		if !ok {
			missed = append(missed, fmt.Sprintf(format, args...))
		}
	}
	growth := float64(r.RSSAt150k-r.RSSAt80k) / float64(r.RSSAt80k)
	residence := maxResidenceUS + 2*r.HiccupP99US
	hold(r.Rate >= minRateShare*cfg.Rate, "rate %.0f, asked for %.0f", r.Rate, cfg.Rate)
	hold(r.ServiceP99US <= maxServiceP99US, "service p99 %.1f us, bound %d", r.ServiceP99US, maxServiceP99US)
	hold(r.ServiceMeanUS <= maxServiceMeanUS, "service mean %.1f us, bound %d", r.ServiceMeanUS, maxServiceMeanUS)
	hold(r.ResidenceP99US <= residence, "residence p99 %.1f us, bound %.1f", r.ResidenceP99US, residence)
	hold(r.SampledHints > 0, "no hint was sampled: a cut takes longer than the benchmark waits for one")
	hold(r.WeightChangeShare >= minWeightChanges, "%.2f %% of the moves change a weight, want %.0f %%", 100*r.WeightChangeShare, 100*minWeightChanges)
	hold(r.AllocsPerMove == 0, "%v allocations a move, bound 0: %s", r.AllocsPerMove, strings.Join(r.AllocSites, "; "))
	hold(growth <= maxRSSGrowth, "%.1f %% more resident with all players, bound 1 %%", 100*growth)
	hold(r.MaxRate >= minMaxRate, "highest rate %.0f, want %d", r.MaxRate, minMaxRate)
	hold(r.ShardBytesMax <= maxShardBytes, "a shard of %d bytes, bound %d", r.ShardBytesMax, maxShardBytes)
	hold(r.ArenaBytes <= maxArenaBytes, "an arena of %d bytes, bound %d", r.ArenaBytes, maxArenaBytes)
	hold(r.BytesPerEdge <= maxBytesPerEdge, "%.1f bytes an edge, bound %.1f", r.BytesPerEdge, maxBytesPerEdge)
	return missed
}

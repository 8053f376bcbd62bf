package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/bench"
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world"
)

// minJournalRate is the share of the rate asked for that must be held: a round's
// change and the last moves' answers cost a little.
const minJournalRate = 0.99

func benchJournalCommand() *cobra.Command {
	cfg := bench.JournalConfig{}
	cmd := &cobra.Command{
		Use:   "journal",
		Short: "Play a hunt whose records go to an embedded, synced journal, and time moves until they are durable",
		Long: "Every partition of a world runs on its actor; records go to JetStream streams on this machine's disk, synced,\n" +
			"over a change of rounds. The durable lag of a move is from its answer to the moment its actor knows\n" +
			"it to be durable. The floor, in the same run: as many publishers of the same records, as far apart as\n" +
			"the partitions' ticks, to streams of their own, without an engine. Exit code 10 if the p99 of the lag is above\n" +
			"a tick and twice the floor's, or if the rate is not held.",
		Example: "  hunt bench journal --json\n  hunt bench journal --world w.world --players 150000 --for 1m --round 30s",
		RunE: func(cmd *cobra.Command, _ []string) error {
			watch, finish := stages(cmd.Context(), cmd.ErrOrStderr())
			cfg.Watch = watch
			cfg.Say = func(format string, args ...any) {
				finish()
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) // as a bar: what cannot be shown is no failure
			}
			r, err := bench.Journal(cmd.Context(), cfg)
			if err != nil {
				return usageIfMissing(err)
			}
			if err := printResult(cmd, r); err != nil {
				return err
			}
			if missed := journalMisses(&cfg, &r); len(missed) > 0 {
				return exitWith(exitBound, fmt.Errorf("missed: %s", strings.Join(missed, "; ")))
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&cfg.World, "world", "", "a .world file instead of a generated world")
	flags.Var(count(&cfg.Edges, 4_800_000, world.MinGenEdges, world.MaxGenEdges), "edges", "edges of the generated world, about")
	flags.Var(count(&cfg.Partitions, 48, 1, 1<<10), "partitions", "partitions of the generated world")
	flags.Var(count(&cfg.Players, 48_000, 2, maxBenchPlayers), "players", "players, at most 8192 a partition")
	flags.Var(rate(&cfg.Rate, 80_000, 1, maxBenchRate), "rate", "moves a second that are due")
	flags.Var(span(&cfg.For, 40*time.Second, minRound, maxBenchRun), "for", "time to measure, and again for the floor")
	flags.Var(span(&cfg.Round, 25*time.Second, minRound, maxRound), "round", "length of a round, at most the time to measure")
	flags.StringVar(&cfg.Dir, "dir", "", "empty folder for the streams, which stay there (default: a temporary one)")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "seed of the world, the hunt and the crowd")
	return cmd
}

// journalMisses names the bounds that a run missed.
func journalMisses(cfg *bench.JournalConfig, r *bench.JournalResult) (missed []string) {
	const tickMS = 1000.0 / codec.TicksPerSecond
	if bound := tickMS + 2*r.RawPublishP99MS; r.DurableLagP99MS > bound {
		missed = append(missed, fmt.Sprintf("durable lag p99 %.1f ms, bound %.1f", r.DurableLagP99MS, bound))
	}
	if r.MovesPerS < minJournalRate*cfg.Rate {
		missed = append(missed, fmt.Sprintf("%.0f moves a second, asked for %.0f", r.MovesPerS, cfg.Rate))
	}
	if r.Rounds < 2 {
		missed = append(missed, "no change of rounds")
	}
	return missed
}

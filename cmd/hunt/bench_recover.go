package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/bench"
	"github.com/huntgraph/huntgraph/partition/world"
)

// minReplayShare is how many times faster than it was played a journal is replayed.
const minReplayShare = 5

func benchRecoverCommand() *cobra.Command {
	cfg := bench.JournalConfig{}
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Play a hunt with a journal and snapshots, stop it, replay it whole, and start it again",
		Long: "Plays a hunt over the end of a round with an embedded, synced journal, in which every partition stores a\n" +
			"snapshot a round. Then the whole journal is replayed, from the first record, with every link, epoch and\n" +
			"state hash checked, and each partition must be where it stopped. Then the hunt is started again, from the newest snapshots\n" +
			"and the records after them, until every partition can lead players. Exit code 10 if the replay is not 5 times\n" +
			"faster than the play was.",
		Example: "  hunt bench recover --edges 47e6 --json\n  hunt bench recover --world w.world",
		RunE: func(cmd *cobra.Command, _ []string) error {
			watch, finish := stages(cmd.Context(), cmd.ErrOrStderr())
			cfg.Watch = watch
			cfg.Say = func(format string, args ...any) {
				finish()
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) // as a bar: what cannot be shown is no failure
			}
			r, err := bench.Recover(cmd.Context(), cfg)
			if err != nil {
				return usageIfMissing(err)
			}
			if err := printResult(cmd, r); err != nil {
				return err
			}
			if r.ReplayMovesPerS < minReplayShare*r.LiveMovesPerS {
				return exitWith(exitBound, fmt.Errorf("missed: a replay of %.0f moves a second, played at %.0f: bound %d times that",
					r.ReplayMovesPerS, r.LiveMovesPerS, minReplayShare))
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
	flags.Var(span(&cfg.For, 40*time.Second, minRound, maxBenchRun), "for", "time to play")
	flags.Var(span(&cfg.Round, 25*time.Second, minRound, maxRound), "round", "length of a round, at most the time to play")
	flags.StringVar(&cfg.Dir, "dir", "", "empty folder for the streams, which stay there (default: a temporary one)")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "seed of the world, the hunt and the crowd")
	return cmd
}

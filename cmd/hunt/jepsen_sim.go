package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/partition/sim"
)

// simResult is what `hunt jepsen sim` prints.
type simResult struct {
	Seeds           int          `json:"seeds"`
	Invalid         int          `json:"invalid"`          // seeds by which something does not hold
	TraceMismatches int          `json:"trace_mismatches"` // seeds whose second run differs from the first
	Commit          string       `json:"commit"`
	Seen            sim.Counts   `json:"seen"`
	Failures        []simFailure `json:"failures"`
}

type simFailure struct {
	Seed   uint64 `json:"seed"`
	What   string `json:"what"`
	Repeat string `json:"repeat"`
}

func jepsenSimCommand() *cobra.Command {
	var seeds string
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Simulate whole hunts by seed: crashes, take-overs, a poor network, a journal that tears",
		Long: "Plays a small hunt of several partitions for each seed in one goroutine, with the engine's own code and a\n" +
			"simulated journal, clock and network, and checks the invariants by a model of its own. Each seed is played\n" +
			"twice and must do the same. Exit code 20 if an invariant does not hold, 1 if two runs differ.",
		Example: "  hunt jepsen sim --seeds 1..200 --json\n  hunt jepsen sim --seeds 42",
		RunE: func(cmd *cobra.Command, _ []string) error {
			first, last, err := seedRange(seeds)
			if err != nil {
				return usage(err)
			}
			r, err := simulate(cmd.Context(), first, last, sim.Run, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := printResult(cmd, r); err != nil {
				return err
			}
			switch {
			case r.Invalid > 0:
				return exitWith(exitUnsafe, fmt.Errorf("%d of %d seeds break an invariant", r.Invalid, r.Seeds))
			case r.TraceMismatches > 0:
				return fmt.Errorf("%d of %d seeds do not do the same twice", r.TraceMismatches, r.Seeds)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&seeds, "seeds", "1..200", "seeds to play: one, or the first and the last")
	return cmd
}

// seedRange reads "7" or "1..200".
func seedRange(s string) (first, last uint64, err error) {
	from, to, two := strings.Cut(s, "..")
	if !two {
		to = from
	}
	first, err1 := strconv.ParseUint(from, 10, 64)
	last, err2 := strconv.ParseUint(to, 10, 64)
	if err1 != nil || err2 != nil || last < first {
		return 0, 0, fmt.Errorf("--seeds %q: want one seed, or the first and the last as in 1..200", s)
	}
	return first, last, nil
}

// simulate plays every seed twice, and tells each failure as it comes.
func simulate(ctx context.Context, first, last uint64, play func(uint64) sim.Result, log io.Writer) (simResult, error) {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		build = &debug.BuildInfo{}
	}
	r := simResult{Commit: describeBuild(version, commit, build).Commit, Failures: []simFailure{}}
	for seed := first; ; seed++ {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		a, b := play(seed), play(seed)
		r.Seeds++
		r.Seen.Add(a.Counts)
		if len(a.Broken) > 0 {
			r.Invalid++
		}
		broken := a.Broken
		if a.Trace != b.Trace {
			r.TraceMismatches++
			broken = append(broken, fmt.Sprintf("trace %016x, and %016x the second time", a.Trace, b.Trace))
		}
		for _, what := range broken {
			f := simFailure{Seed: seed, What: what, Repeat: fmt.Sprintf("hunt jepsen sim --seeds %d", seed)}
			fmt.Fprintf(log, "seed %d, commit %s: %s; again: %s\n", f.Seed, r.Commit, f.What, f.Repeat)
			r.Failures = append(r.Failures, f)
		}
		if seed == last {
			return r, nil
		}
	}
}

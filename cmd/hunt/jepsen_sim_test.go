package main

import (
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/partition/sim"
)

func TestSeedRange(t *testing.T) {
	for _, c := range []struct {
		flag        string
		first, last uint64
		wrong       bool
	}{
		{"7", 7, 7, false},
		{"1..200", 1, 200, false},
		{"18446744073709551615", 1<<64 - 1, 1<<64 - 1, false},
		{"200..1", 0, 0, true},
		{"", 0, 0, true},
		{"1..", 0, 0, true},
		{"-1", 0, 0, true},
	} {
		first, last, err := seedRange(c.flag)
		if first != c.first || last != c.last || (err != nil) != c.wrong {
			t.Errorf("%q: %d to %d, %v", c.flag, first, last, err)
		}
	}
}

// TestSimulate: failures are counted by kind, and told with what repeats them.
func TestSimulate(t *testing.T) {
	runs := map[uint64]uint64{}
	play := func(seed uint64) sim.Result {
		runs[seed]++
		r := sim.Result{Seed: seed, Trace: seed, Counts: sim.Counts{Moves: 3}}
		switch seed {
		case 5:
			r.Broken = []string{"I2: twice"}
		case 6:
			r.Trace = runs[seed]
		}
		return r
	}
	var log strings.Builder
	r, err := simulate(t.Context(), 4, 7, play, &log)
	if err != nil || r.Seeds != 4 || r.Invalid != 1 || r.TraceMismatches != 1 || len(r.Failures) != 2 || r.Seen.Moves != 12 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, want := range []string{"seed 5, commit " + r.Commit + ": I2: twice; again: hunt jepsen sim --seeds 5\n", "again: hunt jepsen sim --seeds 6\n"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q lacks %q", log.String(), want)
		}
	}
}

// TestJepsenSim plays two seeds as the command does.
func TestJepsenSim(t *testing.T) {
	var out strings.Builder
	if code := execute(t.Context(), verbs(), []string{"jepsen", "sim", "--seeds", "1..2", "--json"}, &out, &out); code != exitOK {
		t.Errorf("exit code %d: %s", code, out.String())
	}
	if !strings.HasPrefix(out.String(), `{"seeds":2,"invalid":0,"trace_mismatches":0,`) {
		t.Error(out.String())
	}
	if code := execute(t.Context(), verbs(), []string{"jepsen", "sim", "--seeds", "x"}, &out, &out); code != exitUsage {
		t.Errorf("exit code %d for seeds that are none", code)
	}
}

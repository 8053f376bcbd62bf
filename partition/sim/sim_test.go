package sim

import (
	"slices"
	"strings"
	"testing"
)

// TestSeeds plays some seeds twice: nothing is broken, and both runs are the same.
func TestSeeds(t *testing.T) {
	var sum Counts
	for seed := uint64(1); seed <= 12; seed++ {
		a, b := Run(seed), Run(seed)
		for _, what := range a.Broken {
			t.Errorf("seed %d: %s", seed, what)
		}
		if a.Trace != b.Trace || a.Counts != b.Counts || !slices.Equal(a.Broken, b.Broken) {
			t.Errorf("seed %d: the second run differs: trace %016x and %016x", seed, a.Trace, b.Trace)
		}
		sum.Add(a.Counts)
	}
	t.Logf("%+v", sum)
	if sum.Fenced == 0 || sum.Pipelined == 0 || sum.MidRound == 0 || sum.Fallbacks == 0 || sum.Rollbacks == 0 || sum.Refused == 0 || sum.Torn == 0 || sum.HandOffs == 0 || sum.Ways == 0 || sum.Promises == 0 {
		t.Errorf("the seeds do not try enough: %+v", sum)
	}
}

// TestPlantedBugs: a mistake is found within a few seeds, and for what it is.
func TestPlantedBugs(t *testing.T) {
	for _, c := range []struct {
		name    string
		planted mistake
		finds   string
	}{
		{"letters leave in the order of a map", mapOrder, "trace"},
		{"the journal does not look at the expected sequence", noFence, "I4"},
		{"the journal loses a record that it acknowledged", lostRecord, "I3"},
		{"a record's frames leave before it is durable", eager, "I3"},
		{"the journal keeps a torn record", tornTail, "I5"},
		{"a base is begun before the round before it is durable", earlyBase, "I5"},
		{"records under way name their places only", unlinked, "I4"},
		{"records behind one that failed count", carryOn, "I3"},
		{"a snapshot is stored before its record is durable", earlySnapshot, "I5"},
		{"one partition does not roll back with the others", deaf, "rollback"},
		{"a partition takes inputs until its stream is full", brimful, "full"},
		{"a rollback does not tell what it changed", mute, "weighs"},
		{"a rollback is ordered that a new owner does not know of", unguarded, "rollback"},
		{"a snapshot is of a later state than its record", lateSnapshot, "I1"},
		{"a take-over at a round's end leaves the next round's stream open", lateFence, "I4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := uint64(1); seed <= 300; seed++ {
				r := run(seed, c.planted)
				found := slices.ContainsFunc(r.Broken, func(what string) bool { return strings.Contains(what, c.finds) })
				if c.finds == "trace" {
					found = run(seed, c.planted).Trace != r.Trace
				}
				if found {
					t.Logf("seed %d finds it: %q", seed, r.Broken)
					return
				}
			}
			t.Error("three hundred seeds do not find it")
		})
	}
}

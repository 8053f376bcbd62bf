package bench

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/world"
)

// worldFile is a small generated world.
func worldFile(t *testing.T, edges, partitions int) string {
	t.Helper()
	graph, err := world.Generate(world.Plan{Edges: edges, Seed: 5, Partitions: partitions})
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.Build(graph, partitions)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "w.world")
	if err := w.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func stepConfig(path string) StepConfig {
	return StepConfig{
		World: path, Players: 600, Treasures: 24, Rate: 2000, For: 400 * time.Millisecond, Refresh: 6, Seed: 2,
		Watch: func(string, int, int) error { return nil }, Say: func(string, ...any) {},
	}
}

// TestStep: a small hunt is played through all phases, and every figure is
// filled. How fast it was is the machine's business, so counts are judged.
func TestStep(t *testing.T) {
	r, err := Step(t.Context(), stepConfig(worldFile(t, 30_000, 4)))
	if err != nil {
		t.Fatal(err)
	}
	if r.SampledHints == 0 || r.SampledMismatches != 0 {
		t.Errorf("%d of %d hints are wrong", r.SampledMismatches, r.SampledHints)
	}
	if r.Moves+r.Refused+r.Missed < 800 || r.Refused > r.Moves/10 || r.Rate > 2000+1/0.4 { // the first move is due at once
		t.Errorf("%d moves, %d refused, %d missed, rate %v", r.Moves, r.Refused, r.Missed, r.Rate)
	}
	for name, v := range map[string]float64{
		"edges": float64(r.Edges), "boot": r.BootS, "rate": r.Rate, "highest rate": r.MaxRate, "shard": float64(r.ShardBytesMax), "bytes an edge": r.BytesPerEdge,
		"weight changes": r.WeightChangesPerS, "refreshes": float64(r.Refreshes), "age": float64(r.HintAgeP99Ticks),
		"service": r.ServiceMeanUS, "service p99": r.ServiceP99US, "residence": r.ResidenceP50US, "residence p99": r.ResidenceP99US,
		"hiccup": r.HiccupP99US, "slice": r.TickSliceP99US, "rss": float64(r.RSSAt80k), "rss with all": float64(r.RSSAt150k),
	} {
		if v <= 0 {
			t.Errorf("%s is %v", name, v)
		}
	}
	if r.Partitions != 4 || r.RefreshTicks != 6 || r.ArenaBytes != partition.ArenaSize || r.ResidenceP50US < r.ServiceMeanUS/100 {
		t.Errorf("%d partitions, a cut every %d ticks, an arena of %d", r.Partitions, r.RefreshTicks, r.ArenaBytes)
	}
}

// TestStepPinned: it plays just as well on actors that are bound to processors.
func TestStepPinned(t *testing.T) {
	cfg := stepConfig(worldFile(t, 30_000, 4))
	cfg.Pin, cfg.Players, cfg.For = true, 200, 100*time.Millisecond
	if r, err := Step(t.Context(), cfg); err != nil || r.SampledMismatches != 0 || r.Refused > r.Moves/10 {
		t.Errorf("%d wrong hints, %d moves, %d refused (%v)", r.SampledMismatches, r.Moves, r.Refused, err)
	}
}

// TestPace holds when a phase is over, and the rate to what it says.
func TestPace(t *testing.T) {
	const second = int64(time.Second)
	held := false
	plain, until := pace{length: time.Second}, pace{length: time.Second, until: func() bool { return held }}
	for _, c := range []struct {
		name string
		p    *pace
		now  int64
		held bool
		want bool
	}{
		{"early", &plain, 5*second - 1, false, false},
		{"in time", &plain, 5 * second, false, true},
		{"early, though all is done", &until, 5*second - 1, true, false},
		{"in time, all is done", &until, 5 * second, true, true},
		{"late, not all is done", &until, 9 * second, false, false},
		{"too late", &until, 5*second + int64(stall), false, true},
	} {
		held = c.held
		if got := c.p.over(4*second, c.now); got != c.want {
			t.Errorf("%s: over is %v", c.name, got)
		}
	}
	done := tally{made: 9, began: 3 * second, ended: 3*second + second/2}
	done.codes[codec.CodeOK] = 8
	if done.rate() != 16 {
		t.Errorf("8 moves in half a second are %v a second", done.rate())
	}
}

// TestStepRefuses holds what is said before anything is built.
func TestStepRefuses(t *testing.T) {
	path := worldFile(t, 6_000, 2)
	for name, change := range map[string]func(*StepConfig){
		"one player":      func(c *StepConfig) { c.Players = 1 },
		"a crowd":         func(c *StepConfig) { c.Players = 2*partition.MaxPlayers + 1 },
		"no treasure":     func(c *StepConfig) { c.Treasures = 0 },
		"no rate":         func(c *StepConfig) { c.Rate = 0 },
		"a moment":        func(c *StepConfig) { c.For = time.Millisecond },
		"a day":           func(c *StepConfig) { c.For = 24 * time.Hour },
		"a cut in a year": func(c *StepConfig) { c.Refresh = 1 << 30 },
		"no world":        func(c *StepConfig) { c.World += "?" },
	} {
		cfg := stepConfig(path)
		change(&cfg)
		if _, err := Step(t.Context(), cfg); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// TestAudit: the audit finds a wrong distance, treasure, edge, and a hint where there is none.
func TestAudit(t *testing.T) {
	w, err := world.Open(worldFile(t, 6_000, 2))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	in := newIncoming(w)
	near := codec.NodeID(w.First[0])
	sought := []treasureAt{{3, near}, {7, near + 40}}
	value := in.dijkstra(w.Base, sought)
	// right is the hint that the values lead to, at some node that has a way.
	right := codec.Reply{Node: near + 20}
	right.Hint = codec.Hint{
		Distance: codec.Distance(value[right.Node] >> 16), Treasure: codec.TreasureID(value[right.Node] & 0xffff),
		Edge: codec.NoEdge, CutTick: 30,
	}
	for e := w.First[right.Node]; e < w.First[right.Node+1]; e++ {
		if value[w.Head[e]] != nowhere && value[w.Head[e]]+uint64(w.Base[e])<<16 == value[right.Node] {
			right.Hint.Edge, right.Hint.Node = codec.EdgeID(e), codec.NodeID(w.Head[e])
		}
	}
	if right.Hint.Edge == codec.NoEdge {
		t.Fatal("no hint to begin with")
	}
	for _, c := range []struct {
		name  string
		wrong int
		spoil func(*audit, *codec.Reply)
	}{
		{"right", 0, func(*audit, *codec.Reply) {}},
		{"of another cut", 0, func(_ *audit, r *codec.Reply) { r.Hint.CutTick, r.Hint.Distance = 60, 1 }},
		{"of the round's start, before the cut is known", 0, func(a *audit, r *codec.Reply) {
			a.cut.Store(0)
			r.Hint.CutTick, r.Hint.Distance = 0, 1
		}},
		{"distance", 1, func(_ *audit, r *codec.Reply) { r.Hint.Distance++ }},
		{"treasure", 1, func(_ *audit, r *codec.Reply) { r.Hint.Treasure ^= 4 }},
		{"node", 1, func(_ *audit, r *codec.Reply) { r.Hint.Node++ }},
		{"no edge", 1, func(_ *audit, r *codec.Reply) { r.Hint.Edge = codec.NoEdge }},
		{"another node's edge", 1, func(_ *audit, r *codec.Reply) { r.Hint.Edge = codec.EdgeID(w.First[r.Node+1]) }},
		{"another weight", 1, func(a *audit, r *codec.Reply) { a.weights[r.Hint.Edge] = codec.Weight(w.Base[r.Hint.Edge] / 2) }},
		{"no treasures", 1, func(a *audit, _ *codec.Reply) { a.sought = nil }},
	} {
		a := newAudit(29, 2, 10, 1)
		a.cut.Store(30)
		a.sought = sought
		r := right
		c.spoil(a, &r)
		a.sample(&r)
		if got := a.mismatches(w, in); got != c.wrong {
			t.Errorf("%s: %d mismatches, want %d", c.name, got, c.wrong)
		}
	}
}

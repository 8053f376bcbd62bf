package bench

import "testing"

// TestAlloc: no allocation over a short run, and a counter that sees the rival's.
func TestAlloc(t *testing.T) {
	r, err := Alloc(t.Context(), AllocConfig{Moves: 30_000, Edges: 6_000, Players: 50, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if r.AllocsPerMove != 0 || len(r.AllocSites) != 0 || r.ArenaBytes != 256<<10 {
		t.Errorf("%v allocations a move %v, arena of %d bytes", r.AllocsPerMove, r.AllocSites, r.ArenaBytes)
	}
	if r.RivalPerMove < 1 || r.GrantsReleased == 0 {
		t.Errorf("the rival allocates %v a move, %d grants: the run shows nothing", r.RivalPerMove, r.GrantsReleased)
	}
	cfg := AllocConfig{World: worldFile(t, 9_000, 3), Moves: 3_000, Players: 50, Seed: 3}
	if r, err = Alloc(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if r.AllocsPerMove != 0 || r.WorldEdges < 2*r.PartitionEdges {
		t.Errorf("on a partition of a world: %v allocations a move %v, %d of %d edges", r.AllocsPerMove, r.AllocSites, r.PartitionEdges, r.WorldEdges)
	}
	if _, err := Alloc(t.Context(), AllocConfig{}); err == nil {
		t.Error("a run of nothing was accepted")
	}
}

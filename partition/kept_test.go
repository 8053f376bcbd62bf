package partition

import (
	"math/rand/v2"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestKept: what is kept is found by goal and node, up to the bound, and gone
// when all is cleared.
func TestKept(t *testing.T) {
	k := kept{key: make([]uint32, keptSlots), edge: make([]uint16, keptSlots)}
	rng := rand.New(rand.NewPCG(1, 2))
	type place struct {
		goal codec.GoalID
		node uint32
	}
	want := map[place]uint32{}
	for len(want) < maxKept {
		p := place{codec.GoalID(rng.IntN(17)), rng.Uint32N(150_000)}
		edge := rng.Uint32N(8)
		if _, there := want[p]; !there {
			want[p] = edge
		}
		if !k.add(p.goal, p.node, edge) { // the first one stays
			t.Fatalf("no room for the %dth of %d", len(want), maxKept)
		}
	}
	for p, edge := range want {
		if got, ok := k.at(p.goal, p.node); !ok || got != edge {
			t.Fatalf("%+v: %d, %v; want %d", p, got, ok, edge)
		}
	}
	if _, ok := k.at(0, 150_000); ok {
		t.Error("what was never kept is found")
	}
	if k.add(0, 150_000, 1) {
		t.Error("there is room for more than the bound")
	}
	k.clear()
	if _, ok := k.at(0, 150_000); ok || k.used != 0 || !k.add(0, 150_000, 1) {
		t.Error("what is cleared is not empty")
	}
}

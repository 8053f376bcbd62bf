package partition

import (
	"math/rand/v2"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestBulkHints holds I8 and the hash where game events close up to two in three
// edges between two refreshes, give them back, and set others one by one: hints are
// Dijkstra's on the cut that they name, for players who go on in the middle of it.
func TestBulkHints(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 12))
		topo := graph(rng, 60+rng.IntN(200), 4)
		c := newCore(t, topo, smallRules())
		c.slice = 1 + rng.IntN(4000)
		c.BeginRound(1, testSeed(9, 1))
		c.Lead()
		w := newCrowd(c, seed)
		w.attend()
		old, right := 0, 0
		for range 300 {
			if rng.IntN(20) == 0 {
				w.wave(rng)
			}
			for range rng.IntN(20) {
				w.act()
			}
			w.tick()
			if err := c.CheckHash(); err != nil {
				t.Fatalf("seed %d, tick %d: %v", seed, c.tick, err)
			}
			if c.guides[0].cut != c.cutTick {
				old++
			}
			for range 3 {
				right += holds(t, w, rng.Uint32N(uint32(topo.nodes())))
			}
		}
		if right < 300 || old == 0 && c.slice < 100 {
			t.Errorf("seed %d: %d hints could be checked, %d ticks were behind: the test shows too little", seed, right, old)
		}
	}
}

// wave has a game server close a share of the edges, or give those back that are closed.
func (w *crowd) wave(rng *rand.Rand) {
	c, closing, share := w.core, rng.IntN(2) == 0, rng.IntN(67)
	for e := range c.edges {
		in := weightOf(c.topo.FirstEdge+codec.EdgeID(e), 0)
		if closing {
			in.Weight = codec.Blocked
		}
		if closing == (rng.IntN(100) < share) && w.step(in) != codec.CodeOK {
			return // what a tick takes
		}
	}
}

// holds compares a hint with Dijkstra on the cut that it names; 0: there is none.
func holds(t *testing.T, w *crowd, node uint32) int {
	t.Helper()
	c := w.core
	h := c.hint(codec.Nearest, node)
	if c.guides[0].field == nil || c.guides[0].lost {
		return 0
	}
	at := w.cuts[codec.Cut{Round: c.round, Tick: h.CutTick}]
	if want := oracle(c, at, node); h.Distance != want {
		t.Fatalf("tick %d, node %d: hint as of %d says %d, Dijkstra %d", c.tick, node, h.CutTick, h.Distance, want)
	}
	walk(t, c, at, node)
	return 1
}

package partition

import (
	"math/rand/v2"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestNoDeltaWithoutChange: every delta tells another weight than the one known
// before, also where an edge is too light for congestion to add to its weight.
func TestNoDeltaWithoutChange(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	topo := graph(rng, 60, 2)
	known := map[codec.EdgeID]codec.Weight{}
	for e := range topo.Base {
		topo.Base[e] = uint32(1 + e%8)
		known[topo.FirstEdge+codec.EdgeID(e)] = codec.Weight(topo.Base[e])
	}
	c := newCore(t, topo, smallRules())
	c.BeginRound(1, testSeed(9, 1))
	c.Lead()
	w := newCrowd(c, 8)
	for range 300 {
		for range 30 {
			w.act()
		}
		w.tick()
	}
	heavier := 0
	for rest := w.out; len(rest) > 0; {
		typ, payload, next, err := codec.Next(rest)
		if err != nil {
			t.Fatal(err)
		}
		rest = next
		if typ != codec.TypeDelta {
			continue
		}
		d, err := codec.ParseDelta(payload)
		if err != nil {
			t.Fatal(err)
		}
		if known[d.Edge] == d.Weight {
			t.Fatalf("delta %d: edge %d has weight %d, as before", d.Seq, d.Edge, d.Weight)
		}
		known[d.Edge] = d.Weight
		heavier++
	}
	if heavier < 20 {
		t.Errorf("only %d weights changed: the test shows nothing", heavier)
	}
}

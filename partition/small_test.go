package partition

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestSmallMaps: the default rules play on two nodes, and on any map that has not
// a node for each of their treasures, which are as many as leave one node free.
func TestSmallMaps(t *testing.T) {
	for _, nodes := range []int{2, 3, 9, 64, 256, 257, 300} {
		t.Run(fmt.Sprint(nodes), func(t *testing.T) {
			c := newCore(t, graph(rand.New(rand.NewPCG(1, 1)), nodes, 1), DefaultRules())
			c.BeginRound(1, testSeed(3, 1))
			if want := min(256, nodes-1); len(c.treasures) != want || c.opened != min(8, want) {
				t.Fatalf("%d treasures, %d open at the start; want %d and %d", len(c.treasures), c.opened, want, min(8, want))
			}
			at := map[uint32]bool{}
			for _, tr := range c.treasures {
				at[tr.node] = true
			}
			if len(at) != len(c.treasures) {
				t.Errorf("%d treasures lie on %d nodes", len(c.treasures), len(at))
			}
			for !c.RoundOver() {
				c.Tick()
			}
			if c.opened != len(c.treasures) {
				t.Errorf("%d of %d treasures opened", c.opened, len(c.treasures))
			}
			if err := c.CheckHash(); err != nil {
				t.Error(err)
			}
		})
	}
}

package partition

import (
	"math/rand/v2"
	"testing"
)

// TestHintsAreWarm: when hints switch to a new cut, its field is final wherever
// a player stands, so that no move has to search.
func TestHintsAreWarm(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	c := newCore(t, graph(rng, 150, 4), smallRules())
	c.BeginRound(1, testSeed(9, 1))
	c.Lead()
	w := newCrowd(c, 5)
	refined, switched := 0, 0
	for range 200 {
		for range 20 {
			w.act()
		}
		w.tick()
		if !c.Refreshed() || c.RoundOver() {
			continue
		}
		was := c.search.Work
		for range 2 { // to the border's values, and on
			for c.Work(100) {
			}
			w.attend()
		}
		for c.Work(100) {
		}
		refined += c.search.Work - was
		was = c.search.Work
		for i := range c.players {
			c.hint(0, c.players[i].node)
		}
		if c.search.Work != was {
			t.Fatalf("tick %d: hints settled %d nodes", c.tick, c.search.Work-was)
		}
		switched++
	}
	if refined == 0 || switched < 5 {
		t.Errorf("%d switches, %d nodes settled before them: nothing was shown", switched, refined)
	}
}

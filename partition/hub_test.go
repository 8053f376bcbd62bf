package partition

import (
	"testing"
	"time"
)

// hub is a topology with a node that has so many edges out and as many in.
func hub(degree int) Topology {
	topo := Topology{Main: uint32(degree + 1), First: []uint32{0}}
	for v := range uint32(degree) {
		topo.Head, topo.Base = append(topo.Head, v+1), append(topo.Base, 10+v%7)
	}
	topo.First = append(topo.First, uint32(degree))
	for range degree {
		topo.Head, topo.Base = append(topo.Head, 0), append(topo.Base, 10)
		topo.First = append(topo.First, uint32(len(topo.Head)))
	}
	return topo
}

const hubDegree = 1<<16 - 1 // the most that a node may have

// TestHubBoots: boot does not take the square of a node's degree.
func TestHubBoots(t *testing.T) {
	boot := func(degree int) time.Duration {
		topo, rules := hub(degree), smallRules()
		best := time.Hour
		for range 3 {
			mem := memory(t, &topo, rules)
			began := time.Now()
			c, err := New(topo, rules, mem, new(Arena))
			if err != nil {
				t.Fatal(err)
			}
			c.BeginRound(1, testSeed(9, 1))
			c.Lead()
			best = min(best, time.Since(began))
		}
		return best
	}
	half, whole := boot(hubDegree/2), boot(hubDegree)
	t.Logf("%v and %v", half, whole)
	if whole > 3*half && whole > time.Second {
		t.Errorf("boot takes %v with a node of %d edges, %v with half of them", whole, hubDegree, half)
	}
}

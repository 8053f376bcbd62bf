package partition

import (
	"math/rand/v2"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestWay: the pieces of a way hang together, add up to what Dijkstra says as of
// the cut that they name, and end at a treasure that was open then.
func TestWay(t *testing.T) {
	pieces, long := 0, 0
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 7))
		rules := smallRules()
		topo := graph(rng, 300, int(seed%2))      // with 0 it is a ring
		rules.Treasures, rules.OpenAtStart = 2, 1 // far ways
		c := newCore(t, topo, rules)
		if w := c.Way(codec.Ask{ID: 9, Node: topo.FirstNode}); w.Code != codec.CodeNotNow || w.ID != 9 || w.Count != 0 {
			t.Fatalf("a way before there are hints: %+v", w)
		}
		c.BeginRound(1, testSeed(9, 1))
		c.Lead()
		w := newCrowd(c, seed)
		w.alone = true
		w.attend()
		for range 100 {
			for range rng.IntN(20) {
				w.act()
			}
			w.tick()
			if rng.IntN(5) > 0 {
				continue
			}
			node := topo.FirstNode + codec.NodeID(rng.Uint32N(uint32(topo.nodes())))
			first := c.Way(codec.Ask{ID: 1, Node: node})
			at := w.cuts[first.Cut]
			if want := oracle(c, at, uint32(node-topo.FirstNode)); first.Distance != want || first.Cut.Round != 1 {
				t.Fatalf("seed %d, tick %d, node %d: the way is %d long as of %+v, Dijkstra %d", seed, c.tick, node, first.Distance, first.Cut, want)
			}
			left, steps := first.Distance, 0
			for p := first; ; p = c.Way(codec.Ask{ID: 1, Node: p.Next}) {
				if p.Code != codec.CodeOK || p.Node != node || p.Distance != left || p.Cut != first.Cut || p.Partition != topo.Partition {
					t.Fatalf("seed %d: a piece from node %d with %d left is %+v", seed, node, left, p)
				}
				for _, e := range p.Edges[:p.Count] {
					local := uint32(e - topo.FirstEdge)
					if lo, hi := topo.out(uint32(node - topo.FirstNode)); local < lo || local >= hi {
						t.Fatalf("seed %d: edge %d does not leave node %d", seed, e, node)
					}
					left -= codec.Distance(at.weight[local])
					node = codec.NodeID(topo.Head[local])
					steps++
				}
				if p.Next != node {
					t.Fatalf("seed %d: a piece ends at node %d, its edges at node %d", seed, p.Next, node)
				}
				pieces++
				if !p.More {
					break
				}
			}
			if first.Distance != codec.Unreachable && (left != 0 || !at.open[uint32(node-topo.FirstNode)]) {
				t.Fatalf("seed %d: the way ends at node %d with %d left", seed, node, left)
			}
			if steps > codec.MaxWayEdges {
				long++
			}
		}
	}
	if long == 0 {
		t.Errorf("none of the ways has more than one piece, of %d pieces in all", pieces)
	}
}

// TestWayRefused: nodes of others and goals that the hunt has not.
func TestWayRefused(t *testing.T) {
	topo := graph(rand.New(rand.NewPCG(1, 1)), 100, 3)
	c := newCore(t, topo, smallRules())
	c.BeginRound(1, testSeed(5, 1))
	c.Lead()
	for _, q := range []struct {
		ask  codec.Ask
		code codec.Code
	}{
		{codec.Ask{Node: topo.FirstNode - 1}, codec.CodeNoSuchNode},
		{codec.Ask{Node: codec.NodeID(topo.end())}, codec.CodeNoSuchNode},
		{codec.Ask{Node: codec.NoNode}, codec.CodeNoSuchNode},
		{codec.Ask{Node: topo.FirstNode, Goal: codec.MaxGoals}, codec.CodeNoSuchGoal},
	} {
		w := c.Way(q.ask)
		if w.Code != q.code || w.Count != 0 || w.More || w.Next != q.ask.Node || w.Distance != codec.Unreachable {
			t.Errorf("%+v: %+v, want %v", q.ask, w, q.code)
		}
	}
}

// TestWayAskedAgain: who asks once a cut for the way to a goal that no player here
// is led to, later in each cut than its field was given up, gets it.
func TestWayAskedAgain(t *testing.T) {
	topo := graph(rand.New(rand.NewPCG(1, 1)), 100, 3)
	rules := smallRules()
	rules.RoundTicks, rules.Goals[0] = 2000, codec.Goal{Name: codec.NameOf("exit"), Node: topo.FirstNode + 50}
	c := newCore(t, topo, rules)
	c.BeginRound(1, testSeed(5, 1))
	c.Lead()
	w := newCrowd(c, 1)
	w.alone = true
	w.attend()
	ask := codec.Ask{Node: topo.FirstNode, Goal: 1}
	for cut := range 10 {
		for done := false; !done; done = c.Refreshed() {
			w.tick()
			c.catchUp()
		}
		if way := c.Way(ask); cut > 0 && way.Code != codec.CodeOK {
			t.Fatalf("cut %d: %v", cut, way.Code)
		}
	}
	for range 2 * askedCuts * codec.TicksPerSecond {
		w.tick()
		c.catchUp()
	}
	if c.guides[1].field != nil {
		t.Error("a field is kept that nobody asks for any more")
	}
}

// TestOwner: a node outside belongs to the partition that its place says.
func TestOwner(t *testing.T) {
	topo := Topology{Parts: []codec.NodeID{0, 300, 301, 1000, 1400}}
	for node, want := range map[codec.NodeID]codec.PartitionID{0: 0, 299: 0, 300: 1, 301: 2, 999: 2, 1000: 3, 1399: 3} {
		if got := topo.owner(node); got != want {
			t.Errorf("node %d is said to be of partition %d, expected %d", node, got, want)
		}
	}
}

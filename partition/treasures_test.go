package partition

import (
	"math/rand/v2"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// placesOf are a round's treasures, where its players spawn, and its first state.
func placesOf(t *testing.T, topo Topology, seed codec.Seed) (places []uint32, spawns []uint32, hash uint64) {
	t.Helper()
	c := newCore(t, topo, smallRules())
	c.BeginRound(1, seed)
	hash = c.Hash()
	for i := range c.treasures {
		places = append(places, c.treasures[i].node)
	}
	for id := range codec.PlayerID(40) {
		if code := c.Step(&codec.Input{Kind: codec.InputJoin, Player: id}); code == codec.CodeOK {
			spawns = append(spawns, c.row(id).node)
		}
	}
	return places, spawns, hash
}

// TestEveryBitOfTheSeedCounts (I13): seeds that differ in one bit, any of the 256,
// place treasures and players as two that have nothing in common, and so do the
// partitions of one seed; the state hash differs too.
func TestEveryBitOfTheSeedCounts(t *testing.T) {
	topo := graph(rand.New(rand.NewPCG(20, 26)), 900, 3)
	same := func(a, b []uint32) (n int) {
		for i := range min(len(a), len(b)) {
			if a[i] == b[i] {
				n++
			}
		}
		return n
	}
	places, spawns, hash := placesOf(t, topo, codec.Seed{1, 2, 3})
	agree := 0
	for bit := range 256 {
		seed := codec.Seed{1, 2, 3}
		seed[bit/8] ^= 1 << (bit % 8)
		p, s, h := placesOf(t, topo, seed)
		if h == hash {
			t.Errorf("bit %d is not in the state hash", bit)
		}
		agree += same(places, p) + same(spawns, s)
	}
	// Each of them is where it was once in 900 times.
	if chance := 256 * (len(places) + len(spawns)) / 900; agree > 3*chance+10 {
		t.Errorf("%d of %d places are the same, by chance %d were", agree, 256*(len(places)+len(spawns)), chance)
	}
	var d drum
	first := map[uint64]codec.PartitionID{}
	for p := range codec.PartitionID(100) {
		d.fill(codec.Seed{1, 2, 3}, p)
		n := d.own.Uint64()
		if other, there := first[n]; there {
			t.Errorf("partitions %d and %d draw the same numbers", other, p)
		}
		first[n] = p
	}
}

// TestRoundsAllocateNothing (I9): a round's beginning and its ticks allocate nothing.
func TestRoundsAllocateNothing(t *testing.T) {
	c := lane(t)
	round := codec.Round(1)
	if n := testing.AllocsPerRun(5, func() {
		for !c.RoundOver() {
			c.Tick()
		}
		round++
		c.BeginRound(round, testSeed(1, round))
	}); n != 0 {
		t.Errorf("a round allocates %v times", n)
	}
}

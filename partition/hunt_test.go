package partition

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/cut"
)

// land is a graph cut into partitions, and what a Dijkstra needs of it.
type land struct {
	first, head, base []uint32
	parts             []codec.NodeID
}

// newLand links a ring in each partition with random edges, mostly to nodes nearby.
func newLand(rng *rand.Rand, parts, each int) *land {
	l := &land{}
	for p := range parts + 1 {
		l.parts = append(l.parts, codec.NodeID(p*each))
	}
	n := parts * each
	for v := range n {
		l.first = append(l.first, uint32(len(l.head)))
		home := v / each * each
		heads := []uint32{uint32(home + (v-home+1)%each)}
		for range rng.IntN(3) {
			heads = append(heads, uint32((v+rng.IntN(17)+n-8)%n))
		}
		if rng.IntN(30) == 0 {
			heads = append(heads, rng.Uint32N(uint32(n)))
		}
		slices.Sort(heads)
		for _, h := range slices.Compact(heads) {
			l.head, l.base = append(l.head, h), append(l.base, 1+rng.Uint32N(1000))
		}
	}
	l.first = append(l.first, uint32(len(l.head)))
	return l
}

func (l *land) topology(p int) Topology {
	lo, hi := uint32(l.parts[p]), uint32(l.parts[p+1])
	a, b := l.first[lo], l.first[hi]
	topo := Topology{
		Partition: codec.PartitionID(p), FirstNode: l.parts[p], FirstEdge: codec.EdgeID(a), Main: hi - lo,
		First: l.first[lo : hi+1], Head: l.head[a:b], Base: l.base[a:b], Parts: l.parts,
	}
	topo.World[0] = 7
	for v := range uint32(len(l.first) - 1) {
		for _, h := range l.head[l.first[v]:l.first[v+1]] {
			if (v < lo || v >= hi) && h >= lo && h < hi {
				topo.Entries = append(topo.Entries, h)
			}
		}
	}
	slices.Sort(topo.Entries)
	topo.Entries = slices.Compact(topo.Entries)
	for n := lo; n < hi; n += 9 {
		level := uint32(1)
		if (n-lo)%27 == 0 {
			level++
		}
		topo.Cells = append(topo.Cells, n, level)
	}
	return topo
}

// wholeCut is what all partitions searched at one cut.
type wholeCut struct {
	known  int
	weight []codec.Weight
	open   []uint32
	dist   map[codec.GoalID][]codec.Distance
}

// distances is Bellman and Ford's algorithm over the whole hunt, to any of the nodes.
func (l *land) distances(weight []codec.Weight, to []uint32) []codec.Distance {
	dist := make([]codec.Distance, len(l.first)-1)
	for v := range dist {
		dist[v] = codec.Unreachable
	}
	for _, v := range to {
		dist[v] = 0
	}
	for changed := true; changed; {
		changed = false
		for v := range dist {
			for e := l.first[v]; e < l.first[v+1]; e++ {
				if d := dist[l.head[e]]; weight[e] != codec.Blocked && d != codec.Unreachable && d+codec.Distance(weight[e]) < dist[v] {
					dist[v], changed = d+codec.Distance(weight[e]), true
				}
			}
		}
	}
	return dist
}

// letter is frames on their way to a partition.
type letter struct {
	to     codec.PartitionID
	frames []byte
	delay  int
}

// hunt is several cores and a coordinator, with a network between them that
// loses, doubles and delays.
type hunt struct {
	rng     *rand.Rand
	land    *land
	rules   codec.Rules
	crowds  []*crowd
	borders []cut.Border
	coord   *cut.Coordinator
	mail    []letter
	cuts    map[codec.Cut]*wholeCut
	loss    int // in 100
}

func newHunt(t *testing.T, seed uint64, parts, each, loss int) *hunt {
	rng := rand.New(rand.NewPCG(seed, 77))
	h := &hunt{rng: rng, land: newLand(rng, parts, each), cuts: map[codec.Cut]*wholeCut{}, loss: loss}
	h.rules = smallRules()
	h.rules.Treasures, h.rules.OpenAtStart = 3, 1
	h.rules.Goals[0] = codec.Goal{Name: codec.NameOf("exit"), Node: codec.NodeID(rng.IntN(parts * each))}
	h.rules.Goals[1] = codec.Goal{Name: codec.NameOf("camp"), Node: codec.NodeID(rng.IntN(parts * each))}
	for p := range parts {
		c := newCore(t, h.land.topology(p), h.rules)
		c.slice = 1 + rng.IntN(2000)
		c.BeginRound(1, testSeed(9, 1))
		c.Lead()
		h.crowds = append(h.crowds, newCrowd(c, seed+uint64(p)))
		h.borders = append(h.borders, c.topo.Border())
		h.note(c)
	}
	h.restartCoordinator(t)
	return h
}

func (h *hunt) restartCoordinator(t *testing.T) {
	var err error
	if h.coord, err = cut.New(h.rules, h.borders); err != nil {
		t.Fatal(err)
	}
}

// note remembers what a core has just refreshed to.
func (h *hunt) note(c *Core) {
	m := h.cuts[c.cutNow()]
	if m == nil {
		m = &wholeCut{weight: make([]codec.Weight, len(h.land.head)), dist: map[codec.GoalID][]codec.Distance{}}
		h.cuts[c.cutNow()] = m
	}
	m.known++
	for e := range c.topo.edges() {
		m.weight[int(c.topo.FirstEdge)+e] = cutWeight(c, uint32(e))
	}
	for node := range openNow(c) {
		m.open = append(m.open, uint32(c.topo.FirstNode)+node)
	}
}

// true distances as of a cut; nil where not all partitions made it.
func (h *hunt) truth(at codec.Cut, goal codec.GoalID) []codec.Distance {
	m := h.cuts[at]
	if m == nil || m.known < len(h.crowds) {
		return nil
	}
	if m.dist[goal] == nil {
		to := m.open
		if goal != codec.Nearest {
			to = []uint32{uint32(h.rules.Goals[goal-1].Node)}
		}
		m.dist[goal] = h.land.distances(m.weight, to)
	}
	return m.dist[goal]
}

func (h *hunt) post(to codec.PartitionID, frames []byte) {
	for h.rng.IntN(100) >= h.loss {
		h.mail = append(h.mail, letter{to, slices.Clone(frames), h.rng.IntN(1 + h.loss/4)})
		if h.rng.IntN(100) >= h.loss {
			return
		}
	}
}

// tick passes a boundary in one partition, as its actor does.
func (h *hunt) tick(t *testing.T, w *crowd) {
	c := w.core
	for range h.rng.IntN(12) {
		w.act()
	}
	w.event()
	c.Tick()
	if c.Refreshed() {
		h.note(c)
	}
	h.release(c.Outbox())
	if c.RoundOver() {
		c.BeginRound(c.Round()+1, testSeed(9, c.Round()+1))
		h.note(c)
	}
	if err := c.CheckHash(); err != nil {
		t.Fatal(err)
	}
	var r cut.Report
	if (c.tick%5 == 0 || h.loss == 0) && c.Report(&r) && h.rng.IntN(100) >= h.loss {
		if err := h.coord.Report(&r, h.post); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *hunt) release(frames []byte) {
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			panic(err)
		}
		if frames = rest; typ == codec.TypePrepared && h.rng.IntN(100) >= h.loss {
			f, err := codec.ParsePrepared(payload)
			if err != nil {
				panic(err)
			}
			h.coord.Prepared(f, h.post)
		}
	}
}

// deliver hands over what has come to its partition.
func (h *hunt) deliver() {
	late := h.mail[:0:0]
	for _, l := range h.mail {
		if l.delay > 0 {
			l.delay--
			late = append(late, l)
			continue
		}
		c := h.crowds[l.to].core
		for frames := l.frames; len(frames) > 0; {
			typ, payload, rest, err := codec.Next(frames)
			if err != nil {
				panic(err)
			}
			frames = rest
			var in codec.Input
			switch typ {
			case codec.TypeBorder:
				f, _ := codec.ParseBorder(payload)
				in = codec.Input{Kind: codec.InputBorder, Cut: f.Cut, Goal: f.Goal, First: f.First, Reaches: f.Reaches}
			case codec.TypePrepare:
				f, _ := codec.ParsePrepare(payload)
				in = codec.Input{Kind: codec.InputPrepared, Cut: f.Cut}
			case codec.TypeSwitch:
				f, _ := codec.ParseSwitch(payload)
				in = codec.Input{Kind: codec.InputSwitched, Cut: f.Cut, Next: f.Next}
			}
			c.Step(&in)
		}
	}
	h.mail = late
}

// TestHuntHintsAreExact holds I8 over a whole hunt: hints towards the nearest
// treasure and towards named goals in any partition equal a search of the whole
// graph as of the cut that they name, whatever is lost, late or restarted.
func TestHuntHintsAreExact(t *testing.T) {
	for _, c := range []struct {
		name        string
		parts, each int
		loss        int
		restarts    bool
		least       int // hints that must be seen to be right
	}{
		{"two partitions", 2, 40, 0, false, 2000},
		{"five partitions", 5, 40, 0, false, 5000},
		{"four partitions, a poor network", 4, 30, 20, false, 2500},
		{"four partitions, restarts", 4, 30, 0, true, 3000},
		{"three partitions, a poor network and restarts", 3, 50, 10, true, 2000},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHunt(t, uint64(c.parts*100+c.loss), c.parts, c.each, c.loss)
			right := 0
			for range 400 {
				for _, w := range h.crowds {
					if h.rng.IntN(10) > 0 { // a partition may be late, and then catch up
						h.tick(t, w)
						for ; w.core.clock+3 < h.crowds[0].core.clock; h.tick(t, w) {
						}
					}
				}
				h.deliver()
				if c.restarts {
					h.restart(t)
				}
				right += h.check(t)
			}
			if right < c.least {
				t.Errorf("only %d hints could be checked, want %d: the coordinator is stuck", right, c.least)
			}
		})
	}
}

// restart now and then replaces a partition, or the coordinator.
func (h *hunt) restart(t *testing.T) {
	if h.rng.IntN(40) == 0 {
		h.restartCoordinator(t)
	}
	if h.rng.IntN(30) > 0 {
		return
	}
	w := h.crowds[h.rng.IntN(len(h.crowds))]
	c := newCore(t, w.core.topo, h.rules)
	if err := c.Restore(w.core.AppendSnapshot(nil)); err != nil {
		t.Fatal(err)
	}
	c.Lead()
	c.slice, w.core = w.core.slice, c
}

// check asks for hints everywhere and counts those that it could judge.
func (h *hunt) check(t *testing.T) (right int) {
	for _, w := range h.crowds {
		c := w.core
		for g := range codec.GoalID(3) {
			node := h.rng.Uint32N(uint32(c.topo.nodes()))
			hint := c.hint(g, node)
			if l := &c.guides[g]; l.field == nil || l.lost {
				continue
			}
			at := codec.Cut{Round: c.round, Tick: hint.CutTick}
			truth := h.truth(at, g)
			if truth == nil {
				t.Fatalf("a hint names %v, which not all partitions refreshed at", at)
			}
			from := uint32(c.topo.FirstNode) + node
			if truth[from] != hint.Distance {
				t.Fatalf("partition %d, %v, goal %d, node %d: the hint says %d, the whole graph %d", c.topo.Partition, at, g, from, hint.Distance, truth[from])
			}
			if hint.Edge != codec.NoEdge {
				m := h.cuts[at]
				if step := codec.Distance(m.weight[hint.Edge]); h.land.head[hint.Edge] != uint32(hint.Node) || truth[hint.Node]+step != truth[from] {
					t.Fatalf("partition %d, %v, goal %d, node %d: the hint's edge is not on a shortest way", c.topo.Partition, at, g, from)
				}
			}
			right++
		}
	}
	return right
}

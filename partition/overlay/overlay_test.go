package overlay

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// graph is a random directed graph with parallel edges, loops, borders, nodes
// that lead nowhere, and cells that follow no structure at all.
func graph(rng *rand.Rand, nodes, extra int) Graph {
	g := Graph{FirstNode: 1000, Shift: 2}
	edge := uint32(7000)
	for n := range nodes {
		g.First = append(g.First, edge)
		var heads []uint32
		for range 3 {
			if rng.IntN(3) > 0 { // mostly near, so that cells mean something
				heads = append(heads, uint32((n+nodes-5+rng.IntN(11))%nodes))
			}
		}
		for range rng.IntN(extra + 1) {
			heads = append(heads, rng.Uint32N(uint32(nodes)))
		}
		for _, h := range heads {
			g.Head, g.Base = append(g.Head, g.FirstNode+h), append(g.Base, 1+rng.Uint32N(30))
			edge++
		}
		if rng.IntN(20) == 0 {
			g.Head, g.Base = append(g.Head, rng.Uint32N(1000)), append(g.Base, 1)
			edge++
		}
	}
	g.First = append(g.First, edge)
	for n := 0; n < nodes; n += 1 + rng.IntN(40) {
		level := 1
		for level < 3 && rng.IntN(4) == 0 {
			level++
		}
		g.Cells = append(g.Cells, g.FirstNode+uint32(n), uint32(level))
	}
	return g
}

func searchOf(labels int) *Search {
	m, s := new(Memory), new(Search)
	s.Init(m)
	s.labels = s.labels[:labels]
	return s
}

func overlayOf(t testing.TB, g Graph, s *Search, level func(uint32) uint8) *Overlay {
	t.Helper()
	return overlayWith(t, g, s, 2, level)
}

func overlayWith(t testing.TB, g Graph, s *Search, fields int, level func(uint32) uint8, shared ...bool) *Overlay {
	t.Helper()
	shape, err := Measure(g)
	if err != nil {
		t.Fatal(err)
	}
	if len(shared) > 0 {
		shape.Share(2*shape.Cells() + fields)
	}
	size := shape.Size(fields)
	words := make([]uint64, size/8)
	o, err := New(shape, fields, unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size))
	if err != nil {
		t.Fatal(err)
	}
	o.Rebuild(s, level)
	return o
}

func randomLevel(rng *rand.Rand) uint8 {
	if rng.IntN(12) == 0 {
		return Closed
	}
	return uint8(rng.IntN(9))
}

// oracle is Bellman and Ford's algorithm: the distance to the nearest goal, and
// of equally near goals the lowest, for every node.
func oracle(o *Overlay, goals []Goal) (dist []uint64, number []uint16) {
	const far = 1 << 60
	dist, number = make([]uint64, o.nodes()), make([]uint16, o.nodes())
	for v := range dist {
		dist[v] = far
	}
	for _, g := range goals {
		if dist[g.Node] != 0 || g.Number < number[g.Node] {
			dist[g.Node], number[g.Node] = 0, g.Number
		}
	}
	for changed := true; changed; {
		changed = false
		for v := range uint32(o.nodes()) {
			lo, hi := o.out(v)
			for e := lo; e < hi; e++ {
				h, inside := o.head(e)
				if !inside || o.Weight(e) == Unreachable || dist[h] == far {
					continue
				}
				d := dist[h] + uint64(o.Weight(e))
				if d >= Unreachable {
					continue // as good as none
				}
				if d < dist[v] || d == dist[v] && number[h] < number[v] {
					dist[v], number[v], changed = d, number[h], true
				}
			}
		}
	}
	for v := range dist {
		if dist[v] == far {
			dist[v] = Unreachable
		}
	}
	return dist, number
}

func randomGoals(rng *rand.Rand, nodes, most int) (goals []Goal) {
	for i := range rng.IntN(most + 1) {
		goals = append(goals, Goal{rng.Uint32N(uint32(nodes)), uint16(i)})
	}
	rng.Shuffle(len(goals), func(i, j int) { goals[i], goals[j] = goals[j], goals[i] })
	return goals
}

// agree holds a field to the oracle at nodes in a random order, and its ways.
func agree(t *testing.T, rng *rand.Rand, o *Overlay, f *Field, s *Search, goals []Goal) {
	t.Helper()
	dist, number := oracle(o, goals)
	for _, v := range rng.Perm(o.nodes())[:rng.IntN(o.nodes()+1)] {
		node := uint32(v)
		o.Refine(f, s, node)
		d, n := o.At(f, node)
		if uint64(d) != dist[node] || d != Unreachable && n != number[node] {
			t.Fatalf("node %d: %d to goal %d, the oracle says %d to %d", node, d, n, dist[node], number[node])
		}
		if e, ok := o.Next(f, node); ok {
			head, _ := o.head(e)
			if dist[head]+uint64(o.Weight(e)) != uint64(d) || number[head] != n {
				t.Fatalf("node %d: edge %d leads to %d, which is no way to goal %d", node, e, head, n)
			}
		} else if d != 0 && d != Unreachable {
			t.Fatalf("node %d: no edge to take", node)
		}
	}
}

// TestFields holds I8 over random graphs, cells, weights and goals, with room
// for all labels and with hardly any.
func TestFields(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := searchOf(4 + rng.IntN(2)*2000)
		o := overlayOf(t, graph(rng, 20+rng.IntN(400), rng.IntN(3)), s, func(uint32) uint8 { return randomLevel(rng) })
		for i := range 6 {
			goals := randomGoals(rng, o.nodes(), 1+rng.IntN(12))
			o.Aim(o.Field(i%2), s, goals)
			agree(t, rng, o, o.Field(i%2), s, goals)
		}
	}
}

// repairInSlices lets other searches use the memory in between.
func repairInSlices(o *Overlay, s *Search, other *Overlay, e uint32, level uint8, weight uint32) (reached int) {
	o.Change(s, e, level, weight)
	for !o.Step(s) {
		other.Aim(other.Field(0), s, []Goal{{Node: e % uint32(other.nodes())}})
	}
	return s.Reached()
}

// TestRepair holds repaired distances to those of an overlay built anew, after
// every one of many random changes, up and down and shut, and the fields with
// them. Between slices of a repair its memory serves other searches. Every third
// graph is so heavy that distances come to where they overflow, and in every
// third many ways are equally long.
func TestRepair(t *testing.T) {
	highest, none := 0, 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 2))
		s := searchOf(4 + rng.IntN(2)*2000)
		g := graph(rng, 20+rng.IntN(400), rng.IntN(2))
		for i, base := range g.Base {
			switch seed % 3 {
			case 0:
				g.Base[i] = base << 23
			case 1:
				g.Base[i] = 1 + base%2*4
			}
		}
		o := overlayOf(t, g, s, func(uint32) uint8 { return randomLevel(rng) })
		plain := g // where a weight of an edge's own is its base
		plain.Base = slices.Clone(g.Base)
		anew := overlayOf(t, plain, s, func(uint32) uint8 { return 0 })
		for i := range 40 {
			e := rng.Uint32N(uint32(len(g.Head)))
			before := o.Edges[e].Seen
			level, weight := randomLevel(rng), uint32(0)
			plain.Base[e] = g.Base[e]
			if rng.IntN(4) == 0 {
				level, weight = Given, 1+rng.Uint32N(100)
				plain.Base[e] = weight
			}
			reached := repairInSlices(o, s, anew, e, level, weight)
			anew.Rebuild(s, func(e uint32) uint8 {
				if o.Edges[e].Seen == Given {
					return 0
				}
				return o.Edges[e].Seen
			})
			if n := o.Differ(anew); n != 0 {
				t.Fatalf("seed %d, change %d of edge %d from level %d to %d, which reached level %d: %d distances are wrong", seed, i, e, before, level, reached, n)
			}
			highest = max(highest, reached)
			if reached == 0 {
				none++
			}
		}
		goals := randomGoals(rng, o.nodes(), 5)
		o.Aim(o.Field(0), s, goals)
		agree(t, rng, o, o.Field(0), s, goals)
	}
	if highest < 3 || none == 0 {
		t.Errorf("changes reached level %d at most, %d reached none: the test shows too little", highest, none)
	}
}

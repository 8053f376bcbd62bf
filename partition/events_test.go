package partition

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

func weightOf(e codec.EdgeID, w codec.Weight) codec.Input {
	return codec.Input{Kind: codec.InputWeight, Edge: e, Weight: w}
}

func set(t testing.TB, c *Core, e codec.EdgeID, w codec.Weight) {
	t.Helper()
	in := weightOf(e, w)
	if code := c.Step(&in); code != codec.CodeOK {
		t.Fatalf("edge %d to %d: %v", e, w, code)
	}
}

// told is what the world is told: base weights, and the deltas since.
type told struct {
	first  codec.EdgeID
	base   []uint32
	weight []codec.Weight
}

func newTold(c *Core) *told {
	w := &told{first: c.topo.FirstEdge, base: c.topo.Base}
	for _, base := range w.base {
		w.weight = append(w.weight, codec.Weight(base))
	}
	return w
}

// take follows an outbox and returns its deltas.
func (w *told) take(frames []byte) (deltas []codec.Delta) {
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			panic(err)
		}
		if frames = rest; typ == codec.TypeDelta {
			d, err := codec.ParseDelta(payload)
			if err != nil {
				panic(err)
			}
			w.weight[d.Edge-w.first] = d.Weight
			deltas = append(deltas, d)
		}
	}
	return deltas
}

// agrees holds what a later subscriber is given to what earlier ones were told.
func (w *told) agrees(c *Core) error {
	late := newTold(c)
	c.Weights(func(e codec.EdgeID, weight codec.Weight) { late.weight[e-w.first] = weight })
	if !slices.Equal(late.weight, w.weight) {
		return fmt.Errorf("the weights of the state are not those of the deltas")
	}
	return nil
}

// TestOrders: what an order does, and when.
func TestOrders(t *testing.T) {
	c := lane(t)
	w := newTold(c)
	tick := func() []codec.Delta {
		c.Tick()
		attend(c)
		if err := c.CheckHash(); err != nil {
			t.Fatal(err)
		}
		deltas := w.take(c.Outbox())
		if err := w.agrees(c); err != nil {
			t.Fatal(err)
		}
		return deltas
	}
	join(t, c, 1)
	first := forward(c, 1)
	set(t, c, first.Edge, codec.Blocked)
	if code := c.Step(&first); code != codec.CodeOK {
		t.Fatalf("a move before the boundary: %v", code)
	}
	if d := tick(); len(d) != 1 || d[0].Edge != first.Edge || d[0].Weight != codec.Blocked || d[0].Tick != c.tick {
		t.Fatalf("deltas of the boundary %+v", d)
	}
	join(t, c, 2)
	c.sum -= c.row(2).hash
	c.row(2).node, c.row(2).hash = uint32(c.row(1).node+39)%40, 0
	c.rehash(c.row(2))
	again := forward(c, 2)
	if code := c.Step(&again); again.Edge != first.Edge || code != codec.CodeBlocked {
		t.Fatalf("a move along edge %d, with %d blocked: %v", again.Edge, first.Edge, code)
	}

	// searches follow at the refresh
	from, to := codec.NodeID(c.row(2).node), codec.NodeID(c.row(1).node)
	if d := c.Distance(from, to); d != 400 {
		t.Errorf("before the refresh it is %d, want 400", d)
	}
	for !c.Refreshed() {
		if d := tick(); len(d) != 0 {
			t.Fatalf("a weight that was set is told again: %+v", d)
		}
	}
	if d := c.Distance(from, to); d != 39*400 {
		t.Errorf("after the refresh it is %d, want the way round", d)
	}

	// a set weight stays whatever the load, and goes where the load calls it
	set(t, c, first.Edge, 7)
	if d := tick(); len(d) != 1 || d[0].Weight != 7 {
		t.Fatalf("deltas %+v", d)
	}
	e := uint32(first.Edge)
	c.edgeSum -= c.edgeTerm(e)
	c.edges[e].Load = 200
	c.edgeSum += c.edgeTerm(e)
	set(t, c, first.Edge, 7)
	for range int(c.rules.SweepTicks) {
		if d := tick(); len(d) != 0 {
			t.Fatalf("congestion moved a set weight: %+v", d)
		}
	}
	level := c.wanted(c.edges[e].Load, 0)
	set(t, c, first.Edge, 0)
	if d := tick(); level == 0 || len(d) != 1 || d[0].Weight != codec.Weight(c.raised(e, level)) {
		t.Fatalf("given back at level %d: %+v", level, d)
	}
	set(t, c, first.Edge, 0)
	level, load := c.edges[e].Level, c.edges[e].Load
	if d := tick(); len(d) != 0 && c.edges[e].Load == load || c.edges[e].Level != level {
		t.Errorf("giving back what has no weight of its own changed it: %+v", d)
	}

	// the last order of a tick wins, and all of them are told
	for _, weight := range []codec.Weight{5, codec.Blocked, 6, 0, MaxBase} {
		set(t, c, 20, weight)
	}
	if d := tick(); len(d) != 5 || d[4].Weight != MaxBase {
		t.Errorf("five orders in a tick: %+v", d)
	}
}

// TestOrdersRefused holds what a game server can do wrong to its code, and that
// it changes nothing.
func TestOrdersRefused(t *testing.T) {
	crowded := func(n int) func(*testing.T, *Core) {
		return func(t *testing.T, c *Core) { // n edges with a weight of their own
			for e := range codec.EdgeID(n) {
				if e > 0 && e%maxOrders == 0 {
					c.Tick()
				}
				set(t, c, c.topo.FirstEdge+e, 5)
			}
			c.Tick()
		}
	}
	const some = 3000 // an edge without a row, in a table that is not full
	for _, tc := range []struct {
		name   string
		before func(*testing.T, *Core)
		edge   codec.EdgeID
		weight codec.Weight
		want   codec.Code
	}{
		{"the heaviest", nil, some, MaxBase, codec.CodeOK},
		{"too heavy", nil, some, MaxBase + 1, codec.CodeBadWeight},
		{"nearly blocked", nil, some, codec.Blocked - 1, codec.CodeBadWeight},
		{"an edge before the first", nil, math.MaxUint32, 5, codec.CodeNoSuchEdge},
		{"an edge after the last", nil, 6000, 5, codec.CodeNoSuchEdge},
		{"more orders than a tick takes", func(t *testing.T, c *Core) {
			for range maxOrders {
				set(t, c, c.topo.FirstEdge, codec.Blocked)
			}
		}, some, codec.Blocked, codec.CodeNotNow},
		{"more changes than a refresh takes", func(t *testing.T, c *Core) {
			c.pending = c.pending[:maxPending-1]
			set(t, c, c.topo.FirstEdge, codec.Blocked)
		}, some, codec.Blocked, codec.CodeNotNow},
		{"a last row", crowded(overlay.MaxGiven - 1), overlay.MaxGiven, 5, codec.CodeOK},
		{"a last row that may be promised", func(t *testing.T, c *Core) {
			crowded(overlay.MaxGiven-1)(t, c)
			set(t, c, c.topo.FirstEdge+5500, 5)
		}, overlay.MaxGiven, 5, codec.CodeNotNow},
		{"a full table", crowded(overlay.MaxGiven), overlay.MaxGiven, 5, codec.CodeTableFull},
		{"a full table, the edge in it", crowded(overlay.MaxGiven), 5, 6, codec.CodeOK},
		{"a full table, blocked", crowded(overlay.MaxGiven), overlay.MaxGiven, codec.Blocked, codec.CodeOK},
	} {
		t.Run(tc.name, func(t *testing.T) {
			topo := graph(rand.New(rand.NewPCG(1, 1)), 6000, 0)
			topo.First, topo.Head, topo.Base = topo.First[:6001], topo.Head[:6000], topo.Base[:6000]
			for i := range topo.First {
				topo.First[i] = uint32(topo.FirstEdge) + uint32(i)
			}
			c := newCore(t, topo, smallRules())
			c.BeginRound(1, testSeed(1, 1))
			if tc.before != nil {
				tc.before(t, c)
			}
			before := c.Hash()
			in := weightOf(topo.FirstEdge+tc.edge, tc.weight)
			code := c.Step(&in)
			if code != tc.want {
				t.Errorf("code %q, want %q", code, tc.want)
			}
			if err := c.CheckHash(); err != nil {
				t.Error(err)
			}
			if changed := c.Hash() != before; changed != (code == codec.CodeOK) {
				t.Errorf("%v, and the state changed: %v", code, changed)
			}
			if tc.name == "more changes than a refresh takes" {
				return // its list is not one
			}
			if c.Tick(); c.CheckHash() != nil {
				t.Error(c.CheckHash())
			}
		})
	}
}

// TestBusyBoundary: orders come first, and congestion has what is left of a tick's deltas.
func TestBusyBoundary(t *testing.T) {
	u := smallRules()
	u.SweepTicks = 1
	c := newCore(t, graph(rand.New(rand.NewPCG(3, 3)), 3000, 1), u)
	c.BeginRound(1, testSeed(1, 1))
	for e := range c.edges {
		c.edges[e].Load = 255
		c.edgeSum += c.edgeTerm(uint32(e))
	}
	for e := range codec.EdgeID(maxOrders) {
		set(t, c, c.topo.FirstEdge+2*e, codec.Blocked)
	}
	c.Tick()
	deltas := newTold(c).take(c.Outbox())
	if len(deltas) != maxDeltasPerTick {
		t.Fatalf("%d deltas, want %d", len(deltas), maxDeltasPerTick)
	}
	for i, d := range deltas {
		if ordered := i < maxOrders; ordered != (d.Weight == codec.Blocked) {
			t.Fatalf("delta %d is %+v", i, d)
		}
	}
}

// TestTableOfWeights fills the table with weights, replaces all of them between two
// refreshes in which hints follow, and empties it.
func TestTableOfWeights(t *testing.T) {
	topo := graph(rand.New(rand.NewPCG(2, 2)), 9000, 0)
	topo.Cells = nil
	u := smallRules()
	u.RoundTicks = 600
	c := newCore(t, topo, u)
	c.BeginRound(1, testSeed(1, 1))
	c.Lead()
	c.slice = 1 // the overlay is behind whenever it may be
	all := func(from codec.EdgeID, w codec.Weight) {
		for e := range codec.EdgeID(overlay.MaxGiven) {
			in := weightOf(topo.FirstEdge+from+e, w)
			for c.Step(&in) != codec.CodeOK {
				c.Tick()
			}
		}
		c.Tick()
	}
	for range 3 {
		all(0, 5)
		all(0, 0)
		all(overlay.MaxGiven, 6)
		all(overlay.MaxGiven, codec.Blocked)
	}
	all(overlay.MaxGiven, 0)
	for range u.RefreshTicks {
		c.Tick()
	}
	if len(c.given) != 0 || c.CheckHash() != nil {
		t.Errorf("%d rows are left, %v", len(c.given), c.CheckHash())
	}
}

// dijkstra are the distances of all nodes to the nearest goal on some weights,
// by the textbook: the nearest node that is not done, by looking at all.
func dijkstra(topo *Topology, weight []codec.Weight, goals map[uint32]bool) []codec.Distance {
	n := topo.nodes()
	dist, done := make([]uint64, n), make([]bool, n)
	for v := range dist {
		dist[v] = math.MaxUint64
		if goals[uint32(v)] {
			dist[v] = 0
		}
	}
	for {
		at := -1
		for v := range dist {
			if !done[v] && dist[v] != math.MaxUint64 && (at < 0 || dist[v] < dist[at]) {
				at = v
			}
		}
		if at < 0 {
			break
		}
		done[at] = true
		for e, head := range topo.Head { // all edges that lead here
			if head != uint32(topo.FirstNode)+uint32(at) || weight[e] == codec.Blocked {
				continue
			}
			id := uint32(topo.FirstEdge) + uint32(e)
			tail, _ := slices.BinarySearch(topo.First, id+1)
			dist[tail-1] = min(dist[tail-1], dist[at]+uint64(weight[e]))
		}
	}
	out := make([]codec.Distance, n)
	for v, d := range dist {
		out[v] = codec.Distance(min(d, uint64(codec.Unreachable)))
	}
	return out
}

// TestChanges holds I8 against a Dijkstra that knows nothing of the engine but
// the deltas it told: random directed graphs, light and heavy, with congestion,
// events, players, refreshes, overlays that lag, and restarts in between.
func TestChanges(t *testing.T) {
	unreachable, behind, far := 0, 0, 0
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 3))
		topo := graph(rng, 30+rng.IntN(90), 1+rng.IntN(3))
		rules := smallRules()
		if seed%4 == 3 { // few ways, and sums of weights that pass 32 bits
			topo = graph(rng, 60+rng.IntN(60), 0)
			for e := range topo.Base {
				topo.Base[e] *= MaxBase / 1000
			}
			rules.Treasures, rules.OpenAtStart = 2, 1
		}
		c := newCore(t, topo, rules)
		c.slice = 1 + rng.IntN(2000)
		c.BeginRound(1, testSeed(9, 1))
		c.Lead()
		w, model := newCrowd(c, seed), newTold(c)
		w.alone = true
		w.attend()
		cuts := map[codec.Tick][]codec.Distance{}
		record := func() {
			if c.Refreshed() {
				cuts[c.tick] = dijkstra(&topo, model.weight, openNow(c))
			}
		}
		record()
		for range 200 {
			for range rng.IntN(25) {
				w.act()
			}
			for range rng.IntN(4) {
				w.event()
			}
			taken := len(w.out)
			w.tick()
			model.take(w.out[taken:])
			record()
			if err := model.agrees(c); err != nil {
				t.Fatalf("seed %d, tick %d: %v", seed, c.tick, err)
			}
			if rng.IntN(25) == 0 {
				slice := c.slice
				c = newCore(t, topo, rules)
				if err := c.Restore(w.core.AppendSnapshot(nil)); err != nil {
					t.Fatalf("seed %d, tick %d: %v", seed, w.core.tick, err)
				}
				c.Lead()
				c.slice, w.core = slice, c
			}
			for range 6 {
				node := rng.Uint32N(uint32(topo.nodes()))
				h := c.hint(0, node)
				if c.guides[0].field == nil {
					continue // after a restart, before all are prepared
				}
				dist := cuts[h.CutTick]
				if h.Distance != dist[node] {
					t.Fatalf("seed %d, tick %d, node %d: the hint as of %d says %d, Dijkstra %d", seed, c.tick, node, h.CutTick, h.Distance, dist[node])
				}
				if h.Distance == codec.Unreachable {
					unreachable++
				} else if h.Distance > 1<<31 {
					far++
				}
				if h.CutTick != c.cutTick {
					behind++
				}
			}
		}
	}
	if unreachable == 0 || behind == 0 || far == 0 {
		t.Errorf("%d goals out of reach, %d beyond 2^31, %d hints of the cut before: the test shows too little", unreachable, far, behind)
	}
}

// TestProcessors holds I1: the same inputs give the same states and the same
// frames, however many processors there are and whatever runs beside.
func TestProcessors(t *testing.T) {
	topo := graph(rand.New(rand.NewPCG(6, 1)), 150, 3)
	live := newCore(t, topo, smallRules())
	live.BeginRound(1, testSeed(9, 1))
	live.Lead()
	w := newCrowd(live, 6)
	for range 200 {
		for range 20 {
			w.act()
		}
		w.event()
		w.tick()
	}
	want := digest(w.core.Hash(), w.out)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(processors)
		var group sync.WaitGroup
		got := make([]uint64, 5)
		for i := range got {
			c := newCore(t, topo, smallRules())
			c.BeginRound(1, testSeed(9, 1))
			c.slice = 100 * i
			group.Go(func() {
				if i > 0 {
					c.Lead()
				}
				got[i] = rerun(c, w.log)
			})
		}
		group.Wait()
		for i, sum := range got {
			if sum != want {
				t.Errorf("%d processors, core %d: %016x, want %016x", processors, i, sum, want)
			}
		}
	}
}

// rerun applies a log and digests the state at its end and all that it released.
func rerun(c *Core, log []codec.Input) uint64 {
	var out []byte
	for i := range log {
		if log[i].Kind != codec.InputTicks {
			if c.Step(&log[i]) != codec.CodeOK {
				return 0
			}
			c.hint(0, uint32(i)%uint32(c.topo.nodes())) // what is asked in between changes nothing
			continue
		}
		c.Tick()
		out = append(out, c.Outbox()...)
		if c.RoundOver() {
			c.BeginRound(c.Round()+1, testSeed(9, c.Round()+1))
			out = append(out, c.Outbox()...)
		}
	}
	return digest(c.Hash(), out)
}

func digest(state uint64, out []byte) uint64 {
	h := fnv.New64a()
	h.Write(out)
	return h.Sum64() ^ state
}

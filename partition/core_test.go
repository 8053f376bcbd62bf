package partition

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/cut"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// memory is zeroed and aligned, as the off-heap mapping is.
func memory(t testing.TB, topo *Topology, rules codec.Rules) []byte {
	t.Helper()
	n, err := MemorySize(topo, rules)
	if err != nil {
		t.Fatal(err)
	}
	words := make([]uint64, n/8+1)
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), n)
}

// graph builds a topology of random directed edges over a ring that keeps all
// nodes connected; a few edges are borders, and a few nodes are entries.
func graph(rng *rand.Rand, nodes, extra int) Topology {
	topo := Topology{Partition: 3, FirstNode: 1000, FirstEdge: 7000, Main: uint32(nodes)}
	topo.World[0] = 42
	edge := uint32(topo.FirstEdge)
	for n := range nodes {
		topo.First = append(topo.First, edge)
		heads := []uint32{uint32(topo.FirstNode) + uint32((n+1)%nodes)}
		for range rng.IntN(extra + 1) {
			heads = append(heads, uint32(topo.FirstNode)+rng.Uint32N(uint32(nodes)))
		}
		if rng.IntN(10) == 0 && n < bordered {
			heads = append(heads, rng.Uint32N(1000))
		}
		for _, h := range heads {
			topo.Head = append(topo.Head, h)
			topo.Base = append(topo.Base, 1+rng.Uint32N(1000))
			edge++
		}
	}
	topo.First = append(topo.First, edge)
	topo.Parts = []codec.NodeID{0, 300, 301, 1000, 1000 + codec.NodeID(nodes), 2000 + codec.NodeID(nodes)}
	for n := 0; n < min(nodes, bordered); n += 7 {
		topo.Entries = append(topo.Entries, uint32(topo.FirstNode)+uint32(n))
	}
	for n := 0; n < nodes; n += 9 { // nested cells, though nothing in the graph asks for them
		level := uint32(1)
		for size := 27; size <= 81 && n%size == 0; size *= 3 {
			level++
		}
		topo.Cells = append(topo.Cells, uint32(topo.FirstNode)+uint32(n), level)
	}
	return topo
}

// bordered is how many nodes of a graph may lie at borders: more of them than
// an overlay has room for are refused.
const bordered = 2000

// end is the node after the partition's last.
func (t *Topology) end() uint32 { return uint32(t.FirstNode) + uint32(t.nodes()) }

func smallRules() codec.Rules {
	u := DefaultRules()
	u.RoundTicks, u.Treasures, u.OpenAtStart, u.SweepTicks = 120, 12, 3, 11
	return u
}

func newCore(t testing.TB, topo Topology, rules codec.Rules) *Core {
	t.Helper()
	c, err := New(topo, rules, memory(t, &topo, rules), new(Arena))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// moment is a cut: what a hint that names it is exact for.
type moment struct {
	weight []codec.Weight
	open   map[uint32]bool
	beyond []overlay.Value
}

func momentOf(c *Core) moment {
	m := moment{weight: make([]codec.Weight, c.topo.edges()), open: openNow(c)}
	for e := range m.weight {
		m.weight[e] = cutWeight(c, uint32(e))
	}
	return m
}

// cutWeight is the weight that searches are to read after a refresh.
func cutWeight(c *Core, e uint32) codec.Weight {
	switch c.edges[e].Cut {
	case overlay.Closed:
		return codec.Blocked
	case overlay.Given:
		at, _ := c.givenAt(e)
		return codec.Weight(c.given[at].cut)
	}
	return codec.Weight(c.raised(e, c.edges[e].Cut))
}

// oracle is Dijkstra without a heap on the weights that searches read, forward
// from one node, until it meets a treasure that was open at the cut, or an edge
// across the border has a nearer one beyond.
func oracle(c *Core, at moment, from uint32) codec.Distance {
	dist := map[uint32]uint64{from: 0}
	done := map[uint32]bool{}
	across := uint64(codec.Unreachable)
	for {
		best, found := uint32(0), false
		for n, d := range dist {
			if !done[n] && (!found || d < dist[best]) {
				best, found = n, true
			}
		}
		if !found || dist[best] >= across {
			return codec.Distance(across)
		}
		if at.open[best] {
			return codec.Distance(dist[best])
		}
		done[best] = true
		lo, hi := c.topo.out(best)
		for e := lo; e < hi; e++ {
			if at.weight[e] == codec.Blocked {
				continue
			}
			d := dist[best] + uint64(at.weight[e])
			if head, inside := c.topo.head(e); !inside {
				if v := at.value(c, e); v.Dist != overlay.Unreachable {
					across = min(across, d+uint64(v.Dist))
				}
			} else {
				if old, ok := dist[head]; !ok || d < old {
					dist[head] = d
				}
			}
		}
	}
}

// value is what lies beyond a border edge.
func (m *moment) value(c *Core, e uint32) overlay.Value {
	i, _ := slices.BinarySearch(c.overlay.Outside(), c.topo.Head[e])
	return m.beyond[i]
}

// openNow are the nodes with a treasure that is open and not claimed.
func openNow(c *Core) map[uint32]bool {
	open := map[uint32]bool{}
	for i := range c.treasures {
		if t := &c.treasures[i]; t.opens <= c.tick && t.claimed == 0 {
			open[t.node] = true
		}
	}
	return open
}

// crowd plays random players that mostly follow their hints, and a game server
// that sets weights now and then. The partitions
// around answer what goes out, with a refusal now and then, and send players too.
type crowd struct {
	rng   *rand.Rand
	core  *Core
	seq   map[codec.PlayerID]codec.MoveSeq
	log   []codec.Input // what was applied, as a journal holds it
	out   []byte
	alone bool                 // nothing is beyond the border
	cuts  map[codec.Cut]moment // since the last rounds' start, those that hints may name
	hand  codec.Hand           // the last one that partition 4 sent
	sent  []codec.Arrive       // by the last tick
}

func newCrowd(c *Core, seed uint64) *crowd {
	return &crowd{rng: rand.New(rand.NewPCG(seed, 1)), core: c, seq: map[codec.PlayerID]codec.MoveSeq{}, cuts: map[codec.Cut]moment{}}
}

func (w *crowd) step(in codec.Input) codec.Code {
	code := w.core.Step(&in)
	if code == codec.CodeOK {
		w.log = append(w.log, in)
	}
	return code
}

// event sets a random edge's weight, closes it or gives it back.
func (w *crowd) event() codec.Code {
	c := w.core
	in := codec.Input{Kind: codec.InputWeight, Edge: c.topo.FirstEdge + codec.EdgeID(w.rng.IntN(c.topo.edges()))}
	switch w.rng.IntN(3) {
	case 0:
		in.Weight = codec.Blocked
	case 1:
		in.Weight = 1 + codec.Weight(w.rng.Uint32N(3000))
	default:
		if len(c.given) > 0 {
			in.Edge = c.topo.FirstEdge + codec.EdgeID(c.given[w.rng.IntN(len(c.given))].edge)
		}
	}
	return w.step(in)
}

func (w *crowd) act() {
	if w.rng.IntN(40) == 0 {
		w.event()
	}
	id := codec.PlayerID(3 + 5*w.rng.Uint64N(40)) // at home in partition 3 of 5
	if w.rng.IntN(8) == 0 {
		id++ // came from partition 4, if it is there
	}
	p := w.core.row(id)
	if p == nil {
		w.step(codec.Input{Kind: codec.InputJoin, Player: id, Name: codec.NameOf("p")})
		w.seq[id] = 0
		return
	}
	if w.rng.IntN(100) == 0 {
		w.step(codec.Input{Kind: codec.InputLeave, Player: id})
		return
	}
	lo, hi := w.core.topo.out(p.node)
	edge := w.core.topo.FirstEdge + codec.EdgeID(lo+w.rng.Uint32N(hi-lo))
	if h := w.core.hint(p.goal, p.node); h.Edge != codec.NoEdge && w.rng.IntN(4) > 0 {
		edge = h.Edge
	}
	seq := w.seq[id] + 1
	if w.rng.IntN(20) == 0 {
		seq += codec.MoveSeq(w.rng.IntN(3)) - 1
	}
	if w.step(codec.Input{Kind: codec.InputMove, Player: id, Seq: seq, Edge: edge}) == codec.CodeOK {
		w.seq[id] = seq
	}
}

func (w *crowd) tick() {
	w.neighbours()
	w.core.Tick()
	w.out = append(w.out, w.core.Outbox()...)
	w.sent = letters(w.core.Outbox())
	w.log = append(w.log, codec.Input{Kind: codec.InputTicks, Count: 1})
	if w.core.RoundOver() {
		w.core.BeginRound(w.core.Round()+1, testSeed(9, w.core.Round()+1))
		w.out = append(w.out, w.core.Outbox()...)
	}
	w.attend()
}

// attend tells a core that nothing is beyond its border.
func attend(c *Core) {
	w := newCrowd(c, 1)
	w.alone = true
	w.attend()
}

// attend is a coordinator whose values from beyond the border are made up.
func (w *crowd) attend() {
	c := w.core
	var r cut.Report
	if _, known := w.cuts[c.cutNow()]; !known {
		w.cuts[c.cutNow()] = momentOf(c)
	}
	if !c.Report(&r) {
		return
	}
	outside := len(c.overlay.Outside())
	for g := range 1 + c.goals {
		in := codec.Input{Kind: codec.InputBorder, Cut: r.Cut, Goal: codec.GoalID(g)}
		for i := range outside {
			v := codec.Reach{Distance: codec.Distance(w.rng.IntN(9000)), Treasure: codec.TreasureID(w.rng.IntN(9))}
			if w.alone || w.rng.IntN(4) > 0 {
				v = codec.Reach{Distance: codec.Unreachable, Treasure: codec.NoTreasure}
			}
			in.Reaches = in.Reaches.Append(v)
			if in.Reaches.Len() == codec.MaxReaches || i == outside-1 {
				w.must(in)
				in.First, in.Reaches = uint16(i+1), nil
			}
		}
	}
	w.must(codec.Input{Kind: codec.InputPrepared, Cut: r.Cut})
	next := (c.tick/codec.Tick(c.rules.RefreshTicks) + 1) * codec.Tick(c.rules.RefreshTicks)
	m := w.cuts[r.Cut]
	m.beyond = slices.Clone(c.beyondOf(codec.Nearest))
	w.cuts[r.Cut] = m
	w.must(codec.Input{Kind: codec.InputSwitched, Cut: r.Cut, Next: next})
	c.follow(c.slice)
}

func (w *crowd) must(in codec.Input) {
	if code := w.step(in); code != codec.CodeOK {
		panic("the coordinator's input is refused: " + code.String())
	}
}

// neighbours is what other partitions made of the last tick.
func (w *crowd) neighbours() {
	if len(w.core.links) == 0 {
		return
	}
	for _, a := range w.sent {
		answer := codec.Arrived{From: a.From, To: a.To, Hand: a.Hand}
		if w.rng.IntN(4) == 0 {
			answer.Code = codec.CodeTableFull
		}
		if w.rng.IntN(4) > 0 {
			w.step(answer.Input())
		}
	}
	id := codec.PlayerID(4 + 5*w.rng.Uint64N(40))
	if w.rng.IntN(3) > 0 || w.core.row(id) != nil || w.core.underWay(id) != nil {
		return
	}
	a := codec.Arrive{From: 4, To: 3, Handoff: codec.Handoff{
		Hand: w.hand + 1, Player: id, Name: codec.NameOf("q"), Seq: 10, Rest: 3,
		Node: w.core.topo.FirstNode + codec.NodeID(w.rng.IntN(w.core.topo.nodes())),
	}}
	if w.step(a.Input()) == codec.CodeOK {
		w.hand++
		w.seq[id] = a.Seq
	}
}

// letters are the hand-offs among frames.
func letters(frames []byte) (list []codec.Arrive) {
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			panic(err)
		}
		if frames = rest; typ == codec.TypeArrive {
			a, err := codec.ParseArrive(payload)
			if err != nil {
				panic(err)
			}
			list = append(list, a)
		}
	}
	return list
}

// TestHintsAreExact holds I8 and the hash over random graphs, players and
// rounds, also while the overlay changes under the hints of the cut before.
func TestHintsAreExact(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 2))
		topo := graph(rng, 30+rng.IntN(120), 4)
		c := newCore(t, topo, smallRules())
		c.slice = 1 + rng.IntN(3000)
		c.BeginRound(1, testSeed(9, 1))
		c.Lead()
		w := newCrowd(c, seed)
		w.attend()
		raised, old := 0, 0
		for range 300 {
			for range rng.IntN(30) {
				w.act()
			}
			w.tick()
			if err := c.CheckHash(); err != nil {
				t.Fatalf("seed %d, tick %d: %v", seed, c.tick, err)
			}
			listed := 0
			for e := range c.edges {
				raised += int(c.edges[e].Cut & 15)
				listed += int(c.edges[e].Level / pendingBit)
			}
			if listed != len(c.pending) {
				t.Fatalf("seed %d, tick %d: %d edges are marked as pending, %d listed", seed, c.tick, listed, len(c.pending))
			}
			if c.tick%7 != 0 && c.tick%30 > 3 {
				continue
			}
			if c.guides[0].cut != c.cutTick {
				old++
			}
			for range 5 {
				node := rng.Uint32N(uint32(topo.nodes()))
				h := c.hint(0, node)
				if c.guides[0].field == nil {
					continue
				}
				at := w.cuts[codec.Cut{Round: c.round, Tick: h.CutTick}]
				if want := oracle(c, at, node); h.Distance != want {
					t.Fatalf("seed %d, tick %d, node %d: hint as of %d says %d, Dijkstra %d", seed, c.tick, node, h.CutTick, h.Distance, want)
				}
				walk(t, c, at, node)
			}
		}
		if old == 0 && c.slice < 100 {
			t.Errorf("seed %d: hints were never behind", seed)
		}
		if raised == 0 {
			t.Errorf("seed %d: no weight that searches read was ever raised", seed)
		}
	}
}

// walk follows the hints from a node: the steps' weights add up to the distance.
func walk(t *testing.T, c *Core, at moment, node uint32) {
	t.Helper()
	first := c.hint(0, node)
	sum := codec.Distance(0)
	for h := first; h.Edge != codec.NoEdge; h = c.hint(0, node) {
		e := uint32(h.Edge - c.topo.FirstEdge)
		sum += codec.Distance(at.weight[e])
		if _, inside := c.topo.head(e); !inside {
			sum += codec.Distance(at.value(c, e).Dist)
			break
		}
		node = uint32(h.Node - c.topo.FirstNode)
	}
	if first.Distance != codec.Unreachable && sum != first.Distance {
		t.Fatalf("the way is %d long, the hint said %d", sum, first.Distance)
	}
}

// TestReplay holds I1: the inputs alone rebuild the state and what it releases,
// with or without fields, and from a snapshot in between.
func TestReplay(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	topo := graph(rng, 200, 3)
	live := newCore(t, topo, smallRules())
	live.slice = math.MaxInt // a restart is held to hints of the cut in hand
	live.BeginRound(1, testSeed(9, 1))
	live.Lead()
	w := newCrowd(live, 5)
	var snapshot []byte
	var from, outFrom int
	for i := range 400 {
		for range 25 {
			w.act()
		}
		w.tick()
		if i%10 == 9 { // at a refresh, when the claims of its tick are fresh
			sameHints(t, live, restoredFrom(t, topo, live.AppendSnapshot(nil)))
		}
		if i == 170 {
			snapshot, from, outFrom = live.AppendSnapshot(nil), len(w.log), len(w.out)
		}
	}
	replay := func(c *Core, log []codec.Input) (out []byte) {
		for i := range log {
			if log[i].Kind != codec.InputTicks {
				if code := c.Step(&log[i]); code != codec.CodeOK {
					t.Fatalf("input %d: %v on replay", i, code)
				}
				continue
			}
			c.Tick()
			out = append(out, c.Outbox()...)
			if c.RoundOver() {
				c.BeginRound(c.Round()+1, testSeed(9, c.Round()+1))
				out = append(out, c.Outbox()...)
			}
		}
		return out
	}
	again := newCore(t, topo, smallRules())
	again.BeginRound(1, testSeed(9, 1))
	if out := replay(again, w.log); again.Hash() != live.Hash() || string(out) != string(w.out) {
		t.Errorf("replay: hash %x, live %x; same output: %v", again.Hash(), live.Hash(), string(out) == string(w.out))
	}
	restored := restoredFrom(t, topo, snapshot)
	if out := replay(restored, w.log[from:]); restored.Hash() != live.Hash() || string(out) != string(w.out[outFrom:]) {
		t.Errorf("snapshot + tail: hash %x, live %x", restored.Hash(), live.Hash())
	}
	sameHints(t, live, restored)
	if err := restored.CheckHash(); err != nil {
		t.Error(err)
	}
	if string(restored.AppendSnapshot(nil)) != string(live.AppendSnapshot(nil)) {
		t.Error("the same state has two snapshots")
	}
}

func restoredFrom(t *testing.T, topo Topology, snapshot []byte) *Core {
	t.Helper()
	c := newCore(t, topo, smallRules())
	if err := c.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	c.Lead()
	return c
}

// sameHints: a restart gives the hints that the partition gave before it.
func sameHints(t *testing.T, live, restored *Core) {
	t.Helper()
	for node := range uint32(live.topo.nodes()) {
		if got, want := restored.hint(0, node), live.hint(0, node); got != want {
			t.Fatalf("round %d, tick %d, node %d: hint after a restart %+v, live %+v", live.round, live.tick, node, got, want)
		}
	}
}

// TestOneGrant holds I2 over everything that a run releases.
func TestOneGrant(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	c := newCore(t, graph(rng, 80, 3), smallRules())
	c.BeginRound(1, testSeed(9, 1))
	c.Lead()
	w := newCrowd(c, 8)
	for range 500 {
		for range 30 {
			w.act()
		}
		w.tick()
	}
	type key struct {
		round    codec.Round
		treasure codec.TreasureID
	}
	granted := map[key]codec.PlayerID{}
	last := codec.DeltaSeq(0)
	for rest := w.out; len(rest) > 0; {
		typ, payload, next, err := codec.Next(rest)
		if err != nil {
			t.Fatal(err)
		}
		rest = next
		switch typ {
		case codec.TypeGrant:
			g, err := codec.ParseGrant(payload)
			if err != nil {
				t.Fatal(err)
			}
			if other, twice := granted[key{g.Round, g.Treasure}]; twice {
				t.Fatalf("treasure %d of round %d was granted to %d and to %d", g.Treasure, g.Round, other, g.Player)
			}
			granted[key{g.Round, g.Treasure}] = g.Player
		case codec.TypeDelta:
			d, err := codec.ParseDelta(payload)
			if err != nil || d.Seq != last+1 {
				t.Fatalf("delta %d after %d (%v)", d.Seq, last, err)
			}
			last = d.Seq
		}
	}
	if len(granted) < 20 || last < 20 {
		t.Fatalf("only %d grants and %d deltas: the test shows nothing", len(granted), last)
	}
}

// TestOneLargeCell: a partition without cells, with borders and more nodes than
// a search between points has room for, is searched as a whole and exactly,
// also after its weights have changed.
func TestOneLargeCell(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	topo := graph(rng, 4500, 3)
	topo.Cells = nil
	c := newCore(t, topo, smallRules())
	c.slice = math.MaxInt // its border has hundreds of points, each a row
	c.BeginRound(1, testSeed(9, 1))
	c.Lead()
	w := newCrowd(c, 11)
	w.attend()
	for c.guides[0].cut != 90 {
		for range 40 {
			w.act()
		}
		w.tick()
	}
	at, raised := w.cuts[codec.Cut{Round: 1, Tick: 90}], 0
	for e, w := range at.weight {
		raised += int(uint32(w) - topo.Base[e])
	}
	for range 2 {
		node := rng.Uint32N(uint32(topo.nodes()))
		if got, want := c.hint(0, node).Distance, oracle(c, at, node); got != want {
			t.Errorf("node %d: hint says %d, Dijkstra %d", node, got, want)
		}
		walk(t, c, at, node)
	}
	if raised == 0 {
		t.Error("no weight that searches read was ever raised")
	}
}

package partition

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// copied is all of a state that a fork stands for, copied the dumb way.
type copied struct {
	edges     []overlay.Edge
	given     map[uint32]given
	players   map[codec.PlayerID]player
	treasures []treasure
	weights   map[codec.EdgeID]codec.Weight
	pending   []uint32
}

func copyOf(c *Core) copied {
	s := copied{
		slices.Clone(c.edges), map[uint32]given{},
		map[codec.PlayerID]player{}, slices.Clone(c.treasures), map[codec.EdgeID]codec.Weight{}, slices.Clone(c.pending),
	}
	for e := range s.edges {
		s.edges[e].Seen = 0 // no part of the state
	}
	for _, g := range c.given {
		s.given[g.edge] = g
	}
	for _, p := range c.players {
		s.players[p.id] = p
	}
	c.Weights(func(e codec.EdgeID, w codec.Weight) { s.weights[e] = w })
	return s
}

// live is an edge's weight as the world was shown it.
func (s *copied) live(c *Core, e codec.EdgeID) codec.Weight {
	if w, changed := s.weights[e]; changed {
		return w
	}
	return codec.Weight(c.topo.Base[e-c.topo.FirstEdge])
}

// deed is something done with forks after so many inputs.
type deed struct {
	at    int
	what  byte // fork, drop, image, rollback
	which int
}

// branches plays a crowd and does things with forks in between.
type branches struct {
	*crowd
	forks []*Fork
	was   []copied
	deeds []deed
	pool  int // bytes that forks have
}

func (b *branches) do(t *testing.T, d deed) codec.Code {
	t.Helper()
	c := b.core
	switch d.what {
	case 'f', 'i':
		take := c.Fork
		if d.what == 'i' {
			take = c.Image
		}
		n := c.ForkSize()
		words := make([]uint64, n/8+1)
		f, code := take(unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), n))
		if code != codec.CodeOK {
			return code
		}
		b.pool += n
		b.forks, b.was = append(b.forks, f), append(b.was, copyOf(c))
	case 'd':
		b.pool -= len(c.Drop(b.forks[d.which]))
		b.forks, b.was = slices.Delete(b.forks, d.which, d.which+1), slices.Delete(b.was, d.which, d.which+1)
	case 'r':
		if code := c.Rollback(b.forks[d.which]); code != codec.CodeOK {
			return code
		}
		b.out = append(b.out, c.Outbox()...)
		for c.Announce() {
			b.out = append(b.out, c.Outbox()...)
		}
	}
	return codec.CodeOK
}

// act does something with forks now and then, where ticks end.
func (b *branches) branch(t *testing.T) (rolled bool) {
	t.Helper()
	d := deed{at: len(b.log), what: "fffdirrr"[b.rng.IntN(8)]}
	if d.what == 'd' || d.what == 'r' {
		if len(b.forks) == 0 {
			return false
		}
		d.which = b.rng.IntN(len(b.forks))
	}
	if d.what == 'i' && len(b.forks) > 6 {
		return false
	}
	c, before, hash := b.core, copyOf(b.core), b.core.Hash()
	code := b.do(t, d)
	switch {
	case code != codec.CodeOK:
		if c.Hash() != hash || d.what != 'r' && c.count < MaxForks {
			t.Fatalf("%c: %v, of %d forks; the state is the same: %v", d.what, code, c.count, c.Hash() == hash)
		}
		return false
	case d.what == 'r':
		b.rolledBack(t, before, b.was[d.which])
	case c.Hash() != hash:
		t.Fatalf("%c: the state has changed", d.what)
	}
	b.deeds = append(b.deeds, d)
	return d.what == 'r'
}

// rolledBack holds what goes back and what does not.
func (b *branches) rolledBack(t *testing.T, before, to copied) {
	t.Helper()
	c, now := b.core, copyOf(b.core)
	to.edges = slices.Clone(to.edges)
	for e := range to.edges { // a rollback is a refresh
		to.edges[e].Level &^= pendingBit
		if slices.Contains(to.pending, uint32(e)) {
			to.edges[e].Cut = to.edges[e].Level
		}
	}
	if !slices.Equal(now.edges, to.edges) || len(now.pending) > 0 {
		t.Fatal("loads or weights did not go back")
	}
	if !equal(now.weights, to.weights) {
		t.Fatal("weights that were set did not go back")
	}
	if !slices.Equal(now.treasures, before.treasures) || len(now.players) != len(before.players) {
		t.Fatal("treasures or players went back")
	}
	for id, p := range before.players {
		if was, there := to.players[id]; there {
			p.node = was.node
		}
		if p.hash = now.players[id].hash; now.players[id] != p {
			t.Fatalf("player %d: %+v, want %+v", id, now.players[id], p)
		}
	}
	if err := c.CheckHash(); err != nil {
		t.Fatal(err)
	}
}

func equal[K, V comparable](a, b map[K]V) bool {
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return len(a) == len(b)
}

// diffs compares every fork's difference with the dumb one.
func (b *branches) diffs(t *testing.T) {
	t.Helper()
	c, now := b.core, copyOf(b.core)
	for i, f := range b.forks {
		was := &b.was[i]
		var want, got []codec.EdgeID
		for e := range now.edges {
			if now.edges[e] != was.edges[e] || now.given[uint32(e)] != was.given[uint32(e)] {
				want = append(want, c.topo.FirstEdge+codec.EdgeID(e))
			}
		}
		var into [100]codec.EdgeID
		for n, next := c.DiffEdges(f, 0, into[:]); ; n, next = c.DiffEdges(f, next, into[:]) {
			got = append(got, into[:n]...)
			if next == 0 {
				break
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Fatalf("fork %d: %d edges differ, want %d", i, len(got), len(want))
		}
		for _, e := range got {
			if s := c.Edge(f, e); s.Load != was.edges[e-c.topo.FirstEdge].Load || s.Live != was.live(c, e) {
				t.Fatalf("fork %d, edge %d: %+v, was load %d, weight %d", i, e, s, was.edges[e-c.topo.FirstEdge].Load, was.live(c, e))
			}
			if s := c.Edge(nil, e); s.Load != now.edges[e-c.topo.FirstEdge].Load || s.Live != now.live(c, e) || s.Searched != cutWeight(c, uint32(e-c.topo.FirstEdge)) {
				t.Fatalf("edge %d: %+v", e, s)
			}
		}
		c.EachPlayer(f, func(s PlayerState) {
			if p := was.players[s.ID]; c.nodeID(p.node) != s.Node || p.seq != s.Seq {
				t.Fatalf("fork %d: player %+v, was %+v", i, s, p)
			}
		})
		players := map[codec.PlayerID]int{}
		c.DiffPlayers(f, func(id codec.PlayerID) { players[id]++ })
		for id := codec.PlayerID(0); id < 300; id++ {
			p, here := now.players[id]
			q, there := was.players[id]
			if differs := here != there || p != q; players[id] != int(bit(differs)) {
				t.Fatalf("player %d: listed %d times, differs %v", id, players[id], differs)
			}
		}
		treasures := 0
		c.DiffTreasures(f, func(id codec.TreasureID) { treasures++ })
		for i := range now.treasures {
			treasures -= int(bit(i >= len(was.treasures) || now.treasures[i] != was.treasures[i]))
		}
		if treasures != 0 {
			t.Fatalf("fork %d: %d treasures too many are listed", i, treasures)
		}
	}
}

// TestForks holds forks, differences and rollbacks at random moments of a
// random play to dumb copies; and I1 with them, I8 after them.
func TestForks(t *testing.T) {
	rollbacks, exact := 0, 0
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 77))
		topo := graph(rng, 60+rng.IntN(200), 4)
		if seed%4 == 3 {
			topo.Cells = nil
		}
		c := newCore(t, topo, smallRules())
		c.slice = 1 + rng.IntN(3000)
		c.BeginRound(1, testSeed(9, 1))
		c.Lead()
		b := &branches{crowd: newCrowd(c, seed)}
		b.attend()
		w := newTold(c)
		for range 300 {
			for range rng.IntN(30) {
				b.act()
			}
			if rng.IntN(20) == 0 {
				b.wave(rng)
			}
			b.tick()
			if rng.IntN(3) == 0 {
				if b.branch(t) {
					rollbacks++
					b.attend()
					exact += b.hints(t, rng)
				}
				b.diffs(t)
			}
		}
		w.take(b.out)
		if err := w.agrees(c); err != nil {
			t.Fatal(err)
		}
		versions(t, b.out)
		for len(b.forks) > 0 {
			b.do(t, deed{what: 'd', which: rng.IntN(len(b.forks))})
		}
		if b.pool != 0 || c.count != 0 {
			t.Fatalf("%d bytes leaked, %d forks are left", b.pool, c.count)
		}
		b.replay(t, topo)
	}
	if rollbacks < 100 || exact < 500 {
		t.Errorf("%d rollbacks, %d hints after them: the test shows little", rollbacks, exact)
	}
}

// hints compares hints right after a rollback with Dijkstra, when fields are there.
func (b *branches) hints(t *testing.T, rng *rand.Rand) (n int) {
	t.Helper()
	c := b.core
	c.follow(math.MaxInt)
	b.attend()
	c.follow(math.MaxInt)
	for range 5 {
		node := rng.Uint32N(uint32(c.topo.nodes()))
		h := c.hint(0, node)
		if c.guides[0].cut != c.cutTick || c.guides[0].field == nil {
			t.Fatal("no field for the rollback's cut")
		}
		at := b.cuts[codec.Cut{Round: c.round, Tick: h.CutTick}]
		if want := oracle(c, at, node); h.Distance != want {
			t.Fatalf("tick %d, node %d: a hint after a rollback says %d, Dijkstra %d", c.tick, node, h.Distance, want)
		}
		n++
	}
	return n
}

// versions holds I6: deltas only grow, without a gap.
func versions(t *testing.T, out []byte) {
	t.Helper()
	last := codec.DeltaSeq(0)
	for len(out) > 0 {
		typ, payload, rest, _ := codec.Next(out)
		if out = rest; typ == codec.TypeDelta {
			d, err := codec.ParseDelta(payload)
			if err != nil || d.Seq != last+1 {
				t.Fatalf("delta %d after %d: %v", d.Seq, last, err)
			}
			last = d.Seq
		}
	}
}

// replay plays inputs and deeds once more, without hints, and compares.
func (b *branches) replay(t *testing.T, topo Topology) {
	t.Helper()
	c := newCore(t, topo, smallRules())
	c.BeginRound(1, testSeed(9, 1))
	again := &branches{crowd: newCrowd(c, 1)}
	deeds := b.deeds
	for i := 0; i <= len(b.log); i++ {
		for len(deeds) > 0 && deeds[0].at == i {
			if code := again.do(t, deeds[0]); code != codec.CodeOK {
				t.Fatalf("%c on replay: %v", deeds[0].what, code)
			}
			deeds = deeds[1:]
		}
		if i == len(b.log) {
			break
		}
		if b.log[i].Kind != codec.InputTicks {
			if code := c.Step(&b.log[i]); code != codec.CodeOK {
				t.Fatalf("input %d: %v on replay", i, code)
			}
			continue
		}
		c.Tick()
		again.out = append(again.out, c.Outbox()...)
		if c.RoundOver() {
			c.BeginRound(c.Round()+1, testSeed(9, c.Round()+1))
			again.out = append(again.out, c.Outbox()...)
		}
	}
	if c.Hash() != b.core.Hash() || string(again.out) != string(b.out) {
		t.Fatalf("replay: hash %x, live %x; the same is released: %v", c.Hash(), b.core.Hash(), string(again.out) == string(b.out))
	}
	c.Lead() // forks that did not lead, too, are followed by the overlay
	for e := range uint32(topo.edges()) {
		if got, want := c.overlay.Weight(e), cutWeight(c, e); codec.Weight(got) != want && !(got == overlay.Unreachable && want == codec.Blocked) {
			t.Fatalf("edge %d: searches read %d, want %d", e, got, want)
		}
	}
}

// TestForkRefused goes through the codes.
func TestForkRefused(t *testing.T) {
	c := lane(t)
	mem := func() []byte { return make([]byte, c.ForkSize()) }
	for name, f := range map[string]func() codec.Code{
		"no memory":         func() codec.Code { _, code := c.Fork(nil); return code },
		"a byte too little": func() codec.Code { _, code := c.Fork(mem()[1:]); return code },
	} {
		if code := f(); code != codec.CodeTableFull {
			t.Errorf("%s: %v", name, code)
		}
	}
	for range MaxForks {
		if _, code := c.Fork(mem()); code != codec.CodeOK {
			t.Fatal(code)
		}
	}
	if _, code := c.Fork(mem()); code != codec.CodeTableFull {
		t.Errorf("one fork too many: %v", code)
	}
	f := c.list[0]
	set(t, c, c.topo.FirstEdge, 77)
	if code := c.Rollback(f); code != codec.CodeNotNow {
		t.Errorf("between an order and its boundary: %v", code)
	}
	c.Tick()
	other := *f
	other.world[0]++
	if code := c.Rollback(&other); code != codec.CodeSkipped {
		t.Errorf("another world's: %v", code)
	}
	for uint32(c.tick)+1 < c.rules.RoundTicks {
		c.Tick()
	}
	if code := c.Rollback(f); code != codec.CodeNotNow {
		t.Errorf("at the last boundary of a round: %v", code)
	}
}

// TestSettle: while a rollback is prepared nobody is handed over and no weight is
// set; what is under way ends, and nothing that was refused is in the state.
func TestSettle(t *testing.T) {
	c := lane(t)
	set(t, c, c.topo.FirstEdge, 77)
	if c.Settled() {
		t.Error("settled with an order before its boundary")
	}
	c.Tick()
	if !c.Settled() {
		t.Fatal("not settled")
	}
	c.Settle(true)
	hash := c.Hash()
	in := codec.Input{Kind: codec.InputWeight, Edge: c.topo.FirstEdge, Weight: 5}
	if code := c.Step(&in); code != codec.CodeNotNow || c.Hash() != hash || !c.Settled() {
		t.Errorf("a weight while settling: %v", code)
	}
	c.Settle(false)
	if code := c.Step(&in); code != codec.CodeOK {
		t.Errorf("a weight afterwards: %v", code)
	}

	h := newSites(t, 3, 2, 64)
	crossed := func() (n int) {
		for _, s := range h.list {
			for i := range s.links {
				n += int(s.links[i].given)
			}
		}
		return n
	}
	for range 400 {
		h.act()
	}
	for _, s := range h.list {
		s.Settle(true)
	}
	before := crossed()
	for range 400 {
		h.act()
	}
	if crossed() != before {
		t.Errorf("%d hand-offs began while settling", crossed()-before)
	}
	for _, s := range h.list {
		if !s.Settled() {
			t.Errorf("partition %d has %d hand-offs under way", s.topo.Partition, s.HandOffs())
		}
		s.Settle(false)
	}
	for range 400 {
		h.act()
	}
	if crossed() == before {
		t.Error("nobody crosses any more: the test shows nothing")
	}
}

// TestRollbackToReplayedImage: a partition that is played in goes back to a state
// that a second core was brought to, which never led anybody, and hints are exact.
func TestRollbackToReplayedImage(t *testing.T) {
	exact := 0
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 78))
		nodes, moves := 60+rng.IntN(200), 20
		if seed%2 == 0 { // so few changes that the overlay would be repaired rather than built
			nodes, moves = 1500, 1
		}
		topo := graph(rng, nodes, 4)
		c := newCore(t, topo, smallRules())
		c.BeginRound(1, testSeed(9, 1))
		c.Lead()
		b := &branches{crowd: newCrowd(c, seed)}
		b.attend()
		play := func(ticks int) {
			for range ticks {
				for range moves {
					b.act()
				}
				b.tick()
			}
		}
		play(40)
		past := newCore(t, topo, smallRules())
		past.BeginRound(1, testSeed(9, 1))
		for i := range b.log {
			if b.log[i].Kind == codec.InputTicks {
				past.Tick()
			} else if code := past.Step(&b.log[i]); code != codec.CodeOK {
				t.Fatal(code)
			}
			if past.tick == 37 {
				break
			}
		}
		words := make([]uint64, past.ForkSize()/8+1)
		image, code := past.Image(unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), past.ForkSize()))
		if code != codec.CodeOK {
			t.Fatal(code)
		}
		play(30)
		for len(c.away) > 0 {
			b.tick()
		}
		before, to := copyOf(c), copyOf(past)
		if code := c.Rollback(image); code != codec.CodeOK {
			t.Fatal(code)
		}
		for c.Announce() {
		}
		b.rolledBack(t, before, to)
		b.attend()
		exact += b.hints(t, rng)
	}
	if exact == 0 {
		t.Error("no hint was compared")
	}
}

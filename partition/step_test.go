package partition

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// lane is a small partition: 40 nodes in a ring, both ways, and one edge out.
func lane(t testing.TB) *Core {
	t.Helper()
	const n = 40
	topo := Topology{Main: n}
	for i := range uint32(n) {
		topo.First = append(topo.First, uint32(len(topo.Head)))
		topo.Head = append(topo.Head, (i+1)%n, (i+n-1)%n)
		topo.Base = append(topo.Base, 400, 400)
		if i == 0 {
			topo.Head, topo.Base = append(topo.Head, n+5), append(topo.Base, 400)
		}
	}
	topo.First = append(topo.First, uint32(len(topo.Head)))
	u := smallRules()
	u.RoundTicks, u.IdleTicks = 600, 100
	c := newCore(t, topo, u)
	c.BeginRound(1, testSeed(1, 1))
	c.Lead()
	attend(c)
	return c
}

func forward(c *Core, id codec.PlayerID) codec.Input {
	p := c.row(id)
	return codec.Input{Kind: codec.InputMove, Player: id, Seq: p.seq + 1, Edge: codec.EdgeID(c.topo.First[p.node])}
}

func join(t testing.TB, c *Core, id codec.PlayerID) {
	t.Helper()
	if code := c.Step(&codec.Input{Kind: codec.InputJoin, Player: id}); code != codec.CodeOK {
		t.Fatalf("join: %v", code)
	}
}

// TestCodes holds what a player can do wrong to its code, and that it changes nothing.
func TestCodes(t *testing.T) {
	cases := []struct {
		name  string
		input func(*Core) codec.Input
		want  codec.Code
	}{
		{"unknown player moves", func(*Core) codec.Input { return codec.Input{Kind: codec.InputMove, Player: 77, Seq: 1} }, codec.CodeUnknownPlayer},
		{"unknown player leaves", func(*Core) codec.Input { return codec.Input{Kind: codec.InputLeave, Player: 77} }, codec.CodeUnknownPlayer},
		{"stale sequence", func(c *Core) codec.Input { in := forward(c, 1); in.Seq--; return in }, codec.CodeStale},
		{"skipped sequence", func(c *Core) codec.Input { in := forward(c, 1); in.Seq++; return in }, codec.CodeSkipped},
		{"edge of another node", func(c *Core) codec.Input { in := forward(c, 1); in.Edge += 20; return in }, codec.CodeNoSuchEdge},
		{"edge of no partition", func(c *Core) codec.Input { in := forward(c, 1); in.Edge = codec.NoEdge; return in }, codec.CodeNoSuchEdge},
		{"expired too soon", func(*Core) codec.Input { return codec.Input{Kind: codec.InputExpire, Player: 1} }, codec.CodeTooSoon},
		{"border", func(c *Core) codec.Input {
			c.sum -= c.row(1).hash
			c.row(1).node = 0
			c.row(1).hash = 0
			c.rehash(c.row(1))
			in := forward(c, 1)
			in.Edge += 2
			return in
		}, codec.CodeBorder},
		{"too fast", func(c *Core) codec.Input {
			for range c.rules.MoveBurst {
				in := forward(c, 1)
				if code := c.Step(&in); code != codec.CodeOK {
					panic(code.String())
				}
			}
			return forward(c, 1)
		}, codec.CodeTooFast},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := lane(t)
			join(t, c, 1)
			in := forward(c, 1)
			c.Step(&in)
			for range 3 {
				c.Tick()
			}
			in = tc.input(c)
			before := c.Hash()
			if code := c.Step(&in); code != tc.want {
				t.Errorf("code %q, want %q", code, tc.want)
			}
			if c.Hash() != before {
				t.Error("a rejected input changed the state")
			}
		})
	}
}

// TestRate: at most 10 moves a second however they are spread, 5 at once.
func TestRate(t *testing.T) {
	c := lane(t)
	join(t, c, 1)
	moved := 0
	for range 300 {
		for range 3 {
			in := forward(c, 1)
			if c.Step(&in) == codec.CodeOK {
				moved++
			}
		}
		c.Tick()
	}
	if want := 300/3 + int(c.rules.MoveBurst) - 1; moved != want {
		t.Errorf("%d moves in 10 s, want %d", moved, want)
	}
}

func TestExpiry(t *testing.T) {
	c := lane(t)
	join(t, c, 1)
	join(t, c, 2)
	for tick := range 100 {
		if id, ok := c.NextIdle(); ok {
			t.Fatalf("player %d is called idle after %d ticks", id, tick)
		}
		if tick == 50 {
			in := forward(c, 2)
			c.Step(&in)
		}
		c.Tick()
	}
	id, ok := c.NextIdle()
	if !ok || id != 1 {
		t.Fatalf("idle: %d, %v; want player 1", id, ok)
	}
	if code := c.Step(&codec.Input{Kind: codec.InputExpire, Player: 1}); code != codec.CodeOK {
		t.Fatal(code)
	}
	if c.Players() != 1 || c.row(1) != nil || c.row(2) == nil {
		t.Error("the wrong player was expired")
	}
}

// TestRepeats: a join that changes nothing is told from one that does.
func TestRepeats(t *testing.T) {
	c := lane(t)
	in := codec.Input{Kind: codec.InputJoin, Player: 1, Name: codec.NameOf("ann")}
	if c.Repeats(&in) {
		t.Error("a player's first join is called a repeated one")
	}
	if code := c.Step(&in); code != codec.CodeOK {
		t.Fatal(code)
	}
	for name, tc := range map[string]struct {
		change func(*codec.Input)
		want   bool
	}{
		"the same":       {func(*codec.Input) {}, true},
		"another player": {func(in *codec.Input) { in.Player = 2 }, false},
		"another name":   {func(in *codec.Input) { in.Name = codec.NameOf("eve") }, false},
		"another goal":   {func(in *codec.Input) { in.Goal = 1 }, false},
		"a leave":        {func(in *codec.Input) { in.Kind = codec.InputLeave }, false},
	} {
		other := in
		if tc.change(&other); c.Repeats(&other) != tc.want {
			t.Errorf("%s: %v", name, !tc.want)
		}
	}
	for range c.rules.IdleTicks / renewals {
		c.Tick()
	}
	if c.Repeats(&in) {
		t.Error("a join that shows after a while that the player is there is left out")
	}
	c.Step(&in)
	if !c.Repeats(&in) {
		t.Error("the one after it is not")
	}
}

// TestTreasureUnderfoot: no hint leads to where a player stands, so a treasure that
// lies open there is the player's when it joins, or asks again where to go.
func TestTreasureUnderfoot(t *testing.T) {
	t.Run("it spawns on one", func(t *testing.T) {
		c := lane(t)
		spawns := func(id codec.PlayerID) uint32 {
			return c.topo.mainNode(pick(mix(keySpawn^c.lots.spawn, uint64(id)), c.topo.Main))
		}
		id := codec.PlayerID(1)
		for c.openOn(spawns(id)) < 0 {
			id++
		}
		join(t, c, id)
		if n := grantsTo(t, c, id); n != 1 {
			t.Errorf("%d grants to a player that spawned on an open treasure", n)
		}
		join(t, c, id)
		if n := grantsTo(t, c, id); n != 1 {
			t.Errorf("%d grants after another join", n)
		}
	})
	t.Run("one opens beneath it", func(t *testing.T) {
		c := lane(t)
		id, late := codec.PlayerID(1), len(c.treasures)-1
		join(t, c, id)
		at := c.treasures[late].node
		for c.row(id).node != at { // round the ring
			in := forward(c, id)
			c.Step(&in)
			c.Tick()
		}
		if c.openOn(at) >= 0 || c.opened > late {
			t.Fatal("the last treasure opened before the player was there")
		}
		in := codec.Input{Kind: codec.InputJoin, Player: id}
		c.Step(&in)
		for c.opened <= late {
			if !c.Repeats(&in) {
				c.Step(&in) // it is there still
			}
			c.Tick()
		}
		if c.Repeats(&in) {
			t.Error("a join that claims a treasure is called one that changes nothing")
		}
		before := c.treasures[late].claimed
		if c.Step(&in); before != 0 || c.treasures[late].claimed == 0 {
			t.Errorf("the treasure that opened beneath the player was claimed at %d, and then at %d", before, c.treasures[late].claimed)
		}
	})
}

// grantsTo counts a player's grants in the outbox.
func grantsTo(t *testing.T, c *Core, id codec.PlayerID) (n int) {
	t.Helper()
	for frames := c.Outbox(); len(frames) > 0; {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			t.Fatal(err)
		}
		if frames = rest; typ == codec.TypeGrant {
			if g, err := codec.ParseGrant(payload); err != nil || g.Player == id {
				n++
			}
		}
	}
	return n
}

// TestFullTable fills the player table, empties it in a random order and
// checks the index against a map all the way.
func TestFullTable(t *testing.T) {
	c := lane(t)
	rng := rand.New(rand.NewPCG(4, 4))
	known := map[codec.PlayerID]bool{}
	for id := codec.PlayerID(1); len(known) < MaxPlayers; id += codec.PlayerID(1 + rng.Uint32N(5)) {
		code := c.Step(&codec.Input{Kind: codec.InputJoin, Player: id})
		if code == codec.CodeNotNow {
			c.Tick()
			continue
		}
		if code != codec.CodeOK {
			t.Fatal(code)
		}
		known[id] = true
	}
	c.Tick()
	before := c.Hash()
	if code := c.Step(&codec.Input{Kind: codec.InputJoin, Player: 1 << 60}); code != codec.CodeTableFull {
		t.Fatalf("player %d: %v", MaxPlayers+1, code)
	}
	if c.Hash() != before {
		t.Error("a refused join changed the state")
	}
	for id := range known {
		if code := c.Step(&codec.Input{Kind: codec.InputLeave, Player: id}); code == codec.CodeNotNow {
			c.Tick()
			c.Step(&codec.Input{Kind: codec.InputLeave, Player: id})
		}
		delete(known, id)
		if len(known)%512 != 0 {
			continue
		}
		for other := range known {
			if c.row(other) == nil {
				t.Fatalf("player %d is lost with %d left", other, len(known))
			}
		}
	}
	if c.Players() != 0 || c.CheckHash() != nil {
		t.Error("the table is not empty at the end")
	}
}

// TestOutboxFull: one tick takes only as many moves as the outbox can release.
func TestOutboxFull(t *testing.T) {
	c := lane(t)
	codes := map[codec.Code]int{}
	for id := codec.PlayerID(1); id <= 3000; id++ {
		codes[c.Step(&codec.Input{Kind: codec.InputJoin, Player: id})]++
	}
	if codes[codec.CodeNotNow] == 0 || codes[codec.CodeOK]+codes[codec.CodeNotNow] != 3000 {
		t.Fatalf("codes %v", codes)
	}
	c.Tick()
	if code := c.Step(&codec.Input{Kind: codec.InputJoin, Player: 5000}); code != codec.CodeOK {
		t.Errorf("after the tick: %v", code)
	}
}

// TestNoAllocation holds I9 for moves, joins, ticks, refreshes and searches.
func TestNoAllocation(t *testing.T) {
	c := newCore(t, graph(rand.New(rand.NewPCG(6, 6)), 500, 4), smallRules())
	c.BeginRound(1, testSeed(1, 1))
	c.Lead()
	for id := codec.PlayerID(3); id <= 100; id += 5 { // at home in partition 3 of 5
		join(t, c, id)
	}
	var reply [codec.ReplyLen]byte
	left, refused := 0, 0
	allocs := testing.AllocsPerRun(2000, func() {
		for id := codec.PlayerID(3); id <= 100; id += 5 {
			p := c.row(id)
			if p == nil {
				continue
			}
			edge := codec.EdgeID(c.topo.First[p.node])
			if h := c.hint(p.goal, p.node); h.Edge != codec.NoEdge {
				edge = h.Edge
			}
			if lo, hi := c.topo.out(p.node); c.topo.Head[hi-1] < c.topo.Head[lo] {
				edge = c.topo.FirstEdge + codec.EdgeID(hi-1) // often a border
			}
			in := codec.Input{Kind: codec.InputMove, Player: id, Seq: p.seq + 1, Edge: edge}
			c.Reply(id, in.Seq, c.Step(&in)).Append(reply[:0])
		}
		for e, weight := range [...]codec.Weight{0, 700, codec.Blocked} {
			set := codec.Input{Kind: codec.InputWeight, Edge: c.topo.FirstEdge + codec.EdgeID((int(c.tick)+50*e)%c.topo.edges()), Weight: weight}
			c.Weighed(1, c.Step(&set)).Append(reply[:0])
		}
		c.Tick()
		if c.RoundOver() {
			c.BeginRound(c.Round()+1, testSeed(1, c.Round()+1))
		}
		for len(c.away) > 0 { // refused, or gone there and come back
			h := c.away[0]
			left++
			in := codec.Input{Kind: codec.InputHanded, Partition: h.to, Hand: h.hand, Code: codec.Code(left%2) * codec.CodeTableFull}
			if c.Step(&in) != codec.CodeOK {
				t.Fatal("an answer was refused")
			}
			if in.Code != codec.CodeOK {
				refused++
				continue
			}
			back := h.letter(h.to).Handoff
			back.Hand, back.Node = c.links[h.to].taken+1, c.nodeID(h.node)
			in = (&codec.Arrive{From: h.to, To: 3, Handoff: back}).Input()
			if c.Step(&in) != codec.CodeOK {
				t.Fatal("an arrival was refused")
			}
		}
	})
	if left-refused < 100 || refused < 100 {
		t.Errorf("%d hand-offs, %d of them refused: the test shows nothing", left, refused)
	}
	if allocs != 0 {
		t.Errorf("%v allocations a tick of 20 moves, want 0", allocs)
	}
}

// TestDamagedSnapshot: no flip of a bit passes for the same state, none panics.
func TestDamagedSnapshot(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	topo := graph(rng, 60, 3)
	c := newCore(t, topo, smallRules())
	c.BeginRound(1, testSeed(1, 1))
	c.Lead()
	w := newCrowd(c, 7)
	for range 45 {
		for range 20 {
			w.act()
		}
		w.tick()
	}
	good := c.AppendSnapshot(nil)
	mem, arena := memory(t, &topo, smallRules()), new(Arena) // of thousands of cores, one after the other
	restore := func(b []byte) error {
		clear(mem)
		c, err := New(topo, smallRules(), mem, arena)
		if err != nil {
			t.Fatal(err)
		}
		return c.Restore(b)
	}
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1 << rng.IntN(8)
		if restore(bad) == nil {
			t.Fatalf("byte %d flipped: the snapshot was taken", i)
		}
	}
	for n := range good {
		if restore(good[:n]) == nil {
			t.Fatalf("cut to %d bytes: the snapshot was taken", n)
		}
	}
	if err := restore(good); err != nil {
		t.Fatal(err)
	}
}

// TestSnapshotSize: a snapshot fits where its largest would, and takes no memory.
func TestSnapshotSize(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	c := newCore(t, graph(rng, 60, 3), smallRules())
	c.BeginRound(1, testSeed(1, 1))
	w := newCrowd(c, 7)
	page := make([]byte, 0, c.SnapshotSize())
	for range 100 {
		for range 20 {
			w.act()
		}
		w.tick()
		if n := testing.AllocsPerRun(1, func() { page = c.AppendSnapshot(page[:0]) }); n > 0 || len(page) > c.SnapshotSize() {
			t.Fatalf("tick %d: %d bytes of %d, %v allocations", c.tick, len(page), c.SnapshotSize(), n)
		}
	}
	if len(page) < snapshotEdge*c.topo.edges() {
		t.Errorf("%d bytes hold no edges", len(page))
	}
}

// FuzzRestore: hostile bytes are refused, never followed.
func FuzzRestore(f *testing.F) {
	topo := graph(rand.New(rand.NewPCG(1, 1)), 40, 2)
	c := newCore(f, topo, smallRules())
	f.Add(c.AppendSnapshot(nil))
	c.BeginRound(1, testSeed(1, 1))
	c.Step(&codec.Input{Kind: codec.InputJoin, Player: 5})
	c.Tick()
	f.Add(c.AppendSnapshot(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newCore(t, topo, smallRules())
		if c.Restore(b) == nil {
			if err := c.CheckHash(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestRefused: what a partition cannot be built from is named.
func TestRefused(t *testing.T) {
	good := graph(rand.New(rand.NewPCG(1, 1)), 40, 2)
	cases := []struct {
		name  string
		spoil func(*Topology, *codec.Rules)
		want  error
	}{
		{"rules of another version", func(_ *Topology, u *codec.Rules) { u.Version++ }, ErrRulesVersion},
		{"no refresh", func(_ *Topology, u *codec.Rules) { u.RefreshTicks = 0 }, ErrRules},
		{"more treasures than the table", func(_ *Topology, u *codec.Rules) { u.Treasures = MaxTreasures + 1 }, ErrRules},
		{"edges that rise and fall", func(t *Topology, _ *codec.Rules) { t.First[3] = t.First[5] + 1 }, ErrTopology},
		{"an entry outside", func(t *Topology, _ *codec.Rules) { t.Entries = []uint32{t.end()} }, ErrTopology},
		{"an entry twice", func(t *Topology, _ *codec.Rules) { t.Entries = []uint32{1001, 1001} }, ErrTopology},
		{"entries from nowhere", func(t *Topology, _ *codec.Rules) { t.Entries, t.Parts = []uint32{1001}, nil }, ErrTopology},
		{"too few partitions", func(t *Topology, _ *codec.Rules) { t.Parts = t.Parts[:4] }, ErrTopology},
		{"partitions from 1 on", func(t *Topology, _ *codec.Rules) { t.Parts[0] = 1 }, ErrTopology},
		{"an empty partition", func(t *Topology, _ *codec.Rules) { t.Parts[2] = t.Parts[1] }, ErrTopology},
		{"another partition's place", func(t *Topology, _ *codec.Rules) { t.Parts[3]-- }, ErrTopology},
		{"a partition that ends too late", func(t *Topology, _ *codec.Rules) { t.Parts[4]++ }, ErrTopology},
		{"a head beyond the world", func(t *Topology, _ *codec.Rules) { t.Head[0] = uint32(t.Parts[5]) }, ErrTopology},
		{"too many edges of a node", func(t *Topology, _ *codec.Rules) {
			for len(t.Head) < MaxDegree+1 {
				t.Head, t.Base = append(t.Head, uint32(t.FirstNode)), append(t.Base, 1)
			}
			for i := range t.First[1:] {
				t.First[i+1] = uint32(t.FirstEdge) + MaxDegree + 1
			}
		}, &BoundError{ErrDegree, 1000, MaxDegree + 1}},
		{"too heavy", func(t *Topology, _ *codec.Rules) { t.Base[1] = MaxBase + 1 }, &BoundError{ErrWeight, 7001, MaxBase + 1}},
		{"a weight of 0", func(t *Topology, _ *codec.Rules) { t.Base[1] = 0 }, ErrWeight},
		{"a closed base", func(t *Topology, _ *codec.Rules) { t.Base[1] = uint32(codec.Blocked) }, ErrWeight},
		{"a node of the rest twice", func(t *Topology, _ *codec.Rules) { t.Main, t.Rest = 38, []uint32{1007, 1007} }, ErrTopology},
		{"fewer of the rest than nodes outside", func(t *Topology, _ *codec.Rules) { t.Main, t.Rest = 38, []uint32{1007} }, ErrTopology},
		{"a single node in the main part", func(t *Topology, _ *codec.Rules) {
			t.Main = 1
			for n := range uint32(39) {
				t.Rest = append(t.Rest, uint32(t.FirstNode)+1+n)
			}
		}, ErrMain},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			topo, rules := good, smallRules()
			topo.First, topo.Head, topo.Base = slices.Clone(good.First), slices.Clone(good.Head), slices.Clone(good.Base)
			topo.Entries, topo.Parts = slices.Clone(good.Entries), slices.Clone(good.Parts)
			mem := memory(t, &topo, smallRules())
			tc.spoil(&topo, &rules)
			_, err := New(topo, rules, mem, new(Arena))
			if bound := new(BoundError); errors.As(tc.want, &bound) && err != nil && err.Error() == tc.want.Error() {
				return // named, too
			}
			if !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
	if _, err := New(good, smallRules(), make([]byte, 64), new(Arena)); !errors.Is(err, ErrMemory) {
		t.Errorf("64 bytes of memory: %v", err)
	}
	huge := Topology{First: make([]uint32, 1_000_001)}
	var size *SizeError
	if _, err := MemorySize(&huge, smallRules()); err != nil {
		t.Errorf("a million nodes: %v", err)
	}
	huge.Head = make([]uint32, 4_000_000)
	if _, err := MemorySize(&huge, smallRules()); !errors.As(err, &size) || size.Table == "" {
		t.Errorf("four million edges: %v", err)
	}
}

// TestFar: a way of 2^32-1 or more is none; all shorter ones are exact.
func TestFar(t *testing.T) {
	const nodes = 40
	topo := Topology{Main: nodes, First: []uint32{0}}
	for v := range uint32(nodes) {
		topo.Head, topo.Base = append(topo.Head, (v+1)%nodes), append(topo.Base, MaxBase)
		topo.First = append(topo.First, v+1)
	}
	c, err := New(topo, smallRules(), memory(t, &topo, smallRules()), new(Arena))
	if err != nil {
		t.Fatal(err)
	}
	for v := range codec.NodeID(nodes) {
		want := codec.Unreachable
		if d := uint64(v) * MaxBase; d < uint64(codec.Unreachable) {
			want = codec.Distance(d)
		}
		if got := c.Distance(0, v); got != want {
			t.Errorf("to node %d it is %d, expected %d", v, got, want)
		}
	}
}

// TestMainNodes: treasures and spawns are counted over the nodes that are not of the rest.
func TestMainNodes(t *testing.T) {
	for _, rest := range [][]uint32{nil, {1000}, {1009}, {1000, 1001, 1005, 1008, 1009}, {1002, 1003, 1004}} {
		topo := Topology{FirstNode: 1000, Main: uint32(10 - len(rest)), Rest: rest}
		k := uint32(0)
		for n := range uint32(10) {
			if slices.Contains(rest, 1000+n) {
				continue
			}
			if got := topo.mainNode(k); got != n {
				t.Errorf("without %v the main node %d is %d, expected %d", rest, k, got, n)
			}
			k++
		}
	}
}

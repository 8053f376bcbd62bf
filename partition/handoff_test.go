package partition

import (
	"math/rand/v2"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestCrossing crosses all the time, with messages lost, doubled and out of
// order and crashes at any step: everybody is in exactly one place at each step
// (I7), the durable moves of a player are 1, 2, 3 … over all partitions (I3, I6),
// and no treasure is granted twice (I2).
func TestCrossing(t *testing.T) {
	crossings, refusals := 0, 0
	for seed := range uint64(30) {
		partitions, seats := 2+2*int(seed%2), 64
		if seed%3 == 0 {
			seats = players/partitions + 1 // often full
		}
		h := newSites(t, seed, partitions, seats)
		h.lossy = true
		if seed > 3 {
			h.crash = func(h *sites) {
				if h.rng.IntN(150) == 0 {
					h.list[h.rng.IntN(len(h.list))].restart(t)
				}
			}
		}
		for range 2500 {
			h.act()
		}
		h.settle()
		h.account()
		for _, s := range h.list {
			for i := range s.links {
				crossings += int(s.links[i].taken)
				for bits := s.links[i].refused; bits > 0; bits &= bits - 1 {
					refusals++
				}
			}
		}
	}
	if crossings < 2000 || refusals < 50 {
		t.Errorf("%d crossings, %d refusals: the test shows nothing", crossings, refusals)
	}
}

// account compares the journals with the state at the end.
func (h *sites) account() {
	h.t.Helper()
	type claim struct {
		round    codec.Round
		treasure codec.TreasureID
	}
	seqs := map[codec.PlayerID]map[codec.MoveSeq]bool{}
	granted := map[claim]bool{}
	for _, s := range h.list {
		for _, in := range s.moves {
			if seqs[in.Player] == nil {
				seqs[in.Player] = map[codec.MoveSeq]bool{}
			}
			if seqs[in.Player][in.Seq] {
				h.t.Fatalf("move %d of player %d is journaled twice", in.Seq, in.Player)
			}
			seqs[in.Player][in.Seq] = true
		}
		for _, g := range s.grants {
			if granted[claim{g.Round, g.Treasure}] {
				h.t.Fatalf("treasure %d of round %d is granted twice", g.Treasure, g.Round)
			}
			granted[claim{g.Round, g.Treasure}] = true
		}
	}
	for id := range codec.PlayerID(players) {
		s := h.at(id)
		if s == nil {
			continue
		}
		p := s.row(id)
		if int(p.seq) != len(seqs[id]) || p.seq > 0 && !seqs[id][p.seq] {
			h.t.Fatalf("player %d stands at move %d, %d are journaled", id, p.seq, len(seqs[id]))
		}
		for _, other := range h.list {
			if other.isAbroad(id) != (other.home(id) && other != s) {
				h.t.Fatalf("player %d is in partition %d, partition %d has it abroad: %v",
					id, s.topo.Partition, other.topo.Partition, other.isAbroad(id))
			}
		}
	}
}

// TestCrashAtEveryStep walks one player there, back and out of the hunt, and
// crashes each partition after each single step of it, and both.
func TestCrashAtEveryStep(t *testing.T) {
	run := func(crashAt int, which int, seats int) (steps int) {
		h := newSites(t, 1, 2, 64)
		h.list[1].seats = seats
		h.list[1].restart(t)
		h.crash = func(h *sites) {
			if h.steps == crashAt {
				for i, s := range h.list {
					if which>>i&1 != 0 {
						s.restart(t)
					}
				}
			}
		}
		const id = 2 // at home in partition 0
		cross := func(to int) bool {
			for range 40 {
				s := h.at(id)
				if s == h.list[to] {
					return true
				}
				if s == nil && !h.born[id] {
					h.step(h.list[0], codec.Input{Kind: codec.InputJoin, Player: id})
				} else if s != nil {
					p := s.row(id)
					lo, hi := s.topo.out(p.node)
					e := lo
					if hi-lo == 3 {
						e = hi - 1
					}
					h.step(s, codec.Input{Kind: codec.InputMove, Player: id, Seq: p.seq + 1, Edge: s.topo.FirstEdge + codec.EdgeID(e)})
				}
				for _, s := range h.list {
					h.tick(s)
					h.persist(s)
				}
				for n := len(h.net); n > 0; n-- {
					h.deliver()
				}
			}
			for _, s := range h.list {
				t.Logf("step %d clock %d round %d tick %d players %d away %+v links %+v net %d", h.steps, s.clock, s.round, s.tick, len(s.players), s.away, s.links, len(h.net))
			}
			return false
		}
		there := cross(1)
		if seats == 0 { // partition 1 is full: the player stays
			h.settle()
			if there || h.at(id) != h.list[0] {
				t.Fatalf("crash at step %d of %b: refused and not at home", crashAt, which)
			}
			h.account()
			return h.steps
		}
		back := there && cross(0)
		again := back && cross(1)
		if !again {
			t.Fatalf("crash at step %d of %b: got there %v, back %v, there again %v", crashAt, which, there, back, again)
		}
		steps = h.steps
		h.settle()
		h.account()
		delete(h.born, id)
		for h.at(id) != nil { // a crash may take a leave back
			h.step(h.at(id), codec.Input{Kind: codec.InputLeave, Player: id})
			h.settle()
		}
		if len(h.list[0].abroad) != 0 {
			t.Fatalf("crash at step %d of %b: left, and still abroad", crashAt, which)
		}
		if code := h.step(h.list[0], codec.Input{Kind: codec.InputJoin, Player: id}); code != codec.CodeOK {
			t.Fatalf("joins again after it left: %v", code)
		}
		return steps
	}
	for _, seats := range []int{64, 0} {
		steps := run(-1, 0, seats)
		for at := 1; at <= steps; at++ {
			for which := 1; which < 4; which++ {
				run(at, which, seats)
			}
		}
	}
}

// TestWindow holds a link's words against maps: hands are taken once, in any
// order, their outcome is kept as long as anybody asks, and the sender stops
// where the receiver would forget.
func TestWindow(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	var sender, receiver link
	open, decided := map[codec.Hand]bool{}, map[codec.Hand]bool{} // the latter: hand -> refused
	stopped, old := 0, 0
	for range 200_000 {
		if rng.IntN(3) > 0 {
			if sender.open>>63 != 0 {
				stopped++
			} else {
				sender.given++
				sender.open = sender.open<<1 | 1
				open[sender.given] = true
			}
			continue
		}
		if sender.given == 0 {
			continue
		}
		hand := sender.given - codec.Hand(rng.Uint32N(min(100, uint32(sender.given))))
		known, lawful := receiver.take(hand)
		refused, was := decided[hand]
		switch {
		case open[hand] && (!lawful || known != was):
			t.Fatalf("open hand %d of %d: known %v, lawful %v; decided before: %v", hand, sender.given, known, lawful, was)
		case !open[hand] && lawful && !known:
			t.Fatalf("hand %d is new again after its answer", hand)
		case !lawful:
			old++
			continue
		}
		if !known {
			refused = rng.IntN(3) == 0
			receiver.decide(hand, refused)
			decided[hand] = refused
		} else if got := receiver.refused>>(receiver.taken-hand)&1 != 0; got != refused {
			t.Fatalf("hand %d was refused: %v, is told %v", hand, refused, got)
		}
		if rng.IntN(2) == 0 { // the answer arrives
			delete(open, hand)
			if behind := sender.given - hand; behind < window {
				sender.open &^= 1 << behind
			}
		}
	}
	if stopped < 1000 || old < 100 || len(decided) < 1000 {
		t.Errorf("stopped %d times, %d hands were too old, %d decided: the test shows nothing", stopped, old, len(decided))
	}
	for name, l := range map[string]link{"a hand too far ahead": {taken: 5}, "one that would drop a missing hand": {taken: 9, missing: 1 << 3}} {
		hand := l.taken + window - 3
		if name == "a hand too far ahead" {
			hand = l.taken + window + 1
		}
		if _, lawful := l.take(hand); lawful {
			t.Errorf("%s is taken", name)
		}
	}
}

// borders is a core of partition 1 of 3 at node 0 of which as many players as
// wanted stand, each at home there; edge is the one over the border.
func borders(t *testing.T, standing int) (c *Core, edge codec.EdgeID) {
	list := country(rand.New(rand.NewPCG(1, 1)), 3, 24)
	rules := smallRules()
	rules.RoundTicks = 600
	c = newCore(t, list[1], rules)
	c.BeginRound(1, testSeed(1, 1))
	for i := range standing {
		join(t, c, codec.PlayerID(1+3*i))
		c.Tick()
		p := c.row(codec.PlayerID(1 + 3*i))
		p.node = 0
		c.rehash(p)
	}
	return c, c.topo.FirstEdge + 2
}

func over(c *Core, id codec.PlayerID, edge codec.EdgeID) codec.Code {
	return c.Step(&codec.Input{Kind: codec.InputMove, Player: id, Seq: c.row(id).seq + 1, Edge: edge})
}

// TestUnderWay: what a player, its gateway and a neighbour are told meanwhile.
func TestUnderWay(t *testing.T) {
	c, edge := borders(t, 2)
	target := codec.NodeID(c.topo.Head[edge-c.topo.FirstEdge])
	if code := over(c, 1, edge); code != codec.CodeOK {
		t.Fatal(code)
	}
	if r := c.Reply(1, 1, codec.CodeOK); r.Node != target || r.Last != 1 || r.Hint.Edge != codec.NoEdge {
		t.Errorf("reply %+v, want node %d", r, target)
	}
	if j := c.Joined(1, codec.CodeAway, false); j.Node != target || j.Last != 1 {
		t.Errorf("joined %+v, want node %d", j, target)
	}
	to := c.topo.owner(target)
	for _, tc := range []struct {
		name string
		in   codec.Input
		want codec.Code
	}{
		{"joins", codec.Input{Kind: codec.InputJoin, Player: 1}, codec.CodeAway},
		{"leaves", codec.Input{Kind: codec.InputLeave, Player: 1}, codec.CodeAway},
		{"expires", codec.Input{Kind: codec.InputExpire, Player: 1}, codec.CodeAway},
		{"repeats the move", codec.Input{Kind: codec.InputMove, Player: 1, Seq: 1, Edge: edge}, codec.CodeStale},
		{"moves on", codec.Input{Kind: codec.InputMove, Player: 1, Seq: 2, Edge: edge}, codec.CodeAway},
		{"another's player joins", codec.Input{Kind: codec.InputJoin, Player: 2}, codec.CodeUnknownPlayer},
		{"an answer nobody waits for", codec.Input{Kind: codec.InputHanded, Partition: to, Hand: 2}, codec.CodeStale},
		{"an answer from elsewhere", codec.Input{Kind: codec.InputHanded, Partition: 1, Hand: 1}, codec.CodeStale},
		{"an arrival from no partition", codec.Input{Kind: codec.InputArrive, Partition: 3, Hand: 1, Player: 2, Node: 30}, codec.CodeSkipped},
		{"an arrival from here", codec.Input{Kind: codec.InputArrive, Partition: 1, Hand: 1, Player: 2, Node: 30}, codec.CodeSkipped},
		{"an arrival elsewhere", codec.Input{Kind: codec.InputArrive, Partition: 2, Hand: 1, Player: 2, Node: 3}, codec.CodeSkipped},
		{"an arrival of one who is here", codec.Input{Kind: codec.InputArrive, Partition: 2, Hand: 1, Player: 4, Node: 30}, codec.CodeSkipped},
	} {
		before := c.Hash()
		if code := c.Step(&tc.in); code != tc.want || c.Hash() != before {
			t.Errorf("%s: %v, want %v; changed the state: %v", tc.name, code, tc.want, c.Hash() != before)
		}
	}
	if err := c.CheckHash(); err != nil {
		t.Error(err)
	}
}

// TestHandOffsFull: at most 64 to a partition are without an answer; then
// players stay where they are, with their move not made.
func TestHandOffsFull(t *testing.T) {
	c, edge := borders(t, window+1)
	for i := range window {
		if i%4 == 0 {
			c.Tick()
		}
		if code := over(c, codec.PlayerID(1+3*i), edge); code != codec.CodeOK {
			t.Fatalf("hand-off %d: %v", i, code)
		}
	}
	const last = 1 + 3*window
	before := c.Hash()
	if code := over(c, last, edge); code != codec.CodeNotNow || c.Hash() != before {
		t.Fatalf("one more than %d: %v; changed the state: %v", window, code, c.Hash() != before)
	}
	c.Tick()
	to := c.away[0].to
	answer := func(hand codec.Hand) {
		if code := c.Step(&codec.Input{Kind: codec.InputHanded, Partition: to, Hand: hand}); code != codec.CodeOK {
			t.Fatal(code)
		}
	}
	answer(2)
	if code := over(c, last, edge); code != codec.CodeNotNow {
		t.Fatalf("the first is still open: %v", code)
	}
	answer(1)
	if code := over(c, last, edge); code != codec.CodeOK {
		t.Fatalf("after the first was answered: %v", code)
	}
	for range 6 * repeatTicks { // each is released again, in its turn
		c.Tick()
		for _, a := range letters(c.Outbox()) {
			c.Step(&codec.Input{Kind: codec.InputHanded, Partition: a.To, Hand: a.Hand})
		}
	}
	if c.HandOffs() != 0 || c.CheckHash() != nil {
		t.Errorf("%d hand-offs are left", c.HandOffs())
	}
}

// TestLeaving mixes leaving and coming back into the crossings: nobody is ever
// in two places, and every home knows who is abroad.
func TestLeaving(t *testing.T) {
	left := 0
	for seed := range uint64(12) {
		h := newSites(t, 100+seed, 3, 64)
		h.lossy, h.leaving = true, true
		h.crash = func(h *sites) {
			if h.rng.IntN(200) == 0 {
				h.list[h.rng.IntN(len(h.list))].restart(t)
			}
		}
		for range 2500 {
			h.act()
		}
		h.settle()
		for id := range codec.PlayerID(players) {
			at := h.at(id)
			if at == nil {
				left++
			}
			for _, s := range h.list {
				if s.isAbroad(id) != (at != nil && s.home(id) && at != s) {
					t.Fatalf("seed %d: partition %d has player %d abroad: %v", seed, s.topo.Partition, id, s.isAbroad(id))
				}
			}
		}
	}
	if left == 0 {
		t.Error("nobody left: the test shows nothing")
	}
}

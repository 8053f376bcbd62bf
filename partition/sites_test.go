package partition

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// sites is a hunt of several partitions, each with a journal, and what flies
// between them: messages are lost, doubled, late and out of order, and a crash
// takes a partition back to the last record that is durable.
type sites struct {
	t              testing.TB
	rng            *rand.Rand
	list           []*site
	net            []codec.Input // with where it goes in to
	to             []codec.PartitionID
	lossy, leaving bool
	steps          int // things that happened, each a place for a crash
	crash          func(*sites)

	born map[codec.PlayerID]bool // whose joining is durable, and who never asked to leave
}

// site is one partition.
type site struct {
	*Core
	topo    Topology
	rules   codec.Rules
	seats   int
	base    []byte     // the snapshot that the journal starts from, nil: a fresh core
	journal []tickInfo // durable
	waiting []tickInfo // closed and not durable
	draft   []codec.Input
	moves   []codec.Input // of all durable records
	grants  []codec.Grant
}

// tickInfo is a tick record: the inputs before one boundary, and what it holds back.
type tickInfo struct {
	inputs []codec.Input
	frames []byte
	hash   uint64
}

// country is a world of several partitions: rings with a few ways across.
func country(rng *rand.Rand, partitions, nodes int) (list []Topology) {
	var parts []codec.NodeID
	for p := range partitions + 1 {
		parts = append(parts, codec.NodeID(p*nodes))
	}
	edge := uint32(0)
	for p := range partitions {
		first := uint32(parts[p])
		topo := Topology{
			Partition: codec.PartitionID(p), FirstNode: parts[p], FirstEdge: codec.EdgeID(edge), Main: uint32(nodes), Parts: parts,
		}
		for n := range uint32(nodes) {
			topo.First = append(topo.First, edge)
			heads := []uint32{first + (n+1)%uint32(nodes), first + (n+uint32(nodes)-1)%uint32(nodes)}
			if n%3 == 0 {
				heads = append(heads, (first+uint32(nodes)*uint32(1+rng.IntN(partitions-1))+n)%uint32(partitions*nodes))
			}
			for _, h := range heads {
				topo.Head, topo.Base = append(topo.Head, h), append(topo.Base, 400)
				edge++
			}
		}
		topo.First = append(topo.First, edge)
		list = append(list, topo)
	}
	return list
}

func newSites(t testing.TB, seed uint64, partitions, seats int) *sites {
	rng := rand.New(rand.NewPCG(seed, 77))
	h := &sites{t: t, rng: rng, born: map[codec.PlayerID]bool{}}
	rules := smallRules()
	rules.MoveTicks, rules.MoveBurst = 1, 3
	for _, topo := range country(rng, partitions, 24) {
		s := &site{topo: topo, rules: rules, seats: seats}
		s.restart(t)
		h.list = append(h.list, s)
	}
	return h
}

// restart builds the core from what is durable.
func (s *site) restart(t testing.TB) {
	c := newCore(t, s.topo, s.rules)
	c.seats = s.seats
	s.Core, s.draft, s.waiting = c, nil, nil
	if s.base == nil {
		c.BeginRound(1, testSeed(4, 1))
	} else if err := c.Restore(s.base); err != nil {
		t.Fatal(err)
	}
	for _, rec := range s.journal {
		for i := range rec.inputs {
			if code := c.Step(&rec.inputs[i]); code != codec.CodeOK {
				t.Fatalf("partition %d: %+v is %v on replay", s.topo.Partition, rec.inputs[i], code)
			}
		}
		s.pass()
		if c.Hash() != rec.hash {
			t.Fatalf("partition %d: another state on replay", s.topo.Partition)
		}
	}
	if err := c.CheckHash(); err != nil {
		t.Fatal(err)
	}
}

// pass passes a boundary, and a round's end.
func (s *site) pass() (frames []byte) {
	s.Tick()
	frames = slices.Clone(s.Outbox())
	if s.RoundOver() {
		s.BeginRound(s.round+1, testSeed(4, s.round+1))
		frames = append(frames, s.Outbox()...)
	}
	return frames
}

// happened is a place for a crash; I7 holds at each.
func (h *sites) happened() {
	h.steps++
	if h.crash != nil {
		h.crash(h)
	}
	h.check()
}

func (h *sites) step(s *site, in codec.Input) codec.Code {
	code := s.Step(&in)
	if code == codec.CodeOK {
		s.draft = append(s.draft, in)
	}
	h.happened()
	return code
}

func (h *sites) tick(s *site) {
	frames := s.pass()
	s.waiting = append(s.waiting, tickInfo{s.draft, frames, s.Hash()})
	s.draft = nil
	h.happened()
}

// persist makes the oldest record durable and lets out what it held back.
func (h *sites) persist(s *site) {
	if len(s.waiting) == 0 {
		return
	}
	rec := s.waiting[0]
	s.waiting = s.waiting[1:]
	s.journal = append(s.journal, rec)
	for _, in := range rec.inputs {
		switch in.Kind {
		case codec.InputMove:
			s.moves = append(s.moves, in)
		case codec.InputJoin:
			h.born[in.Player] = !h.leaving
		}
	}
	if len(s.waiting)+len(s.draft) == 0 && h.rng.IntN(8) == 0 { // the state in hand is just this record's
		s.base, s.journal = s.AppendSnapshot(nil), nil
	}
	h.happened()
	h.send(s, rec.frames)
}

func (h *sites) send(s *site, frames []byte) {
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			h.t.Fatal(err)
		}
		frames = rest
		switch typ {
		case codec.TypeArrive:
			a, _ := codec.ParseArrive(payload)
			h.net, h.to = append(h.net, a.Input()), append(h.to, a.To)
		case codec.TypeArrived:
			a, _ := codec.ParseArrived(payload)
			h.net, h.to = append(h.net, a.Input()), append(h.to, a.From)
		case codec.TypeGrant:
			g, _ := codec.ParseGrant(payload)
			s.grants = append(s.grants, g)
		}
	}
}

// deliver takes any message: it may be lost, or come again later.
func (h *sites) deliver() {
	if len(h.net) == 0 {
		return
	}
	i := h.rng.IntN(len(h.net))
	in, s := h.net[i], h.list[h.to[i]]
	fate := h.rng.IntN(8)
	if !h.lossy || fate > 1 {
		h.net, h.to = slices.Delete(h.net, i, i+1), slices.Delete(h.to, i, i+1)
	}
	if h.lossy && fate == 2 {
		return
	}
	h.step(s, in)
}

// places is how often a player is somewhere: in tables, and under way in
// hand-offs that no other partition has taken.
func (h *sites) places(id codec.PlayerID) (n int) {
	for _, s := range h.list {
		if s.row(id) != nil {
			n++
		}
		if a := s.underWay(id); a != nil && a.gone == 0 && !h.taken(s, a) {
			n++
		}
	}
	return n
}

// taken: the target has decided, and has the player.
func (h *sites) taken(from *site, a *handoff) bool {
	l := &h.list[a.to].links[from.topo.Partition]
	if a.hand > l.taken {
		return false
	}
	bit := uint64(1) << (l.taken - a.hand)
	return l.missing&bit == 0 && l.refused&bit == 0
}

// players is who may be somewhere.
const players = 16

func (h *sites) check() {
	h.t.Helper()
	for id := range codec.PlayerID(players) {
		switch n := h.places(id); {
		case n > 1:
			h.t.Fatalf("step %d: player %d is in %d places", h.steps, id, n)
		case n == 0 && h.born[id]:
			h.t.Fatalf("step %d: player %d is nowhere", h.steps, id)
		}
	}
	for _, s := range h.list {
		if s.reserved() > s.seats {
			h.t.Fatalf("step %d: partition %d promised %d places of %d", h.steps, s.topo.Partition, s.reserved(), s.seats)
		}
	}
}

// at is where the player can move, or nil.
func (h *sites) at(id codec.PlayerID) *site {
	for _, s := range h.list {
		if s.row(id) != nil {
			return s
		}
	}
	return nil
}

// act does anything.
func (h *sites) act() {
	s := h.list[h.rng.IntN(len(h.list))]
	switch h.rng.IntN(8) {
	case 0:
		h.tick(s)
	case 1, 2:
		h.persist(s)
	case 3, 4:
		h.deliver()
	default:
		h.play(codec.PlayerID(h.rng.IntN(players)))
	}
}

// play does something with a player: it walks, over borders as often as it can.
func (h *sites) play(id codec.PlayerID) {
	s := h.at(id)
	if s == nil || h.rng.IntN(10) == 0 {
		// whatever a gateway believes
		h.step(h.list[h.rng.IntN(len(h.list))], codec.Input{Kind: codec.InputJoin, Player: id})
		return
	}
	if h.leaving && h.rng.IntN(30) == 0 {
		delete(h.born, id)
		h.step(s, codec.Input{Kind: codec.InputLeave, Player: id})
		return
	}
	p := s.row(id)
	lo, hi := s.topo.out(p.node)
	e := lo + h.rng.Uint32N(hi-lo)
	if hi-lo == 3 && h.rng.IntN(3) > 0 {
		e = hi - 1
	}
	h.step(s, codec.Input{Kind: codec.InputMove, Player: id, Seq: p.seq + 1, Edge: s.topo.FirstEdge + codec.EdgeID(e)})
}

// settle lets everything come to rest.
func (h *sites) settle() {
	h.lossy, h.crash = false, nil
	for range 1000 {
		rest := len(h.net) == 0
		first, last := h.list[0].clock, uint64(0)
		for _, s := range h.list {
			first, last = min(first, s.clock), max(last, s.clock)
		}
		for _, s := range h.list {
			if s.clock < last || first == last { // who is behind catches up
				h.tick(s)
			}
			for len(s.waiting) > 0 {
				h.persist(s)
			}
			rest = rest && len(s.away) == 0
		}
		for len(h.net) > 0 {
			h.deliver()
		}
		if rest {
			return
		}
	}
	h.t.Fatal("hand-offs do not come to rest")
}

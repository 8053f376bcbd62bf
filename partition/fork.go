package partition

import (
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/overlay"
	"github.com/huntgraph/huntgraph/partition/shadow"
)

// A fork is a branch of the partition's state. Of the edges, and of what the
// overlay's repairs write, it shares everything with the live state until
// that is written (partition/shadow); small tables are copied when it is taken.
// Forks are no part of the state: no input is answered otherwise because of them.
//
// It keeps the overlay too, because after a rollback of everything building
// that anew would take seconds: so hints follow as soon as memory is copied.

// forks are those of a core, the oldest first.
type forks struct {
	tables  []*shadow.Table // the overlay's, the edges first
	list    [MaxForks]*Fork
	count   int
	telling *Fork  // the one that was rolled back to: what that changed is not all released
	told    uint32 // how far that has come
}

const (
	edgeTable = 0 // the edges' place among the tables
	lineEdges = shadow.LineSize / int(unsafe.Sizeof(overlay.Edge{}))

	// What differs of an edge, as a word: its load, its level but for pendingBit,
	// its cut.
	levelMask = 0x00007f00
	stateMask = 0x00ffffff
)

// Fork is a branch, or an image: a branch that shares nothing.
type Fork struct {
	world     codec.Hash
	partition codec.PartitionID
	round     codec.Round
	tick      codec.Tick
	hash      uint64
	edgeSum   uint64
	led       bool // the overlay followed the cut but for repairs
	built     bool // there was one
	image     bool

	mem         []byte
	branch      [overlay.MaxKept]shadow.Branch
	releveled   []uint16 // by line of edges: a bit for each whose level a rollback changed
	aside       overlay.Aside
	pending     []uint32
	repairs     []uint32 // not begun
	given       []given
	beforeGiven []given
	players     []player
	treasures   []treasure
	moved       [MaxPlayers / 64]uint64 // players whom a rollback moved
}

// Round, Tick and Hash name the state that the fork branches off.
func (f *Fork) Round() codec.Round { return f.round }
func (f *Fork) Tick() codec.Tick   { return f.tick }
func (f *Fork) Hash() uint64       { return f.hash }

// forkRows are the bytes of the tables that a fork copies.
func forkRows() (n int) {
	for _, bytes := range [...]int{
		MaxPlayers * int(unsafe.Sizeof(player{})), MaxTreasures * int(unsafe.Sizeof(treasure{})),
		2 * overlay.MaxGiven * int(unsafe.Sizeof(given{})), overlay.MaxGiven * int(unsafe.Sizeof(overlay.Row{})),
		2 * 4 * maxPending,
	} {
		n += padded(bytes)
	}
	return n
}

// ForkSize is how many bytes a fork takes at most, all of which it is given when
// it is taken: nothing that the partition does later can exceed it.
func (c *Core) ForkSize() (n int) {
	for _, t := range c.tables {
		n += shadow.Size(t.Len())
	}
	return n + padded(2*c.lines()) + forkRows()
}

// lines are how many lines the edges take.
func (c *Core) lines() int {
	return (c.tables[edgeTable].Len() + shadow.LineSize - 1) / shadow.LineSize
}

// carve lays a fork out.
func (f *Fork) carve(c *Core, mem []byte) {
	f.mem = mem
	for i, t := range c.tables {
		f.branch[i], mem = t.Carve(mem)
	}
	f.releveled, mem = rows[uint16](mem, c.lines())
	f.releveled = f.releveled[:c.lines()]
	f.players, mem = rows[player](mem, MaxPlayers)
	f.treasures, mem = rows[treasure](mem, MaxTreasures)
	f.given, mem = rows[given](mem, overlay.MaxGiven)
	f.beforeGiven, mem = rows[given](mem, overlay.MaxGiven)
	f.aside.Given, mem = rows[overlay.Row](mem, overlay.MaxGiven)
	f.pending, mem = rows[uint32](mem, maxPending)
	f.repairs, _ = rows[uint32](mem, maxPending)
}

// rows takes room for n rows, of which there is none yet.
func rows[T any](mem []byte, n int) (list []T, rest []byte) {
	var t T
	bytes := n * int(unsafe.Sizeof(t))
	return as[T](mem[:bytes:bytes])[:0], mem[padded(bytes):]
}

// Fork branches off the present state, between a tick and the next input. mem is
// the fork's until Drop gives it back: ForkSize bytes, aligned to 8. Where a pool
// had none to give (nil), or there are MaxForks, the code is CodeTableFull;
// between an order and its boundary it is CodeNotNow. It allocates the Fork.
func (c *Core) Fork(mem []byte) (*Fork, codec.Code) {
	if c.count == MaxForks {
		return nil, codec.CodeTableFull
	}
	f, code := c.fork(mem)
	if code == codec.CodeOK {
		c.list[c.count] = f
		c.count++
		c.hang()
	}
	return f, code
}

// Image is a fork that shares nothing, so that another core of the same
// partition can be rolled back to it: one that was brought to an earlier index.
// Its memory is the caller's again when no core needs it.
func (c *Core) Image(mem []byte) (*Fork, codec.Code) {
	f, code := c.fork(mem)
	if code == codec.CodeOK {
		f.image = true
		for i, t := range c.tables {
			t.Copy(&f.branch[i])
		}
	}
	return f, code
}

func (c *Core) fork(mem []byte) (*Fork, codec.Code) {
	switch {
	case len(mem) < c.ForkSize():
		return nil, codec.CodeTableFull
	case len(c.orders) > 0 || c.telling != nil:
		return nil, codec.CodeNotNow
	}
	f := &Fork{
		world: c.topo.World, partition: c.topo.Partition, round: c.round, tick: c.tick,
		hash: c.Hash(), edgeSum: c.edgeSum, led: c.leading, built: c.built,
	}
	f.carve(c, mem)
	f.aside.Put(c.overlay, &c.search)
	f.pending = append(f.pending, c.pending...)
	if c.stage == repairing {
		f.repairs = append(f.repairs, c.repairs[c.done:]...)
	}
	f.given = append(f.given, c.given...)
	f.players = append(f.players, c.players...)
	f.treasures = append(f.treasures, c.treasures...)
	return f, codec.CodeOK
}

// hang lets the newest fork keep lines from now on.
func (c *Core) hang() {
	for i, t := range c.tables {
		t.Hang(shadow.Branch{})
		if c.count > 0 {
			t.Hang(c.list[c.count-1].branch[i])
		}
	}
}

// at is where a fork stands in the list.
func (c *Core) at(f *Fork) int {
	for i, g := range c.list[:c.count] {
		if g == f {
			return i
		}
	}
	panic("partition: a fork of another core, or one that was dropped")
}

// chain is a fork's branch of a table and those of all newer forks.
func (c *Core) chain(f *Fork, table int, into *[MaxForks]shadow.Branch) []shadow.Branch {
	if f.image {
		into[0] = f.branch[table]
		return into[:1]
	}
	newer := c.list[c.at(f):c.count]
	for i, g := range newer {
		into[i] = g.branch[table]
	}
	return into[:len(newer)]
}

// Drop forgets a fork and gives its memory back; of an image that is all it does.
func (c *Core) Drop(f *Fork) []byte {
	if f == c.telling {
		panic("partition: a fork is dropped before all is released that the rollback to it changed")
	}
	if !f.image {
		i := c.at(f)
		if i > 0 {
			for t := range c.tables {
				c.list[i-1].branch[t].Inherit(&f.branch[t])
			}
		}
		copy(c.list[i:], c.list[i+1:c.count])
		c.count--
		c.list[c.count] = nil
		c.hang()
	}
	mem := f.mem
	*f = Fork{}
	return mem
}

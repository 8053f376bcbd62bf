package sim

import (
	"crypto/sha256"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/cut"
)

// owner runs a partition in one epoch: what an actor does, in single events.
type owner struct {
	h     *hunt
	p     codec.PartitionID
	epoch codec.Epoch
	core  *partition.Core

	serving bool     // a record of its epoch is durable
	gone    bool     // it crashed, or stopped because it had to
	asleep  bool     // it is paused: what comes waits
	held    []func() // and that is it

	at    codec.Index // of the last record closed
	chain codec.Hash  // of that record
	slots []*slot     // closed and not durable, in order
	begun int         // how many of them are under way

	inputs   []byte // of the record under construction
	first    codec.Tick
	ticks    int
	applied  int
	lastRun  int // offset of the count of ticks that ends the inputs; 0: another input does
	released codec.Cut
	offered  codec.Cut
	again    uint64 // the clock at which a cut is offered once more

	awaited bool   // something in that record is waited for
	tight   bool   // the stream has no messages left but for the round's end
	frames  []byte // that the record under construction releases, but for the last tick's
	back    back
	copied  copied
	newest  codec.SnapshotRef // that is known to be stored
}

// slot is a record on its way to the journal, and what it releases.
type slot struct {
	at     codec.Index
	last   codec.Tick
	state  uint64
	chain  codec.Hash
	record []byte
	frames []byte
	step   int // what of a base is done
	fate   fate
}

// do runs something as the owner, if it lives and as soon as it is awake.
func (o *owner) do(f func()) {
	switch {
	case o.gone:
	case !o.asleep:
		f()
	case len(o.held) < maxHeld:
		o.held = append(o.held, f)
	}
}

// wake runs what has waited.
func (o *owner) wake() {
	held := o.held
	o.asleep, o.held = false, nil
	for _, f := range held {
		o.do(f)
	}
	o.do(o.boundaries)
}

// serve begins to own the partition in earnest.
func (o *owner) serve() {
	o.serving = true
	o.h.TakeOvers++
	o.h.admit(o)
	o.core.Lead()
	o.released = codec.Cut{Round: o.core.Round(), Tick: o.core.TickNow()}
	o.reset(o.core.TickNow() + 1)
	if o.core.RoundOver() {
		o.beginRound()
	}
	o.clock()
}

// clock passes what is due now, and from now on.
func (o *owner) clock() {
	o.boundaries()
	o.h.after(5+o.h.rng.Int64N(tickTime), func() { o.do(o.clock) })
}

// boundaries passes the ticks that are due and have room.
func (o *owner) boundaries() {
	for !o.gone && !o.asleep && len(o.slots) < maxSlots-roundSlots && !o.waits() {
		if due := int64(o.core.Clock()+1)*tickTime + int64(o.p); o.h.now < due {
			return
		}
		o.tick()
	}
}

func (o *owner) tick() {
	ordered := o.rollBack()
	if !ordered {
		o.goOn()
	}
	due := o.due()
	ordered = o.calm() || due || ordered
	o.awaited = o.awaited || o.applied > 0 || len(o.core.Outbox()) > 0 || o.core.Refreshed()
	ripe := o.awaited && len(o.slots) < o.h.inHand
	if (ordered || ripe) && !o.tight || o.ticks == maxMerge || o.core.RoundOver() {
		o.closeTicks()
	} else {
		o.frames = append(o.frames, o.core.Outbox()...)
	}
	if due {
		o.snapshot()
	}
	if o.core.RoundOver() {
		o.beginRound()
	}
	o.core.Work(o.h.rng.IntN(3000))
	o.offerCut()
	o.h.Ticks++
}

// goOn passes a boundary by a tick.
func (o *owner) goOn() {
	if id, idle := o.core.NextIdle(); idle {
		o.step(&codec.Input{Kind: codec.InputExpire, Player: id})
	}
	o.core.Tick()
	o.ticks++
	if o.lastRun > 0 {
		o.inputs[o.lastRun+1]++
		return
	}
	o.lastRun = len(o.inputs)
	in := codec.Input{Kind: codec.InputTicks, Count: 1}
	o.inputs = in.Append(o.inputs)
}

// step applies an input, if there is room, and drafts it.
func (o *owner) step(in *codec.Input) codec.Code {
	if o.tight {
		o.h.Refused++
	}
	if len(o.slots) >= maxSlots-roundSlots || o.waits() || o.tight {
		return codec.CodeNotNow
	}
	if o.core.Repeats(in) {
		return codec.CodeOK
	}
	code := o.core.Step(in)
	if code == codec.CodeOK {
		o.inputs = in.Append(o.inputs)
		o.lastRun = 0
		o.applied++
	}
	return code
}

func (o *owner) reset(first codec.Tick) {
	// What lies before the inputs keeps lastRun from being 0 for the first of them.
	o.inputs = append(o.inputs[:0], make([]byte, codec.TicksLen)...)
	o.first, o.ticks, o.applied, o.lastRun, o.awaited = first, 0, 0, 0, false
	o.tight = o.h.records > 0 && o.left() <= o.toEnd()+spare && o.h.planted != brimful
}

func (o *owner) header(kind codec.RecordKind, round codec.Round) codec.RecordHeader {
	h := codec.RecordHeader{Kind: kind, Partition: o.p, Round: round, Epoch: o.epoch, Prev: o.chain, State: o.core.Hash()}
	if n := o.h.seats[(int(o.p)+1)%len(o.h.seats)]; n.durable != nil {
		h.Neighbour = *n.durable
	}
	return h
}

func (o *owner) closeTicks() {
	h := o.header(codec.RecordTicks, o.core.Round())
	body := codec.AppendTicks(nil, o.first, o.first+codec.Tick(o.ticks)-1)
	copy(o.inputs, body)
	o.put(&slot{
		at:     codec.Index{Round: o.core.Round(), Seq: o.at.Seq + 1},
		record: append(h.Append(nil), o.inputs...),
		frames: append(o.frames, o.core.Outbox()...),
	})
	o.frames = nil
	o.reset(o.core.TickNow() + 1)
}

func (o *owner) beginRound() {
	round := o.core.Round() + 1
	seed := o.h.secret.Seed(huntHash, round)
	o.core.BeginRound(round, seed)
	h := o.header(codec.RecordBase, round)
	base := codec.Base{Hunt: huntHash, World: o.core.Topology().World, Snapshot: o.newest, Seed: seed, Rules: o.h.rules}
	o.put(&slot{
		at: codec.Index{Round: round, Seq: 1}, record: base.Append(h.Append(nil)),
		frames: append([]byte(nil), o.core.Outbox()...),
	})
	o.reset(1)
}

// left is how many records the round's stream still takes, toEnd how many the rest
// of the round needs.
func (o *owner) left() uint64 { return o.h.records - min(o.at.Seq, o.h.records) }

func (o *owner) toEnd() uint64 {
	ticks := uint64(o.h.rules.RoundTicks) - uint64(o.core.TickNow())
	return (ticks+maxMerge-1)/maxMerge + 1
}

// put chains a record and hands it to the pen.
func (o *owner) put(s *slot) {
	s.last, s.state, s.chain = o.core.TickNow(), o.core.Hash(), sha256.Sum256(s.record)
	o.at, o.chain = s.at, s.chain
	o.slots = append(o.slots, s)
	if o.h.planted == eager {
		o.letOut(s)
	}
	o.write()
}

// offerCut tells the coordinator of the last refresh once that is durable, and
// again as long as players are not led as of it.
func (o *owner) offerCut() {
	now := codec.Cut{Round: o.core.Round(), Tick: o.core.Cut()}
	if o.released.Compare(now) < 0 || o.offered == now && o.core.Clock() < o.again {
		return
	}
	r := new(cut.Report)
	if !o.core.Report(r) {
		return
	}
	o.offered, o.again = now, o.core.Clock()+10
	o.h.send(func() { o.h.report(r) })
}

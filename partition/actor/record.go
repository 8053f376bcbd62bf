package actor

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// bodyAt is where a tick record's inputs begin in the arena's record buffer.
const bodyAt = codec.RecordHeaderLen + codec.TicksLen

// draft is the tick record under construction, in the arena.
type draft struct {
	buf     []byte // bodyAt bytes to be filled in, then the inputs
	first   codec.Tick
	ticks   int // boundaries in it so far
	inputs  int
	moves   int
	lastRun int // offset of the InputTicks that ends the inputs; 0: another input does
	tight   bool
	due     bool   // something in it is waited for
	frames  []byte // released by its ticks
}

func (d *draft) reset(arena *partition.Arena, first codec.Tick, tight bool) {
	*d = draft{buf: arena.Record[:bodyAt], first: first, tight: tight, frames: usual(d.frames)}
}

// usual empties a buffer, or lets it go if a rollback has made it larger than it
// ever is otherwise.
func usual(buffer []byte) []byte {
	if cap(buffer) > usualFrames {
		return nil
	}
	return buffer[:0]
}

// room reports whether another input fits, with the boundary after it.
func (d *draft) room() bool {
	return len(d.buf)+codec.MaxInputLen+boundaryLen <= codec.MaxRecord
}

// add appends an input that was applied.
func (d *draft) add(in *codec.Input) {
	d.buf = in.Append(d.buf)
	d.inputs++
	d.lastRun = 0
	if in.Kind == codec.InputMove {
		d.moves++
	}
}

// boundary appends an input that takes the place of a boundary.
func (d *draft) boundary(in *codec.Input) {
	d.add(in)
	d.ticks++
}

// tick appends a boundary, or counts up the one that stands at the end.
func (d *draft) tick() {
	d.ticks++
	if d.lastRun > 0 {
		count := d.buf[d.lastRun+1:]
		binary.LittleEndian.PutUint16(count, binary.LittleEndian.Uint16(count)+1)
		return
	}
	d.lastRun = len(d.buf)
	in := codec.Input{Kind: codec.InputTicks, Count: 1}
	d.buf = in.Append(d.buf)
}

// neighbour is how far the next partition in the ring is known to be durable. It
// never goes back: after a start nothing is known of it but what records say.
func (a *Actor) neighbour() codec.Watermark {
	if now := a.cfg.Neighbour(); now.Index.Compare(a.near.Index) > 0 {
		a.near = now
	}
	return a.near
}

// header is the next record's, with the chain and the fence.
func (a *Actor) header(kind codec.RecordKind, round codec.Round) codec.RecordHeader {
	return codec.RecordHeader{
		Kind: kind, Partition: a.cfg.Partition, Round: round, Epoch: a.cfg.Epoch,
		Prev: a.chain, State: a.core.Hash(), Neighbour: a.neighbour(),
	}
}

// closeTicks ends the draft and hands it to the pen, with what it releases.
func (a *Actor) closeTicks() {
	h := a.header(codec.RecordTicks, a.core.Round())
	last := a.draft.first + codec.Tick(a.draft.ticks) - 1
	body := h.Append(a.draft.buf[:0])
	codec.AppendTicks(body, a.draft.first, last)

	s := a.ring.take()
	s.record = append(s.record, a.draft.buf...)
	s.frames = append(s.frames, a.draft.frames...)
	s.moves = a.draft.moves
	a.send(s, codec.Index{Round: a.core.Round(), Seq: a.at.Seq + 1})
	a.draft.reset(a.core.Arena, a.core.TickNow()+1, a.tight())
}

// beginRound starts the next round.
func (a *Actor) beginRound() {
	round := a.core.Round() + 1
	seed := a.cfg.Secret.Seed(a.cfg.Hunt, round)
	a.core.BeginRound(round, seed)

	h := a.header(codec.RecordBase, round)
	base := codec.Base{Hunt: a.cfg.Hunt, World: a.cfg.World, Snapshot: a.lastSnapshot(), Seed: seed, Rules: a.core.Rules()}
	s := a.ring.take()
	s.record = base.Append(h.Append(s.record))
	s.frames = append(s.frames, a.core.Outbox()...)
	a.send(s, codec.Index{Round: round, Seq: 1})
	a.draft.reset(a.core.Arena, 1, a.tight())
}

// send chains a record and gives it to the pen, which has room for every slot.
func (a *Actor) send(s *slot, at codec.Index) {
	s.at, s.last, s.clock, s.state = at, a.core.TickNow(), a.core.Clock(), a.core.Hash()
	s.chain = sha256.Sum256(s.record)
	s.closedAt = a.cfg.Nanotime()
	a.at, a.chain = at, s.chain
	if len(a.waiting) > 0 {
		view := a.core.AppendView(nil)
		for _, w := range a.waiting {
			s.joining = append(s.joining, joining{peer: w.peer, view: view, from: w.from})
		}
		a.waiting = a.waiting[:0]
	}
	a.toWrite <- s
}

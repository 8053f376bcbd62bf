package sim

import (
	"bytes"
	"context"
	"crypto/sha256"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// The steps of a base record.
const (
	opening   = iota // the round's stream
	appending        // the record
	preparing        // the next round's stream
	written
)

// work does a base's next step.
func (o *owner) work(s *slot) {
	st := o.h.stores[o.p]
	next := func(a answer) {
		o.do(func() {
			if a.done {
				s.step++
			}
			o.work(s)
		})
	}
	switch s.step {
	case opening:
		o.h.ask(st, func() answer { return st.create(s.at.Round) }, next)
	case appending:
		o.insert(s.at, s.record, func() {
			s.step++
			o.work(s)
		})
	case preparing:
		o.h.ask(st, func() answer { return st.create(s.at.Round + 1) }, next)
	case written:
		o.settled(s, durable)
	}
}

// insert appends a record whose place is known to be the next.
func (o *owner) insert(at codec.Index, record []byte, done func()) {
	st := o.h.stores[o.p]
	o.h.ask(st, func() answer { return st.append(at, record, codec.Hash{}) }, func(a answer) {
		o.do(func() {
			if a.done {
				done()
				return
			}
			o.find(at, record, done)
		})
	})
}

// find resolves an answer that did not come, or a refusal, by reading back: the
// record stands there, or another does, which ends the owner, or none, and it
// is tried again.
func (o *owner) find(at codec.Index, record []byte, done func()) {
	st := o.h.stores[o.p]
	o.h.ask(st, func() answer { return st.look(at) }, func(a answer) {
		o.do(func() {
			switch {
			case a.heard && bytes.Equal(a.record, record):
				done()
			case a.heard && a.last >= at.Seq:
				o.h.Fenced++
				o.h.retire(o)
			default:
				o.insert(at, record, done)
			}
		})
	})
}

// release lets out what a durable record held back.
func (o *owner) release(s *slot) {
	o.released = codec.Cut{Round: s.at.Round, Tick: s.last}
	if o.h.planted != eager {
		o.letOut(s)
	}
	o.handOver(s.at)
	o.offerCut()
}

func (o *owner) letOut(s *slot) {
	h := o.h
	h.judge.released(o.p, s.at, s.state, s.frames)
	h.seats[o.p].note(h.now, codec.Watermark{Partition: o.p, Index: s.at, State: s.state, Chain: s.chain})
	h.Records++
	mail := make([][]byte, len(h.seats))
	h.frames(s.frames, func(typ codec.Type, payload, frame []byte) {
		switch typ {
		case codec.TypePrepared:
			f, _ := codec.ParsePrepared(payload)
			h.send(func() { h.prepared(f) })
		case codec.TypeArrive:
			f, _ := codec.ParseArrive(payload)
			mail[f.To] = append(mail[f.To], frame...)
		case codec.TypeArrived:
			f, _ := codec.ParseArrived(payload)
			mail[f.From] = append(mail[f.From], frame...)
		}
	})
	h.post(mail)
	d := codec.Durable{Partition: o.p, Epoch: o.epoch, Index: s.at, Tick: s.last, State: s.state}
	h.send(func() { h.durable(d) })
}

// recover rebuilds the partition from its journal and takes it over.
func (o *owner) recover() {
	h := o.h
	cfg := h.replaying(h.stores[o.p])
	cfg.From, cfg.Marks = h.judge.heard(o.p).Round, h.marks(o.p)
	cfg.Release = func(_ context.Context, g codec.Group) error {
		h.judge.released(o.p, g.Durable.Index, g.Durable.State, g.Frames)
		return nil
	}
	found, err := actor.Replay(context.Background(), cfg)
	if err != nil {
		h.breaks("I5: a journal that nobody damaged is refused: %v", err)
		return
	}
	if found.Core == nil {
		o.found()
		return
	}
	h.recovered(h.stores[o.p], &found)
	o.core, o.at, o.chain, o.newest = found.Core, found.Last.Index, found.Last.Chain, found.Snapshot
	o.resume()
	o.takeOver()
}

// found begins a hunt.
func (o *owner) found() {
	core, err := o.h.land.build(o.p, o.h.rules)
	if err != nil {
		o.h.breaks("a core cannot be built: %v", err)
		return
	}
	o.core = core
	o.beginRound()
}

// takeOver fences the owners before by a record of the new epoch. Where a round
// is over, that is the next one's base: what comes first there is decided in the
// new round's stream, and not in the old one, which nobody would append to.
func (o *owner) takeOver() {
	if o.core.RoundOver() && o.h.planted != lateFence {
		o.beginRound()
		return
	}
	if o.h.records > 0 && o.left() <= o.toEnd() {
		o.h.retire(o) // the owner before may end the round
		return
	}
	head := o.header(codec.RecordEpoch, o.at.Round)
	record := head.Append(nil)
	at := codec.Index{Round: o.at.Round, Seq: o.at.Seq + 1}
	o.insert(at, record, func() {
		o.at, o.chain = at, sha256.Sum256(record)
		o.h.judge.released(o.p, at, head.State, nil)
		o.serve()
	})
}

// marks are what is known of a partition's journal from outside of it.
func (h *hunt) marks(p codec.PartitionID) (marks []codec.Watermark) {
	if mark := h.seats[p].mark; mark != nil {
		marks = append(marks, *mark)
	}
	before := (int(p) + len(h.stores) - 1) % len(h.stores)
	mark, ok, err := actor.NeighbourMark(context.Background(), codec.PartitionID(before), reading{h.stores[before]})
	if err != nil {
		h.breaks("I5: the last record of partition %d cannot be read: %v", before, err)
	}
	if ok {
		marks = append(marks, mark)
	}
	return marks
}

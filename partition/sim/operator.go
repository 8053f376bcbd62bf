package sim

import (
	"context"
	"slices"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// back is what an owner's next boundaries have to do with a rollback.
type back struct {
	settling bool
	settled  codec.Cut // since when nothing is under way; zero: something may be
	order    codec.Rollback
	fork     *partition.Fork
	held     bool // the order is not written yet: wait
}

// attempt is a rollback of the whole hunt, as the operator's side drives it: all
// partitions settle, are held before one boundary, the order is written, all go on.
type attempt struct {
	h      *hunt
	owners []*owner
	epochs []codec.Epoch // as assigned; the order is written only if they still are
	ends   int64
}

// operate tries a rollback now and then.
func (h *hunt) operate() {
	h.every(200, 1200, func() bool {
		if !h.still && h.attempt == nil {
			h.settleAll()
		}
		return !h.still
	})
}

func (h *hunt) settleAll() {
	a := &attempt{h: h, ends: h.now + 600}
	for _, s := range h.seats {
		if s.owner == nil || s.coming != nil || s.owner.asleep || s.owner.back.order != (codec.Rollback{}) {
			return // somebody is away, or has an order to obey first
		}
		a.owners, a.epochs = append(a.owners, s.owner), append(a.epochs, s.epoch)
	}
	h.attempt = a
	for _, o := range a.owners {
		o.core.Settle(true)
		o.back = back{settling: true}
	}
	h.after(20, a.wait)
}

// wait goes on when all have settled, durably.
func (a *attempt) wait() {
	for _, o := range a.owners {
		if o.gone || a.h.now >= a.ends {
			a.letGo()
			return
		}
		if o.back.settled == (codec.Cut{}) || o.back.settled.Compare(o.released) > 0 {
			a.h.after(20, a.wait)
			return
		}
	}
	a.hold()
}

// hold keeps all before a boundary that none has come to, to go back to a cut that
// all have durably.
func (a *attempt) hold() {
	h, at, to := a.h, codec.Cut{}, codec.Cut{Round: 1 << 30}
	for _, o := range a.owners {
		if now := (codec.Cut{Round: o.core.Round(), Tick: o.core.TickNow()}); now.Compare(at) > 0 {
			at = now
		}
		if o.released.Compare(to) < 0 {
			to = o.released
		}
	}
	at.Tick += 2 + codec.Tick(h.rng.IntN(6))
	if to.Tick < 2 || uint32(at.Tick)+1 >= h.rules.RoundTicks {
		a.letGo()
		return
	}
	if to.Tick = 1 + codec.Tick(h.rng.IntN(int(to.Tick))); to.Round > 1 && h.rng.IntN(4) == 0 {
		to.Round--
	}
	orders := make([]codec.Rollback, len(a.owners))
	for i, o := range a.owners {
		next := codec.Cut{Round: o.core.Round(), Tick: o.core.TickNow() + 1}
		image, err := h.past(h.stores[i], to)
		if err != nil {
			h.breaks("I1: the state of partition %d at %v is not found: %v", i, to, err)
		}
		if err != nil || o.gone || o.asleep || next.Compare(at) >= 0 {
			a.letGo()
			return
		}
		orders[i] = codec.Rollback{At: at, To: to, State: image.Hash()}
		o.back.order, o.back.fork, o.back.held = orders[i], image, true
	}
	h.after(h.rng.Int64N(200), func() { a.write(orders) })
}

// write makes the order one that must be obeyed, by those who own the partitions
// now: whoever comes later reads it. If somebody else was assigned meanwhile, who
// does not know of it, nothing has happened.
func (a *attempt) write(orders []codec.Rollback) {
	for p, s := range a.h.seats {
		if s.epoch != a.epochs[p] && a.h.planted != unguarded {
			a.letGo()
			return
		}
	}
	for p := range orders {
		a.h.seats[p].orders = append(a.h.seats[p].orders, orders[p])
	}
	a.h.Rollbacks++
	a.h.attempt = nil
	for _, o := range a.owners {
		a.h.after(a.h.rng.Int64N(100), func() {
			o.back.held = false
			o.do(o.boundaries)
		})
	}
}

// letGo takes back what is not ordered.
func (a *attempt) letGo() {
	a.h.attempt = nil
	for _, o := range a.owners {
		o.endRollback()
	}
}

func (o *owner) endRollback() {
	o.core.Settle(false)
	o.back = back{}
}

// waits reports whether the next boundary must not be passed yet.
func (o *owner) waits() bool { return o.back.held && o.back.order.At == o.next() }

func (o *owner) next() codec.Cut {
	return codec.Cut{Round: o.core.Round(), Tick: o.core.TickNow() + 1}
}

// calm notes that nothing is under way any more.
func (o *owner) calm() bool {
	if !o.back.settling || o.back.settled != (codec.Cut{}) || !o.core.Settled() {
		return false
	}
	o.back.settled = codec.Cut{Round: o.core.Round(), Tick: o.core.TickNow()}
	return true
}

// rollBack passes the next boundary by going back, if that is ordered.
func (o *owner) rollBack() bool {
	if o.back.order.At != o.next() || o.h.planted == deaf && o.p == 0 {
		return false
	}
	if code := o.core.Rollback(o.back.fork); code != codec.CodeOK {
		o.h.breaks("partition %d has settled and cannot go back: %v", o.p, code)
		return false
	}
	in := o.back.order.Input()
	o.inputs = in.Append(o.inputs)
	o.lastRun = 0
	o.applied++
	o.ticks++
	o.frames = append(o.frames, o.core.Outbox()...)
	for o.core.Announce() {
		if o.h.planted == mute {
			continue
		}
		o.frames = append(o.frames, o.core.Outbox()...)
	}
	o.endRollback()
	return true
}

// resume takes up an order that was written before the owner came.
func (o *owner) resume() {
	for _, order := range o.h.seats[o.p].orders {
		if order.At.Compare(o.next()) < 0 {
			continue
		}
		image, err := o.h.past(o.h.stores[o.p], order.To)
		if err != nil || image.Hash() != order.State {
			o.h.breaks("I1: partition %d is ordered back to %v, whose state is not what it was: %v", o.p, order.To, err)
			return
		}
		o.core.Settle(true)
		o.back = back{settling: true, order: order, fork: image}
		return
	}
}

// past is a partition's state at a cut, by its journal.
func (h *hunt) past(st *store, to codec.Cut) (*partition.Fork, error) {
	cfg := h.replaying(st)
	return cfg.Past(context.Background(), to, true, func(size int) ([]byte, error) {
		words := make([]uint64, size/8+1)
		return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size), nil
	})
}

// replaying is what every replay of a journal is given.
func (h *hunt) replaying(st *store) actor.ReplayConfig {
	build := func(u codec.Rules) (*partition.Core, error) { return h.land.build(st.p, u) }
	return actor.ReplayConfig{
		Partition: st.p, Hunt: huntHash, World: h.world(), Journal: reading{st}, Build: build,
		Second:    func() (actor.Build, func() error) { return build, func() error { return nil } },
		Rollbacks: append([]codec.Rollback{}, slices.Clone(h.seats[st.p].orders)...),
	}
}

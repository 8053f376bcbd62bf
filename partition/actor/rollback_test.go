package actor

import (
	"errors"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// branchBed is a bed whose partition takes forks, and that knows its orders.
type branchBed struct {
	*bed
	mem    *heap
	orders []codec.Rollback
}

func (b *branchBed) open(epoch codec.Epoch) (*Actor, error) {
	cfg := b.config(epoch)
	cfg.Memory, cfg.Rollbacks = b.mem, b.orders
	return Open(b.t.Context(), cfg)
}

// resumed opens the partition and runs it from where it is.
func (b *branchBed) resumed(epoch codec.Epoch) (*Actor, func() error) {
	b.t.Helper()
	a, err := b.open(epoch)
	if err != nil {
		b.t.Fatal(err)
	}
	return a, run(b.t, a, time.Duration(a.Clock())*time.Second/codec.TicksPerSecond)
}

// prepare takes a fork, lets the player walk on, and holds the partition before a
// boundary at which it is to go back.
func (b *branchBed) prepare(a *Actor, g *gateway) (o codec.Rollback) {
	t := b.t
	t.Helper()
	ahead := func(ticks codec.Tick) codec.Cut {
		now, err := a.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if now.Tick += ticks; uint32(now.Tick) >= a.core.Rules().RoundTicks {
			now = codec.Cut{Round: now.Round + 1, Tick: ticks}
		}
		return now
	}
	o.To = ahead(5)
	var err error
	if o.State, err = a.Fork(t.Context(), "f", o.To); err != nil {
		t.Fatal(err)
	}
	play(t, a, g, 5, 6)
	if err := a.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for yes := false; !yes && err == nil; time.Sleep(5 * time.Millisecond) { // until a record is durable
		yes, err = a.Settled(t.Context())
	}
	o.At = ahead(8)
	if err := errors.Join(err, a.Hold(t.Context(), "f", o)); err != nil {
		t.Fatal(err)
	}
	return o
}

// player is where player 5 stands.
func player5(c *partition.Core) (p partition.PlayerState) {
	c.EachPlayer(nil, func(s partition.PlayerState) {
		if s.ID == 5 {
			p = s
		}
	})
	return p
}

// TestRollBack: an order is obeyed at its boundary by a partition that was held
// for it, or by the one that follows it after a stop, and replays agree. Positions
// go back; sequences do not.
func TestRollBack(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(b *branchBed, a *Actor, o codec.Rollback, stop func() error) *Actor
	}{
		{"at once", func(b *branchBed, a *Actor, o codec.Rollback, stop func() error) *Actor {
			if err := a.RollBack(t.Context()); err != nil {
				t.Fatal(err)
			}
			play(t, a, newGateway(), 5, 1)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			return a
		}},
		{"after a stop before the boundary", func(b *branchBed, a *Actor, o codec.Rollback, stop func() error) *Actor {
			time.Sleep(400 * time.Millisecond) // it stands before the boundary
			if now, err := a.Now(t.Context()); err != nil || now != (codec.Cut{Round: o.At.Round, Tick: o.At.Tick - 1}) {
				t.Errorf("held before %v it is at %v, %v", o.At, now, err)
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			again, stop := b.resumed(11)
			if err := again.Passed(t.Context(), o.At); err != nil {
				t.Fatal(err)
			}
			play(t, again, newGateway(), 5, 1)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			return again
		}},
		{"after a crash that lost the boundary", func(b *branchBed, a *Actor, o codec.Rollback, stop func() error) *Actor {
			if err := a.RollBack(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			b.truncate(o.At)
			again, stop := b.resumed(11)
			if err := again.Passed(t.Context(), o.At); err != nil {
				t.Fatal(err)
			}
			play(t, again, newGateway(), 5, 1)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			return again
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &branchBed{newBed(t), new(heap), []codec.Rollback{}}
			a, err := b.open(10)
			if err != nil {
				t.Fatal(err)
			}
			stop := run(t, a, 0)
			g := newGateway()
			play(t, a, g, 5, 3)
			o := b.prepare(a, g)
			b.orders = append(b.orders, o)
			a = c.do(b, a, o, stop)
			b.wentBack(a, o)
		})
	}
}

// wentBack holds that the journal rolls back as ordered, and that one which differs from the orders is refused.
func (b *branchBed) wentBack(a *Actor, o codec.Rollback) {
	t := b.t
	t.Helper()
	cfg := b.config(1)
	cfg.From, cfg.Rollbacks = 1, b.orders
	r := cfg.replay()
	r.Release = nil
	h, err := Replay(t.Context(), r)
	if err != nil || h.Core.Hash() != a.core.Hash() {
		t.Fatalf("replay: %v", err)
	}
	r.To = o.At
	back, err := Replay(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	r.To = o.To
	was, err := Replay(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if p, q := player5(back.Core), player5(was.Core); p.Node != q.Node || p.Seq != q.Seq+6 {
		t.Errorf("after the rollback the player is %+v, it was %+v", p, q)
	}
	if p := player5(h.Core); p.Seq != player5(was.Core).Seq+7 {
		t.Errorf("after one more move it is %+v", p)
	}
	r.To, r.Rollbacks = codec.Cut{}, []codec.Rollback{}
	if _, err := Replay(t.Context(), r); !errors.Is(err, ErrRollback) {
		t.Errorf("a rollback that nobody ordered: %v", err)
	}
	r.Rollbacks = []codec.Rollback{{At: o.At, To: o.To, State: o.State + 1}}
	if _, err := Replay(t.Context(), r); !errors.Is(err, ErrRollback) {
		t.Errorf("another rollback than was ordered: %v", err)
	}
	o.At.Tick++
	r.Rollbacks = append(b.orders, o)
	if _, err := Replay(t.Context(), r); !errors.Is(err, ErrRollback) {
		t.Errorf("an order that was not obeyed: %v", err)
	}
}

// truncate takes a tick and all after it off the journal.
func (b *branchBed) truncate(at codec.Cut) {
	b.journal.mu.Lock()
	defer b.journal.mu.Unlock()
	for round := range b.journal.rounds {
		if round > at.Round {
			delete(b.journal.rounds, round)
		}
	}
	for i, record := range b.journal.rounds[at.Round] {
		h, body, err := codec.ParseRecord(record)
		if err != nil {
			b.t.Fatal(err)
		}
		if _, last, _, err := codec.ParseTicks(body); h.Kind == codec.RecordTicks && err == nil && last >= at.Tick {
			b.journal.rounds[at.Round] = b.journal.rounds[at.Round][:i]
			return
		}
	}
}

// TestLetGo: until the order is written nothing has happened.
func TestLetGo(t *testing.T) {
	b := &branchBed{newBed(t), new(heap), []codec.Rollback{}}
	a, err := b.open(10)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, a, 0)
	g := newGateway()
	play(t, a, g, 5, 3)
	o := b.prepare(a, g)
	if err := a.Hold(t.Context(), "f", o); !errors.Is(err, ErrBusy) {
		t.Errorf("held twice: %v", err)
	}
	if err := a.Settle(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("settle while held: %v", err)
	}
	if err := a.LetGo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Passed(t.Context(), o.At); err != nil {
		t.Fatal(err)
	}
	now, err := a.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	next := o
	next.At = codec.Cut{Round: now.Round, Tick: now.Tick + 1}
	if err := a.Hold(t.Context(), "f", next); !errors.Is(err, ErrPassed) {
		t.Errorf("held before the very next boundary: %v", err)
	}
	next.At.Round++
	if err := a.Hold(t.Context(), "g", next); !errors.Is(err, ErrNoFork) {
		t.Errorf("no such fork: %v", err)
	}
	next.State++
	if err := a.Hold(t.Context(), "f", next); !errors.Is(err, ErrNoFork) {
		t.Errorf("another state: %v", err)
	}
	play(t, a, g, 5, 1)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if h, err := b.replay(1, nil); err != nil || player5(h.Core).Seq != 10 {
		t.Errorf("%v, the player is %+v", err, player5(h.Core))
	}
	b.orders = append(b.orders, o)
	if _, err := b.open(11); !errors.Is(err, ErrRollback) {
		t.Errorf("a partition that has gone on although it was ordered back is opened: %v", err)
	}
}

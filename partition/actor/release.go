package actor

import (
	"context"
	"fmt"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// release lets out what a record held back, now that it is durable (I3).
func (a *Actor) release(ctx context.Context, s *slot) error {
	if s.err != nil {
		return s.err
	}
	a.ring.give()
	g := codec.Group{
		Durable: codec.Durable{
			Partition: a.cfg.Partition, Epoch: a.cfg.Epoch, Index: s.at, Tick: s.last, State: s.state,
		},
	}
	a.durable.set(codec.Watermark{Partition: a.cfg.Partition, Index: s.at, State: s.state, Chain: s.chain})
	a.cfg.Metrics.released(s.moves, a.cfg.Nanotime()-s.closedAt)
	a.released, a.durableClock = codec.Cut{Round: s.at.Round, Tick: s.last}, s.clock
	a.handOver(s.at)
	if err := a.keepBack(s.frames); err != nil {
		return err
	}
	g.Frames = public(s.frames)
	a.offerCut()
	a.tell(&g)
	if err := a.post(); err != nil {
		return err
	}
	for _, j := range s.joining {
		a.admit(j, &g)
	}
	a.endErrands()
	return a.cfg.Outlet.Release(ctx, g)
}

// keepBack keeps the record's weight changes for later subscribers, and tells
// the coordinator of cuts what is for it; letters wait in a.mail.
func (a *Actor) keepBack(frames []byte) error {
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			return fmt.Errorf("read back the outbox of partition %d: %w", a.cfg.Partition, err)
		}
		frame := frames[:len(frames)-len(rest)]
		frames = rest
		if typ == codec.TypePrepared && a.cfg.Cuts != nil {
			f, err := codec.ParsePrepared(payload)
			if err != nil {
				return fmt.Errorf("read back the outbox of partition %d: %w", a.cfg.Partition, err)
			}
			a.cfg.Cuts.hold(f)
		}
		if _, private := address(typ, payload); private {
			a.mail = append(a.mail, frame...)
		}
		if typ != codec.TypeDelta {
			continue
		}
		d, err := codec.ParseDelta(payload)
		if err == nil {
			err = a.deltas.Append(d)
		}
		if err != nil {
			return fmt.Errorf("log delta %d of partition %d: %w", d.Seq, a.cfg.Partition, err)
		}
		a.cfg.Metrics.Deltas.Inc()
	}
	return nil
}

// tell sends a group to every subscriber; one that cannot take it is gone.
func (a *Actor) tell(g *codec.Group) {
	a.out = append(g.Durable.Append(usual(a.out)), g.Frames...)
	a.peers = slices.DeleteFunc(a.peers, func(p codec.Peer) bool { return !p.Send(a.out) })
}

// admit gives a new subscriber the view as of the record and lets it follow.
func (a *Actor) admit(j joining, g *codec.Group) {
	b := g.Durable.Append(nil)
	b = append(b, j.view...)
	b = a.deltas.AppendReplay(b, j.from, g.Durable.Index.Round, g.Durable.Tick)
	if j.peer.Send(b) {
		a.peers = append(a.peers, j.peer)
	}
}

// without is the slice less what drop says, in place.
func without[T any](s []T, drop func(T) bool) []T { return slices.DeleteFunc(s, drop) }

package actor

import (
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// serve takes one batch: every frame is applied and answered in its order.
func (a *Actor) serve(b *codec.Batch) {
	if b.Closed {
		a.forget(b.Peer)
		return
	}
	frames := b.Frames
	for len(frames) > 0 {
		n, err := codec.Whole(frames[:min(len(frames), len(a.core.Arena.Mailbox))])
		if n == 0 {
			a.refuse(b.Peer, fmt.Errorf("a batch with half a frame: %w", err))
			break
		}
		copy(a.core.Arena.Mailbox[:], frames[:n])
		frames = frames[n:]
		if len(frames) == 0 {
			b.Peer.Recycle(b.Frames) // the reader goes on while the copy is worked on
		}
		if !a.answer(b, a.core.Arena.Mailbox[:n]) {
			break
		}
	}
}

// answer works through frames in the mailbox. False: the peer is refused.
func (a *Actor) answer(b *codec.Batch, frames []byte) bool {
	replies := a.core.Arena.Replies[:0]
	moves := 0
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err == nil {
			replies, err = a.apply(b.Peer, typ, payload, replies)
		}
		if err != nil {
			a.refuse(b.Peer, err)
			return false
		}
		if typ == codec.TypeMove {
			moves++
		}
		frames = rest
		if len(frames) == 0 || len(replies) > cap(replies)-codec.ReplyLen {
			b.Peer.Send(replies)
			a.cfg.Metrics.residence(moves, a.cfg.Nanotime()-b.ReadAt)
			replies, moves = replies[:0], 0
		}
	}
	return true
}

// apply steps one frame's input and appends its answer.
func (a *Actor) apply(peer codec.Peer, typ codec.Type, payload, replies []byte) ([]byte, error) {
	switch typ {
	case codec.TypeMove:
		m, err := codec.ParseMove(payload)
		if err != nil {
			return replies, err
		}
		a.in = codec.Input{Kind: codec.InputMove, Player: m.Player, Seq: m.Seq, Edge: m.Edge}
		return a.core.Reply(m.Player, m.Seq, a.step()).Append(replies), nil
	case codec.TypeJoin:
		j, err := codec.ParseJoin(payload)
		if err != nil {
			return replies, err
		}
		a.in = codec.Input{Kind: codec.InputJoin, Player: j.Player, Name: j.Name, Goal: j.Goal}
		return a.core.Joined(j.Player, a.step(), false).Append(replies), nil
	case codec.TypeLeave:
		l, err := codec.ParseLeave(payload)
		if err != nil {
			return replies, err
		}
		a.in = codec.Input{Kind: codec.InputLeave, Player: l.Player}
		return a.core.Joined(l.Player, a.step(), true).Append(replies), nil
	case codec.TypeSubscribe:
		s, err := codec.ParseSubscribe(payload)
		if err != nil {
			return replies, err
		}
		return replies, a.subscribe(peer, s.From)
	}
	return replies, codec.ErrType
}

// step applies a.in, if the record and the journal have room, and drafts it.
func (a *Actor) step() codec.Code {
	code := codec.CodeNotNow
	if a.draft.room() && a.ring.free() > roundSlots {
		code = a.core.Step(&a.in)
	}
	if code == codec.CodeOK {
		a.draft.add(&a.in)
	}
	a.cfg.Metrics.count(a.in.Kind, code)
	return code
}

// subscribe lets the peer follow from the next record on.
func (a *Actor) subscribe(peer codec.Peer, from codec.DeltaSeq) error {
	if len(a.peers)+len(a.waiting) >= maxPeers {
		return fmt.Errorf("partition %d has %d subscribers, the most it takes", a.cfg.Partition, maxPeers)
	}
	a.forget(peer)
	a.waiting = append(a.waiting, joining{peer: peer, from: from})
	return nil
}

// forget takes a peer out of every list.
func (a *Actor) forget(peer codec.Peer) {
	same := func(j joining) bool { return j.peer == peer }
	a.peers = without(a.peers, func(p codec.Peer) bool { return p == peer })
	a.waiting = without(a.waiting, same)
	for i := range a.ring.slots {
		a.ring.slots[i].joining = without(a.ring.slots[i].joining, same)
	}
}

// refuse tells a peer what was wrong with its frames, as the last thing.
func (a *Actor) refuse(peer codec.Peer, err error) {
	a.cfg.Metrics.Refused.Inc()
	a.cfg.Log.Warn("refused a peer's frames", "partition", a.cfg.Partition, "err", err)
	peer.Send(codec.Error{Code: codec.ErrorProtocol, Text: err.Error()}.Append(nil))
	a.forget(peer)
}

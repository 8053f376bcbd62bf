package actor

import (
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// reading is a run of moves in hand that one read of a stream brought.
type reading struct {
	moves int
	at    int64
}

// drain takes all batches that are in the mailbox by now, and sends the replies
// at the end: what came together leaves together.
func (a *Actor) drain(first *codec.Batch) {
	more := len(a.mailbox)
	a.serve(first)
	for range more { // nobody else receives: they are there
		b := <-a.mailbox
		a.serve(&b)
	}
	a.flush()
}

// serve takes one batch: every frame is applied and answered in its order.
func (a *Actor) serve(b *codec.Batch) {
	if b.Closed {
		a.flush()
		a.peer = nil
		a.forget(b.Peer)
		return
	}
	if b.Peer != a.peer {
		a.flush()
		a.peer = b.Peer
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
	moves := 0
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err == nil {
			a.replies, err = a.apply(b.Peer, typ, payload, a.replies)
		}
		if err != nil {
			a.read = append(a.read, reading{moves, b.ReadAt})
			a.refuse(b.Peer, err)
			return false
		}
		if typ == codec.TypeMove {
			moves++
		}
		frames = rest
		if len(a.replies) > len(a.core.Arena.Replies)-codec.MaxFrame {
			a.read = append(a.read, reading{moves, b.ReadAt})
			moves = 0
			a.flush()
		}
	}
	a.read = append(a.read, reading{moves, b.ReadAt})
	return true
}

// flush sends the replies in hand.
func (a *Actor) flush() {
	if len(a.replies) > 0 {
		a.peer.Send(a.replies)
		a.replies = a.replies[:0]
	}
	if len(a.read) == 0 {
		return
	}
	moves, now := 0, a.cfg.Nanotime()
	for _, r := range a.read {
		a.cfg.Metrics.Residence.Observe(now-r.at, r.moves)
		moves += r.moves
	}
	a.read = a.read[:0]
	a.share(moves)
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
	case codec.TypePresent:
		p, err := codec.ParsePresent(payload)
		if in, here := a.core.Present(p.Player); err == nil && here {
			a.in = in
			a.step()
		}
		return replies, err
	case codec.TypeWeight:
		s, err := codec.ParseSetWeight(payload)
		if err != nil {
			return replies, err
		}
		a.in = codec.Input{Kind: codec.InputWeight, Edge: s.Edge, Weight: s.Weight}
		return a.core.Weighed(s.Key, a.step()).Append(replies), nil
	case codec.TypeAsk:
		q, err := codec.ParseAsk(payload)
		if err != nil {
			return replies, err
		}
		return a.core.Way(q).Append(replies), nil
	case codec.TypeBorder:
		f, err := codec.ParseBorder(payload)
		if err != nil {
			return replies, err
		}
		a.hearCut(codec.Input{Kind: codec.InputBorder, Cut: f.Cut, Goal: f.Goal, First: f.First, Reaches: f.Reaches})
		return replies, nil
	case codec.TypePrepare:
		f, err := codec.ParsePrepare(payload)
		if err != nil {
			return replies, err
		}
		a.hearCut(codec.Input{Kind: codec.InputPrepared, Cut: f.Cut})
		return replies, nil
	case codec.TypeSwitch:
		f, err := codec.ParseSwitch(payload)
		if err != nil {
			return replies, err
		}
		a.hearCut(codec.Input{Kind: codec.InputSwitched, Cut: f.Cut, Next: f.Next})
		return replies, nil
	case codec.TypeSubscribe:
		s, err := codec.ParseSubscribe(payload)
		if err != nil {
			return replies, err
		}
		return replies, a.subscribe(peer, s.From)
	case codec.TypeArrive, codec.TypeArrived:
		if _, neighbour := peer.(*letterbox); neighbour {
			return replies, a.letter(typ, payload)
		}
	}
	return replies, codec.ErrType
}

// step applies a.in, if the record and the journal have room, and drafts it.
func (a *Actor) step() codec.Code {
	code := codec.CodeNotNow
	if a.draft.room() && !a.draft.tight && a.room() && !a.held() {
		if a.core.Repeats(&a.in) {
			a.cfg.Metrics.Repeats.Inc()
			return codec.CodeOK
		}
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
	a.flush() // what was answered before
	a.cfg.Metrics.Refused.Inc()
	a.cfg.Log.Warn("refused a peer's frames", "partition", a.cfg.Partition, "err", err)
	peer.Send(codec.Error{Code: codec.ErrorProtocol, Text: err.Error()}.Append(nil))
	a.forget(peer)
}

package rig

import (
	"context"
	"maps"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// Ring is how many nodes a partition's world has. Edge e leads from node e to
// the next one, and from the last to the first.
const Ring = 16

// baseWeight is every edge's; each move adds one to its edge's weight.
const baseWeight = 408

// TreasureStep is the distance of treasures: every fourth node of a ring has one.
const TreasureStep = 4

// Partition is a small partition that follows the frames' contract. Its own
// goroutine owns everything below ops.
type Partition struct {
	id  codec.PartitionID
	ops chan func()

	burst     int // moves of a player between two commits; 0: any number
	held      bool
	epoch     codec.Epoch
	tick      codec.Tick
	index     uint64
	round     codec.Round
	players   map[codec.PlayerID]*player
	weights   map[codec.EdgeID]codec.Weight
	seq       codec.DeltaSeq
	treasures map[codec.TreasureID]codec.NodeID
	outbox    []byte
	peers     []codec.Peer
	joining   []codec.Peer
	skip      bool // the next delta's sequence, to make a gap
}

type player struct {
	node  codec.NodeID
	last  codec.MoveSeq
	moves int // since the last commit
	name  codec.Name
}

func newPartition(id codec.PartitionID, epoch codec.Epoch) *Partition {
	p := &Partition{
		id: id, ops: make(chan func()), epoch: epoch, round: 1,
		players:   map[codec.PlayerID]*player{},
		weights:   map[codec.EdgeID]codec.Weight{},
		treasures: map[codec.TreasureID]codec.NodeID{},
	}
	for i := TreasureStep; i < Ring; i += TreasureStep {
		p.treasures[codec.TreasureID(int(id)*Ring+i)] = p.node(i)
	}
	return p
}

func (p *Partition) node(i int) codec.NodeID { return codec.NodeID(int(p.id)*Ring + i%Ring) }

func (p *Partition) run(ctx context.Context) {
	for {
		select {
		case op := <-p.ops:
			op()
		case <-ctx.Done():
			return
		}
	}
}

// do runs op in the partition's goroutine and waits for it.
func (p *Partition) do(ctx context.Context, op func()) error {
	done := make(chan struct{})
	select {
	case p.ops <- func() { op(); close(done) }:
		<-done
		return nil
	case <-ctx.Done():
		return codec.Error{Code: codec.ErrorStopping, Text: "the rig stops"}
	}
}

// Submit is the engine hop's mailbox.
func (p *Partition) Submit(ctx context.Context, b codec.Batch) error {
	return p.do(ctx, func() {
		if b.Closed {
			gone := func(x codec.Peer) bool { return x == b.Peer }
			p.peers = slices.DeleteFunc(p.peers, gone)
			p.joining = slices.DeleteFunc(p.joining, gone)
			return
		}
		var out []byte
		for rest := b.Frames; len(rest) > 0; {
			t, payload, next, err := codec.Next(rest)
			if err != nil {
				break
			}
			out = p.frame(b.Peer, t, payload, out)
			rest = next
		}
		b.Peer.Send(out)
		b.Peer.Recycle(b.Frames)
		if !p.held {
			p.commit()
		}
	})
}

func (p *Partition) frame(from codec.Peer, t codec.Type, payload, out []byte) []byte {
	switch t {
	case codec.TypeJoin:
		j, _ := codec.ParseJoin(payload)
		if p.players[j.Player] == nil {
			p.players[j.Player] = &player{node: p.node(0), name: j.Name}
			p.event(codec.Event{Kind: codec.EventPlayerJoined, Player: j.Player, Node: p.node(0), Name: j.Name})
		}
		return p.joined(j.Player, false).Append(out)
	case codec.TypeLeave:
		l, _ := codec.ParseLeave(payload)
		a := p.joined(l.Player, true)
		delete(p.players, l.Player)
		p.event(codec.Event{Kind: codec.EventPlayerLeft, Player: l.Player})
		return a.Append(out)
	case codec.TypeMove:
		m, _ := codec.ParseMove(payload)
		return p.move(m).Append(out)
	case codec.TypeAsk:
		q, _ := codec.ParseAsk(payload)
		return p.way(q).Append(out)
	case codec.TypeSubscribe:
		p.joining = append(p.joining, from)
	}
	return out
}

func (p *Partition) joined(id codec.PlayerID, left bool) codec.Joined {
	x := p.players[id]
	if x == nil {
		return codec.Joined{Player: id, Code: codec.CodeUnknownPlayer, Left: left, Node: codec.NoNode, Hint: codec.NoHint(p.tick)}
	}
	return codec.Joined{Player: id, Left: left, Last: x.last, Round: p.round, Tick: p.tick, Node: x.node, Hint: p.hint(x.node)}
}

func (p *Partition) move(m codec.Move) codec.Reply {
	r := codec.Reply{Player: m.Player, Seq: m.Seq, Round: p.round, Tick: p.tick, Node: codec.NoNode, Hint: codec.NoHint(p.tick)}
	x := p.players[m.Player]
	if x == nil {
		r.Code = codec.CodeUnknownPlayer
		return r
	}
	switch {
	case m.Seq <= x.last:
		r.Code = codec.CodeStale
	case m.Seq > x.last+1:
		r.Code = codec.CodeSkipped
	case uint32(m.Edge) != uint32(x.node):
		r.Code = codec.CodeNoSuchEdge
	case p.burst > 0 && x.moves >= p.burst:
		r.Code = codec.CodeTooFast
	default:
		x.last, x.node = m.Seq, p.node(int(x.node)+1)
		x.moves++
		p.arrive(m.Player, x, m.Edge)
	}
	r.Last, r.Node, r.Hint = x.last, x.node, p.hint(x.node)
	return r
}

func (p *Partition) arrive(id codec.PlayerID, x *player, edge codec.EdgeID) {
	p.event(codec.Event{Kind: codec.EventPlayerMoved, Player: id, Node: x.node})
	p.seq++
	if p.skip {
		p.seq, p.skip = p.seq+1, false
	}
	w, there := p.weights[edge]
	if !there {
		w = baseWeight
	}
	p.weights[edge] = w + 1
	p.outbox = codec.Delta{Seq: p.seq, Edge: edge, Weight: w + 1, Round: p.round, Tick: p.tick}.Append(p.outbox)
	for t, at := range p.treasures {
		if at == x.node {
			delete(p.treasures, t)
			p.outbox = codec.Grant{Player: id, Treasure: t, Round: p.round, Tick: p.tick, Node: at, Name: x.name}.Append(p.outbox)
		}
	}
}

// hint leads on along the ring as long as there is a treasure.
func (p *Partition) hint(at codec.NodeID) codec.Hint {
	for d := 1; d <= Ring; d++ {
		for t, node := range p.treasures {
			if node == p.node(int(at)+d) {
				return codec.Hint{Edge: codec.EdgeID(at), Node: p.node(int(at) + 1), Distance: codec.Distance(d * baseWeight), CutTick: p.tick, Treasure: t}
			}
		}
	}
	return codec.NoHint(p.tick)
}

// WayPiece is how many edges a piece of a way has at the most.
const WayPiece = 2

// way is a piece of the way that hints lead along, as of the last of the cuts
// that come every ten ticks.
func (p *Partition) way(q codec.Ask) codec.Way {
	w := codec.Way{ID: q.ID, Cut: codec.Cut{Round: p.round, Tick: p.tick / 10 * 10}, Node: q.Node, Next: q.Node, Partition: p.id}
	if int(q.Node)/Ring != int(p.id) {
		w.Code, w.Distance = codec.CodeNoSuchNode, codec.Unreachable
		return w
	}
	w.Distance = p.hint(q.Node).Distance
	if w.Distance == codec.Unreachable {
		return w
	}
	steps := int(w.Distance) / baseWeight
	for range min(steps, WayPiece) {
		w.Add(codec.EdgeID(w.Next))
		w.Next = p.node(int(w.Next) + 1)
	}
	w.More = steps > WayPiece
	return w
}

func (p *Partition) event(e codec.Event) {
	e.Round, e.Tick = p.round, p.tick
	p.outbox = e.Append(p.outbox)
}

// commit makes all that was applied durable and releases it.
func (p *Partition) commit() {
	p.index++
	group := codec.Durable{Partition: p.id, Epoch: p.epoch, Index: codec.Index{Round: p.round, Seq: p.index}, Tick: p.tick, State: p.index}.Append(nil)
	for _, peer := range p.joining {
		peer.Send(p.view(slices.Clone(group)))
	}
	group = append(group, p.outbox...)
	for _, peer := range p.peers {
		peer.Send(group)
	}
	p.peers = append(p.peers, p.joining...)
	p.joining, p.outbox = nil, nil
	p.tick++
	for _, x := range p.players {
		x.moves = 0
	}
}

// view is the answer to a subscription, always a snapshot.
func (p *Partition) view(b []byte) []byte {
	at := codec.Event{Round: p.round, Tick: p.tick}
	event := func(e codec.Event) { e.Round, e.Tick = at.Round, at.Tick; b = e.Append(b) }
	event(codec.Event{Kind: codec.EventRoundStarted})
	for _, t := range slices.Sorted(maps.Keys(p.treasures)) {
		event(codec.Event{Kind: codec.EventTreasureOpened, Treasure: t, Node: p.treasures[t]})
	}
	for id, x := range p.players {
		event(codec.Event{Kind: codec.EventPlayerJoined, Player: id, Node: x.node, Name: x.name})
	}
	event(codec.Event{Kind: codec.EventDeltasFollow, Resume: codec.ResumeSnapshot, Value: uint64(p.seq)})
	for edge, w := range p.weights {
		b = codec.Delta{Seq: p.seq, Edge: edge, Weight: w, Round: p.round, Tick: p.tick}.Append(b)
	}
	event(codec.Event{Kind: codec.EventDeltasEnd, Value: uint64(p.seq)})
	return b
}

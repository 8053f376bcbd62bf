package sim

import "github.com/huntgraph/huntgraph/codec"

// client is a player, as a gateway and a browser play it together: one request
// at a time, again with the same sequence when no answer comes, and looking for
// itself when nobody knows it.
type client struct {
	h      *hunt
	id     codec.PlayerID
	goal   codec.GoalID
	joined bool
	at     codec.PartitionID // where it is believed to be
	node   codec.NodeID
	seq    codec.MoveSeq // the last one applied, as far as known
	hint   codec.EdgeID

	waits bool // for an answer
	asked int64
	sent  codec.Move

	receipts []receipt
}

// receipt is a move that was answered and is not known to be durable.
type receipt struct {
	p     codec.PartitionID
	epoch codec.Epoch
	cut   codec.Cut // the tick that it belongs to
	seq   codec.MoveSeq
	node  codec.NodeID // where it led
}

// act asks for something, unless an answer is to come.
func (c *client) act() {
	if c.waits && c.h.now < c.asked+patience {
		return
	}
	c.waits, c.asked = true, c.h.now
	switch {
	case !c.joined:
		c.ask(codec.Join{Player: c.id, Name: codec.NameOf("p"), Goal: c.goal}.Append(nil))
	case c.h.rng.IntN(60) == 0:
		c.ask(codec.Leave{Player: c.id}.Append(nil))
	default:
		c.move()
	}
}

func (c *client) move() {
	h := c.h
	if c.sent.Seq != c.seq+1 || h.land.tail(c.sent.Edge) != c.node || h.rng.IntN(4) == 0 {
		lo, hi := h.land.out(c.node)
		edge := codec.EdgeID(lo + h.rng.Uint32N(hi-lo))
		if c.hint != codec.NoEdge && h.rng.IntN(10) < 7 {
			edge = c.hint
		}
		c.sent = codec.Move{Player: c.id, Seq: c.seq + 1, Edge: edge}
	}
	m := c.sent
	if h.rng.IntN(30) == 0 {
		m.Seq += codec.MoveSeq(h.rng.IntN(3)) - 1
	}
	c.ask(m.Append(nil))
}

func (c *client) ask(frame []byte) { c.h.deliver(c.at, frame, c.hear) }

// hear takes answers, of which some are to what it asked long ago.
func (c *client) hear(o *owner, frames []byte) {
	c.h.frames(frames, func(typ codec.Type, payload, _ []byte) {
		switch typ {
		case codec.TypeReply:
			r, _ := codec.ParseReply(payload)
			c.replied(o, &r)
		case codec.TypeJoined:
			j, _ := codec.ParseJoined(payload)
			c.welcomed(&j)
		}
	})
}

func (c *client) replied(o *owner, r *codec.Reply) {
	c.h.note('r', uint64(r.Player), uint64(r.Seq), uint64(r.Code), uint64(r.Tick), uint64(r.Node), uint64(r.Hint.Distance))
	if r.Node != codec.NoNode {
		c.h.judge.led(codec.Cut{Round: r.Round, Tick: r.Hint.CutTick}, r.Hint, r.Node)
	}
	if !c.waits || r.Seq != c.sent.Seq {
		return
	}
	c.waits = false
	switch r.Code {
	case codec.CodeOK:
		c.receipts = append(c.receipts, receipt{o.p, o.epoch, codec.Cut{Round: r.Round, Tick: r.Tick}, r.Seq, r.Node})
		c.stand(r.Last, r.Node, r.Hint.Edge)
	case codec.CodeStale, codec.CodeSkipped, codec.CodeNoSuchEdge: // of the last, a rollback is the cause
		c.stand(r.Last, r.Node, codec.NoEdge)
	case codec.CodeUnknownPlayer:
		c.joined = false
	case codec.CodeAway:
		c.seek(r.Node)
	default:
		c.hint, c.sent.Seq = codec.NoEdge, 0 // another edge, then
	}
}

func (c *client) welcomed(j *codec.Joined) {
	c.h.note('j', uint64(j.Player), uint64(j.Code), uint64(j.Last), uint64(j.Node))
	if !c.waits {
		return
	}
	c.waits = false
	switch {
	case j.Left:
		c.joined, c.at = false, c.h.home(c.id)
	case j.Code == codec.CodeOK:
		c.joined = true
		c.stand(j.Last, j.Node, j.Hint.Edge)
	default:
		c.seek(j.Node)
	}
}

// stand is where the player is now, though its own partition may only just hear of it.
func (c *client) stand(seq codec.MoveSeq, node codec.NodeID, hint codec.EdgeID) {
	if node == codec.NoNode {
		c.seek(node)
		return
	}
	c.seq, c.node, c.hint, c.at = seq, node, hint, c.h.land.owner(node)
}

// seek looks for the player where it may be, or in one partition after the other.
func (c *client) seek(node codec.NodeID) {
	c.joined = false
	if node != codec.NoNode {
		c.at = c.h.land.owner(node)
		return
	}
	c.at = (c.at + 1) % codec.PartitionID(c.h.land.partitions())
}

// durable settles the receipts of a partition's epoch up to a tick.
func (c *client) durable(d *codec.Durable) {
	kept := c.receipts[:0]
	for _, r := range c.receipts {
		switch {
		case r.p != d.Partition || r.epoch > d.Epoch:
			kept = append(kept, r)
		case r.epoch < d.Epoch: // that owner is gone, and nobody knows
		case r.cut.Compare(codec.Cut{Round: d.Index.Round, Tick: d.Tick}) <= 0:
			c.h.judge.promised(c.id, r.seq, r.node)
		default:
			kept = append(kept, r)
		}
	}
	c.receipts = kept
}

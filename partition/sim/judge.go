package sim

import (
	"crypto/sha256"

	"github.com/huntgraph/huntgraph/codec"
)

// judge sees what goes into the journals and what comes out of the partitions,
// and holds it to the invariants by a model of its own.
type judge struct {
	h       *hunt
	ledgers []ledger
	players map[codec.PlayerID]*player
	moves   map[move]bool
	hands   map[handID]*hand

	grants map[treasureID]codec.Grant
	opened map[codec.Round][]codec.Event // in the order in which they were heard of first
	known  map[treasureID]bool           // which of them
	truths map[codec.Cut]*truth
}

// ledger is what is known of a partition's journal and of what it released.
type ledger struct {
	last   codec.Index // of the last record that the journal took
	chain  codec.Hash
	epoch  codec.Epoch
	tick   codec.Tick
	states map[codec.Index]uint64
	given  []codec.Hand                                  // by partition: hand-offs there
	heard  codec.Index                                   // the last record that was released
	stood  map[codec.Cut]map[codec.PlayerID]codec.NodeID // where its players were, right after each boundary
	deltas []codec.Delta
}

// player is where a player is, by the journals alone.
type player struct {
	away *hand // under way; nil: in p
	p    codec.PartitionID
	node codec.NodeID // NoNode: where it spawned
	seq  codec.MoveSeq
}

type move struct {
	player codec.PlayerID
	seq    codec.MoveSeq
	node   codec.NodeID // where it led
}

type handID struct {
	from, to codec.PartitionID
	hand     codec.Hand
}

type hand struct {
	player codec.PlayerID
	node   codec.NodeID
	seq    codec.MoveSeq
	gone   bool
	taken  bool // the other partition's journal has it
	ended  bool // and this one's the answer
}

type treasureID struct {
	round    codec.Round
	treasure codec.TreasureID
}

func newJudge(h *hunt) *judge {
	j := &judge{
		h: h, ledgers: make([]ledger, h.land.partitions()), players: map[codec.PlayerID]*player{}, moves: map[move]bool{},
		hands: map[handID]*hand{}, grants: map[treasureID]codec.Grant{}, known: map[treasureID]bool{},
		opened: map[codec.Round][]codec.Event{}, truths: map[codec.Cut]*truth{},
	}
	for p := range j.ledgers {
		j.ledgers[p].states = map[codec.Index]uint64{}
		j.ledgers[p].stood = map[codec.Cut]map[codec.PlayerID]codec.NodeID{}
		j.ledgers[p].given = make([]codec.Hand, h.land.partitions())
	}
	return j
}

// heard is the last record of a partition that was released.
func (j *judge) heard(p codec.PartitionID) codec.Index { return j.ledgers[p].heard }

// accepted takes in a record that a journal has stored (I4, I5).
func (j *judge) accepted(p codec.PartitionID, at codec.Index, record []byte) {
	l := &j.ledgers[p]
	h, body, err := codec.ParseRecord(record)
	if err != nil {
		j.h.breaks("I5: partition %d, %v: the record cannot be read: %v", p, at, err)
		return
	}
	j.h.note('a', uint64(p), uint64(at.Round), at.Seq, uint64(h.Epoch), h.State)
	next := codec.Index{Round: l.last.Round, Seq: l.last.Seq + 1}
	switch {
	case h.Partition != p || h.Round != at.Round || at != next && at != codec.Index{Round: l.last.Round + 1, Seq: 1}:
		j.h.breaks("I5: partition %d: a record of partition %d, round %d at %v, the last was %v", p, h.Partition, h.Round, at, l.last)
	case h.Epoch < l.epoch:
		j.h.breaks("I4: partition %d, %v: a record of epoch %d after one of epoch %d", p, at, h.Epoch, l.epoch)
	case h.Prev != l.chain:
		j.h.breaks("I5: partition %d, %v: the record does not name the one before it", p, at)
	}
	l.last, l.epoch, l.chain = at, h.Epoch, sha256.Sum256(record)
	l.states[at] = h.State
	switch h.Kind {
	case codec.RecordBase:
		l.tick = 0
	case codec.RecordTicks:
		j.ticks(p, at, body)
	}
}

// ticks takes in what a tick record holds.
func (j *judge) ticks(p codec.PartitionID, at codec.Index, body []byte) {
	l := &j.ledgers[p]
	first, last, inputs, err := codec.ParseTicks(body)
	if err != nil || first != l.tick+1 {
		j.h.breaks("I5: partition %d, %v: ticks from %d on after tick %d (%v)", p, at, first, l.tick, err)
	}
	var in codec.Input
	for len(inputs) > 0 {
		if inputs, err = codec.ParseInput(inputs, &in); err != nil {
			j.h.breaks("I5: partition %d, %v: an input cannot be read: %v", p, at, err)
			return
		}
		switch in.Kind {
		case codec.InputTicks:
			for range in.Count {
				j.boundary(p, at.Round)
			}
		case codec.InputRolledBack:
			j.wentBack(p, at, in.Cut)
			j.boundary(p, at.Round)
		default:
			j.input(p, at, &in)
		}
	}
	if l.tick != last {
		j.h.breaks("I5: partition %d, %v: the record says that it ends at tick %d, its boundaries at %d", p, at, last, l.tick)
		l.tick = last
	}
}

// released takes in what a record released, at once or again after a crash (I2, I3).
func (j *judge) released(p codec.PartitionID, at codec.Index, state uint64, frames []byte) {
	l := &j.ledgers[p]
	j.h.note('f', uint64(p), uint64(at.Round), at.Seq, state, uint64(len(frames)))
	if stored, there := l.states[at]; !there || stored != state {
		j.h.breaks("I3: partition %d releases %v with state %016x; the journal has %016x (%v)", p, at, state, stored, there)
	}
	if at.Compare(l.heard) > 0 {
		l.heard = at
	}
	j.h.frames(frames, func(typ codec.Type, payload, _ []byte) {
		switch typ {
		case codec.TypeGrant:
			g, _ := codec.ParseGrant(payload)
			j.granted(p, g)
		case codec.TypeDelta:
			d, _ := codec.ParseDelta(payload)
			j.changed(p, d)
		case codec.TypeEvent:
			e, _ := codec.ParseEvent(payload)
			id := treasureID{e.Round, e.Treasure}
			if e.Kind == codec.EventTreasureOpened && !j.known[id] {
				j.known[id] = true
				j.opened[e.Round] = append(j.opened[e.Round], e)
			}
		}
	})
}

// granted holds I2: what is released again is the same grant.
func (j *judge) granted(p codec.PartitionID, g codec.Grant) {
	id := treasureID{g.Round, g.Treasure}
	if was, twice := j.grants[id]; twice && was != g {
		j.h.breaks("I2: partition %d grants treasure %d of round %d to %d at tick %d, and to %d at tick %d",
			p, g.Treasure, g.Round, was.Player, was.Tick, g.Player, g.Tick)
	}
	j.grants[id] = g
}

// changed holds that deltas have no gap, and that one that comes again is the same.
func (j *judge) changed(p codec.PartitionID, d codec.Delta) {
	l := &j.ledgers[p]
	switch n := codec.DeltaSeq(len(l.deltas)); {
	case d.Seq == n+1:
		l.deltas = append(l.deltas, d)
	case d.Seq == 0 || d.Seq > n:
		j.h.breaks("I6: partition %d releases delta %d after %d", p, d.Seq, n)
	case l.deltas[d.Seq-1] != d:
		j.h.breaks("I6: partition %d releases another delta %d than before", p, d.Seq)
	}
}

// promised holds I3 for a move that was called durable to its player.
func (j *judge) promised(id codec.PlayerID, seq codec.MoveSeq, node codec.NodeID) {
	j.h.Promises++
	if !j.moves[move{id, seq, node}] {
		j.h.breaks("I3: move %d of player %d to node %d was called durable, and is in no journal", seq, id, node)
	}
}

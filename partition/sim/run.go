package sim

import (
	"context"
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// mistake is a mistake that a test plants, to see it found.
type mistake uint8

const (
	none          mistake = iota
	mapOrder              // letters leave in the order of a map
	noFence               // the journal does not look at the expected sequence
	lostRecord            // the journal acknowledges a record and does not have it
	eager                 // what a record holds back leaves before it is durable
	tornTail              // the journal keeps the beginning of a record that it was writing
	lateFence             // who takes over at a round's end puts its first record into the round that is over
	earlyBase             // a round's base is begun before the records of the round before are durable
	unlinked              // records under way name their places only, and not what they follow
	carryOn               // of records under way, those behind one that failed count
	earlySnapshot         // a snapshot is stored before its record is durable
	lateSnapshot          // a snapshot is of what the state is when its record is durable
	deaf                  // one partition does not roll back with the others
	mute                  // a rollback does not tell which weights it changed
	unguarded             // a rollback is ordered although a partition got another owner meanwhile
	brimful               // a partition takes inputs until its round's stream is full
)

// Counts says how much a run has seen.
type Counts struct {
	Ticks     int `json:"ticks"`
	Records   int `json:"records"`
	Pipelined int `json:"pipelined"` // of these, begun while the one before was under way
	Moves     int `json:"moves"`     // in the journal
	Promises  int `json:"promises"`
	HandOffs  int `json:"hand_offs"`
	Hints     int `json:"hints"`
	Ways      int `json:"ways"`
	Crashes   int `json:"crashes"`
	Pauses    int `json:"pauses"`
	TakeOvers int `json:"take_overs"`
	Fenced    int `json:"fenced"` // owners that found another's record in their place
	Stalls    int `json:"stalls"`
	Torn      int `json:"torn"`
	Lost      int `json:"lost"` // messages
	Snapshots int `json:"snapshots"`
	MidRound  int `json:"mid_round"` // recoveries from a snapshot of the round under way
	Fallbacks int `json:"fallbacks"` // snapshots that were spoiled, and passed over
	Rollbacks int `json:"rollbacks"`
	Refused   int `json:"refused"` // inputs, while only the round's end had room in the journal
}

// Add sums two counts up.
func (c *Counts) Add(o Counts) {
	to := [...]*int{&c.Ticks, &c.Records, &c.Pipelined, &c.Moves, &c.Promises, &c.HandOffs, &c.Hints, &c.Ways, &c.Crashes, &c.Pauses, &c.TakeOvers, &c.Fenced, &c.Stalls, &c.Torn, &c.Lost, &c.Snapshots, &c.MidRound, &c.Fallbacks, &c.Rollbacks, &c.Refused}
	from := [...]int{o.Ticks, o.Records, o.Pipelined, o.Moves, o.Promises, o.HandOffs, o.Hints, o.Ways, o.Crashes, o.Pauses, o.TakeOvers, o.Fenced, o.Stalls, o.Torn, o.Lost, o.Snapshots, o.MidRound, o.Fallbacks, o.Rollbacks, o.Refused}
	for i := range to {
		*to[i] += from[i]
	}
}

// Result is what a run has found.
type Result struct {
	Seed   uint64
	Trace  uint64   // over all that was stored, released and answered: the same for the same seed
	Broken []string // what does not hold, each with its invariant; at most five
	Counts
}

// Run plays a hunt by a seed.
func Run(seed uint64) Result { return run(seed, none) }

func run(seed uint64, planted mistake) (r Result) {
	h := newHunt(seed, planted)
	defer func() {
		if what := recover(); what != nil { // the core's word for what must not be
			h.breaks("panic: %v", what)
		}
		r = Result{Seed: seed, Trace: h.trace, Broken: h.broken, Counts: h.Counts}
	}()
	for p := range h.seats {
		h.assign(codec.PartitionID(p))
	}
	h.play()
	h.operate()
	h.trouble()
	h.until(troubled)
	h.calm()
	h.until(troubled + playing)
	h.still = true
	h.settle()
	h.judge.weightsWentBack()
	for p := range h.stores {
		if len(h.broken) == 0 {
			h.reread(h.stores[p])
			h.damage(h.stores[p])
		}
	}
	return r
}

// settle waits until nothing is open any more (I11).
func (h *hunt) settle() {
	end := h.now + settling
	from := make([]codec.Cut, len(h.seats)) // all must be led as of a later cut than that
	for p := range from {
		from[p] = codec.Cut{Round: h.judge.ledgers[p].last.Round, Tick: h.judge.ledgers[p].tick}
	}
	for len(h.broken) == 0 {
		h.until(h.now + 7)
		why := h.unsettled(from)
		if why == "" {
			return
		}
		if h.now >= end {
			h.breaks("I11: %d ms after the last fault %s", h.now-troubled, why)
		}
	}
}

// unsettled says what is open, or nothing.
func (h *hunt) unsettled(from []codec.Cut) string {
	for p, s := range h.seats {
		o := s.owner
		switch {
		case o == nil || s.coming != nil:
			return fmt.Sprintf("partition %d has no owner", p)
		case len(s.old) > 0:
			return fmt.Sprintf("an owner before the one of partition %d lives", p)
		case len(o.slots) > 0:
			return fmt.Sprintf("%d records of partition %d are not durable", len(o.slots), p)
		case h.judge.heard(o.p) != h.judge.ledgers[p].last:
			return fmt.Sprintf("partition %d released %v, the journal's last is %v", p, h.judge.heard(o.p), h.judge.ledgers[p].last)
		case h.attempt != nil || o.back.order != (codec.Rollback{}):
			return fmt.Sprintf("partition %d is to roll back", p)
		case o.core.HandOffs() > 0:
			return fmt.Sprintf("%d hand-offs of partition %d are not answered", o.core.HandOffs(), p)
		}
		for goal := range codec.GoalID(3) {
			w := o.core.Way(codec.Ask{Node: h.land.parts[p], Goal: goal})
			if !h.judge.way(goal, w) || w.Cut.Compare(from[p]) <= 0 {
				return fmt.Sprintf("partition %d leads to goal %d as of %v (%v)", p, goal, w.Cut, w.Code)
			}
		}
	}
	for _, c := range h.clients {
		switch {
		case len(c.receipts) > 0:
			return fmt.Sprintf("player %d does not know what became of %d moves", c.id, len(c.receipts))
		case !c.joined:
			return fmt.Sprintf("player %d finds itself nowhere", c.id)
		}
	}
	return ""
}

// durableMark is the last record that was released: the journal must have it.
func (h *hunt) durableMark(p codec.PartitionID) []codec.Watermark {
	return []codec.Watermark{*h.seats[p].durable}
}

// replay rebuilds a partition from a journal.
func (h *hunt) replay(st *store, from codec.Round, marks []codec.Watermark) (actor.History, error) {
	cfg := h.replaying(st)
	cfg.From, cfg.Marks = from, marks
	return actor.Replay(context.Background(), cfg)
}

// reread holds I1 and I3 at the end: the whole journal, and the last round alone,
// rebuild the state of the last record, and the journal holds all that it took.
func (h *hunt) reread(st *store) {
	l := &h.judge.ledgers[st.p]
	for _, from := range []codec.Round{1, 0} {
		found, err := h.replay(st, from, h.durableMark(st.p))
		switch {
		case err != nil:
			h.breaks("I1: %v", err)
		case found.Last.Index != l.last || found.Last.Chain != l.chain || found.Core.Hash() != l.states[l.last]:
			h.breaks("I3: partition %d: the journal ends at %v with state %016x; it took %v with %016x",
				st.p, found.Last.Index, found.Core.Hash(), l.last, l.states[l.last])
		case from == 1 && found.Records != len(l.states):
			h.breaks("I3: partition %d: the journal holds %d records, and took %d", st.p, found.Records, len(l.states))
		default:
			if err := found.Core.CheckHash(); err != nil {
				h.breaks("I1: partition %d: %v", st.p, err)
			}
			h.note('e', uint64(st.p), found.Core.Hash())
		}
	}
}

// damage holds I5: one record of the journal is changed, cut, dropped, or swapped
// with the next, and a replay must refuse it.
func (h *hunt) damage(st *store) {
	c := st.copy()
	s := c.streams[h.rng.IntN(len(c.streams))]
	if len(s.records) == 0 {
		return // the next round's
	}
	i := h.rng.IntN(len(s.records))
	kind := h.rng.IntN(4)
	switch record := s.records[i]; kind {
	case 0:
		flipped := append([]byte(nil), record...)
		flipped[h.rng.IntN(len(flipped))] ^= 1 << h.rng.IntN(8)
		s.records[i] = flipped
	case 1:
		s.records[i] = record[:h.rng.IntN(len(record))]
	case 2:
		s.records = append(s.records[:i], s.records[i+1:]...)
	case 3:
		if i+1 == len(s.records) {
			return
		}
		s.records[i], s.records[i+1] = s.records[i+1], s.records[i]
	}
	_, err := h.replay(c, 1, h.durableMark(st.p))
	var where *actor.ReplayError
	if !errors.As(err, &where) || where.Partition != st.p {
		h.breaks("I5: partition %d: record %d of round %d is damaged (%d), and a replay says: %v", st.p, i+1, s.round, kind, err)
	}
}

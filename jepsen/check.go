package jepsen

import (
	"fmt"
	"maps"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
)

// Violation is a broken invariant.
type Violation struct {
	Invariant string // I1 to I11
	What      string
}

func (v Violation) String() string { return v.Invariant + ": " + v.What }

type violations []Violation

func (v *violations) add(invariant, format string, args ...any) {
	*v = append(*v, Violation{invariant, fmt.Sprintf(format, args...)})
}

// Clock is what a checker must know of the hunt's time.
type Clock struct {
	RoundTicks, IdleTicks uint64 // of a round; without a move, after which a player may be expired
}

func (c Clock) ticks(m Moment) uint64 { return uint64(m.Round)*c.RoundTicks + uint64(m.Tick) }

// CheckMoves holds I3 against every history: nobody is moved back past what was
// durable, goes back without a kill, or stands where no move of its own led. A
// player that was idle for long enough may have been expired and begin again.
func CheckMoves(clock Clock, histories []History) (broken []Violation) {
	for _, h := range histories {
		w := walk{clock: clock, player: h.Player}
		w.begin()
		for i := range h.Ops {
			w.step(&h.Ops[i])
		}
		broken = append(broken, w.broken...)
	}
	return broken
}

// DurableMoves is how many moves of the observers were called durable.
func DurableMoves(histories []History) (n int) {
	for _, h := range histories {
		last := codec.MoveSeq(0)
		for i := range h.Ops {
			if h.Ops[i].Kind == Durable {
				last = max(last, h.Ops[i].Seq)
			}
		}
		n += int(last)
	}
	return n
}

// walk follows one player.
type walk struct {
	clock   Clock
	player  codec.PlayerID
	led     map[codec.MoveSeq]codec.NodeID // where each applied move led
	tries   []Op                           // moves that may be applied yet
	stood   bool                           // it was told once where it is
	killed  bool                           // and not told since
	active  Moment                         // of its last join or move
	applied codec.MoveSeq                  // speculative
	durable codec.MoveSeq
	answers []Op // applied and not durable yet
	broken  violations
}

// begin forgets all that was before.
func (w *walk) begin() {
	*w = walk{clock: w.clock, player: w.player, broken: w.broken, led: map[codec.MoveSeq]codec.NodeID{}}
}

func (w *walk) step(op *Op) {
	switch op.Kind {
	case Tried:
		w.tries = append(w.tries, *op)
	case Joined, Rejected, Replied:
		w.stands(op)
	case Durable:
		w.sealed(op)
	case Killed:
		w.killed, w.answers = true, nil
	}
}

// stands is an answer: what comes after its move did not happen. A try of the
// next one may: the client sends it again if it has to wait, and a copy may be
// applied after another was rejected. What was on its way at a kill is gone.
func (w *walk) stands(op *Op) {
	if op.Seq == 0 && w.stood && w.clock.ticks(op.At) >= w.clock.ticks(w.active)+w.clock.IdleTicks {
		w.begin()
	}
	node, led := w.led[op.Seq]
	may := led && node == op.Node || slices.ContainsFunc(w.tries, func(t Op) bool { return t.Seq == op.Seq && t.Node == op.Node })
	switch {
	case op.Seq < w.durable:
		w.broken.add("I3", "player %016x is moved back to its move %d at %v: move %d was durable", w.player, op.Seq, op.At, w.durable)
	case op.Seq < w.applied && !w.killed:
		w.broken.add("I3", "player %016x is moved back from move %d to %d at %v without a restart", w.player, w.applied, op.Seq, op.At)
	case w.stood && !may && led:
		w.broken.add("I3", "player %016x stands on node %d at %v: its move %d led to node %d", w.player, op.Node, op.At, op.Seq, node)
	case w.stood && !may:
		w.broken.add("I3", "player %016x stands on node %d at %v after its move %d, which it never made", w.player, op.Node, op.At, op.Seq)
	}
	maps.DeleteFunc(w.led, func(seq codec.MoveSeq, _ codec.NodeID) bool { return seq > op.Seq })
	killed := w.killed
	w.tries = slices.DeleteFunc(w.tries, func(t Op) bool { return killed || t.Seq <= op.Seq })
	w.led[op.Seq] = op.Node
	w.stood, w.killed = true, false
	w.applied = op.Seq
	if op.Kind != Rejected {
		w.active = op.At
	}
	if op.Kind == Replied {
		w.answers = append(w.answers, *op)
	}
}

// made is the last move that the player made or tried.
func (w *walk) made() codec.MoveSeq {
	last := w.applied
	for i := range w.tries {
		last = max(last, w.tries[i].Seq)
	}
	return last
}

// sealed is a durable acknowledgement: it holds for good.
func (w *walk) sealed(op *Op) {
	switch {
	case op.Seq < w.durable:
		w.broken.add("I3", "player %016x: the durable move goes back from %d to %d at %v", w.player, w.durable, op.Seq, op.At)
	case op.Seq > w.made():
		w.broken.add("I3", "player %016x: move %d is called durable at %v, the last one made is %d", w.player, op.Seq, op.At, w.made())
	}
	w.durable = max(w.durable, op.Seq)
	waiting := w.answers[:0]
	for _, a := range w.answers {
		switch {
		case op.At.Before(a.At):
			waiting = append(waiting, a)
		case a.Seq > op.Seq:
			w.broken.add("I3", "player %016x: all up to %v is durable, but only up to move %d: move %d was applied at %v", w.player, op.At, op.Seq, a.Seq, a.At)
			w.durable = max(w.durable, a.Seq)
		}
	}
	w.answers = waiting
}

// CheckGrants holds I2 against all histories together: a treasure of a round is
// granted once and to one player, whoever tells it and however often the process
// was killed in between, and no grant is forgotten.
func CheckGrants(histories []History) []Violation {
	l := ledger{
		grants: map[Claim]Grant{}, events: map[Claim]EventID{}, scores: map[scored]Claim{}, perRound: map[codec.Round]uint32{}, ended: map[codec.Round]uint32{},
	}
	for i := range histories {
		l.read(&histories[i])
	}
	for round, said := range l.ended {
		if l.perRound[round] > said {
			l.broken.add("I2", "round %d ended with %d grants, %d were seen", round, said, l.perRound[round])
		}
	}
	return l.broken
}

// scored is a score that a player reached in a round, with one grant and no other.
type scored struct {
	round  codec.Round
	player codec.PlayerID
	score  uint32
}

// ledger is who has what.
type ledger struct {
	grants   map[Claim]Grant
	events   map[Claim]EventID
	scores   map[scored]Claim
	perRound map[codec.Round]uint32
	ended    map[codec.Round]uint32 // grants as the round's end says
	broken   violations
}

func (l *ledger) read(h *History) {
	told := map[Claim]bool{} // in this life of the process
	for i := range h.Ops {
		switch op := &h.Ops[i]; op.Kind {
		case Killed:
			clear(told)
		case Received:
			if op.Grant.Player != h.Player {
				l.broken.add("I2", "player %016x is told of %v, granted to %016x", h.Player, op.Grant.Claim, op.Grant.Player)
			}
			if told[op.Grant.Claim] {
				l.broken.add("I2", "player %016x is told twice that it is granted %v", h.Player, op.Grant.Claim)
			}
			told[op.Grant.Claim] = true
			l.grant(&op.Grant)
		case Announced:
			if was, known := l.events[op.Grant.Claim]; known && was != op.Event {
				l.broken.add("I2", "%v is granted by two events, %v and %v", op.Grant.Claim, was, op.Event)
			}
			l.events[op.Grant.Claim] = op.Event
			s := scored{op.Grant.Round, op.Grant.Player, op.Score}
			if by, known := l.scores[s]; known && by != op.Grant.Claim {
				l.broken.add("I2", "player %016x gets score %d by %v and by %v", s.player, s.score, by, op.Grant.Claim)
			}
			l.scores[s] = op.Grant.Claim
			l.grant(&op.Grant)
		case Ended:
			if was, known := l.ended[op.At.Round]; known && was != op.Grants {
				l.broken.add("I2", "round %d ended with %d grants and with %d", op.At.Round, was, op.Grants)
			}
			l.ended[op.At.Round] = op.Grants
		}
	}
}

func (l *ledger) grant(g *Grant) {
	was, known := l.grants[g.Claim]
	if known && was != *g {
		l.broken.add("I2", "%v is granted to %016x on node %d at tick %d and to %016x on node %d at tick %d",
			g.Claim, was.Player, was.Node, was.Tick, g.Player, g.Node, g.Tick)
		return
	}
	if !known {
		l.perRound[g.Round]++
	}
	l.grants[g.Claim] = *g
}

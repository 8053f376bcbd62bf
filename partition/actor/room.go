package actor

import (
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// room reports whether the partition may go on: apply inputs, pass a boundary.
// What is applied and not durable is what a fail-over undoes, so it is bounded:
// in records, hence in memory, and in ticks.
func (a *Actor) room() bool {
	return a.ring.free() > roundSlots && a.ahead() < maxAhead
}

// ahead is how many ticks were passed and are not durable.
func (a *Actor) ahead() uint64 { return a.core.Clock() - a.durableClock }

// tight reports whether the round's stream has no more messages left than the
// round's end needs. Its records then hold as many ticks as they can, and no
// inputs; the next round has a stream of its own. With one record a tick and a
// base a stream never comes to this: epoch records, of owners that follow one
// another all the time, are what can fill it.
func (a *Actor) tight() bool {
	return a.cfg.Records > 0 && a.left() <= a.toEnd()+a.cfg.Records/spareShare
}

// left is how many records the round's stream still takes.
func (a *Actor) left() uint64 { return a.cfg.Records - min(a.at.Seq, a.cfg.Records) }

// toEnd is how many records the rest of the round takes at the least, and one
// more for a record that is closed early.
func (a *Actor) toEnd() uint64 {
	ticks := uint64(a.core.Rules().RoundTicks) - uint64(a.core.TickNow())
	return (ticks+maxMerge-1)/maxMerge + 1
}

// spare refuses a take-over that would take the message which the round's end
// needs: the partition could never leave the round.
func (a *Actor) spare() error {
	if a.cfg.Records == 0 || a.left() > a.toEnd() {
		return nil
	}
	return fmt.Errorf("the stream of round %d holds %d of %d records, and the round's last %d ticks need the rest: "+
		"the epoch before this one must end the round; let it run", a.at.Round, a.at.Seq, a.cfg.Records,
		codec.Tick(a.core.Rules().RoundTicks)-a.core.TickNow())
}

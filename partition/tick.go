package partition

import "github.com/huntgraph/huntgraph/codec"

// Tick passes one boundary: game events and congestion move weights, treasures open, and at a
// refresh the searched weights follow. A round's last tick ends it; the next
// call is then BeginRound.
func (c *Core) Tick() {
	c.pass()
	c.sweep(c.obey())
	c.open()
	c.repeat()
	if c.tick == c.refreshAt {
		c.refresh()
	}
	c.endTick()
}

// pass begins a boundary.
func (c *Core) pass() {
	if c.RoundOver() {
		panic("partition: a tick after the round's end")
	}
	c.startOutbox()
	c.tick++
	c.clock++
}

// endTick ends it.
func (c *Core) endTick() {
	if c.leading {
		c.follow(c.slice)
	}
	if checked && c.CheckHash() != nil {
		panic("partition: the state hash kept up to date is not the state's")
	}
	if c.RoundOver() {
		emit(c, codec.Event{Kind: codec.EventRoundEnded, Round: c.round, Tick: c.tick, Value: c.Hash()})
	}
	c.sealed = true
}

// Refreshed reports whether the last tick was a refresh: it closes a tick record.
func (c *Core) Refreshed() bool { return c.cutTick == c.tick }

// Outbox is what the inputs since the last boundary and that boundary release,
// as frames in the order in which they happened; valid until the next input.
// Nothing of it may leave before the record is durable.
func (c *Core) Outbox() []byte { return c.Arena.outbox[:c.out] }

// startOutbox empties the outbox if the tick that filled it is over.
func (c *Core) startOutbox() {
	if c.sealed {
		if c.telling != nil {
			panic("partition: an input before all is released that a rollback changed")
		}
		c.out, c.sealed = 0, false
	}
}

// frame is what the core releases.
type frame interface {
	Append([]byte) []byte
	codec.Delta | codec.Event | codec.Grant | codec.Prepared | codec.Arrive | codec.Arrived
}

// emit appends a frame to the outbox. Step and the sweep leave room for it.
func emit[F frame](c *Core, f F) {
	out := f.Append(c.Arena.outbox[:c.out])
	if len(out) > outboxSize {
		panic("partition: the outbox overflows its reserve")
	}
	c.out = len(out)
}

package actor

import (
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

const (
	// mailboxBatches is how many batches wait for the actor; a reader that
	// finds it full waits, which is the stream's back-pressure.
	mailboxBatches = 64

	// maxSlots is how many records may be on their way to the journal: two
	// seconds of ticks. Beyond it inputs get "not now" and ticks wait.
	maxSlots = 2 * codec.TicksPerSecond
	// roundSlots are kept free so that a round's last record and the next
	// one's base find room.
	roundSlots = 2

	// maxMerge is how many ticks one record holds at the most.
	maxMerge = codec.MaxRecordTicks

	// slotRecord and slotFrames are what a slot's buffers start with, in
	// bytes; they grow to the largest record seen and stay.
	slotRecord = 2 << 10
	slotFrames = 4 << 10

	// maxPeers bounds the subscribers of a partition: gateways.
	maxPeers = 256

	// stopGrace is how long a stop waits for the journal.
	stopGrace = 10 * time.Second
)

package actor

import (
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

const (
	// mailboxBatches is how many batches wait for the actor; a reader that
	// finds it full waits, which is the stream's back-pressure.
	mailboxBatches = 64

	// letterBuffers and letterBuffer are how many letters of other partitions find
	// a buffer, and its size in bytes, which grows to the largest: 4 KiB.
	letterBuffers = 16
	letterBuffer  = 256
	// mailSize is the room for letters of one record, in bytes, to begin with.
	mailSize = 8 << 10

	// sliceWork is how many points and nodes one slice of background work settles,
	// about: 20 to 50 us at 50 to 120 ns each, for as long does a move wait at most.
	sliceWork = 400
	// maxSlices is how many slices a turn has, about 1 ms.
	maxSlices = 32
	// movesPerSlice is after how many moves a slice is due although more wait: at
	// 2 us a move the background gets a fifth of a processor that is never idle.
	movesPerSlice = 64

	// subBits and histogramBuckets size a histogram: eight buckets a power of two,
	// up to 2^37 ns, 137 s: (37-3) * 8 + 8, 2.2 KiB. Prometheus is shown powers of
	// two from a microsecond on.
	subBits          = 3
	subBuckets       = 1 << subBits
	histogramBuckets = (37-subBits)*subBuckets + subBuckets
	shownFrom        = 1 << 10

	// offerAgain is after how many ticks an actor repeats what the coordinator of
	// cuts has not reacted to: longer than a cut takes from refresh to switch.
	offerAgain = codec.TicksPerSecond

	// maxSlots is how many records may be on their way to the journal: two
	// seconds of ticks, one a tick. Beyond it inputs get "not now" and ticks wait.
	// It bounds what speculation holds to be undone: 60 records of 64 KiB and as
	// many outboxes of 48 KiB, 6.6 MiB; the state itself is undone by replay.
	maxSlots = 2 * codec.TicksPerSecond
	// maxAhead is how many ticks may be passed and not durable, since a record of
	// ticks without inputs holds many: the two seconds, and a record in the making.
	maxAhead = maxSlots + maxMerge
	// maxHaste is how far ahead of what is durable overdue ticks still come back to
	// back: two full records. A journal that takes a record within a second, which
	// is what play at its full pace needs, never lets it come to that.
	maxHaste = 2 * maxMerge
	// window is how many of them are begun before the first has an answer: full ones,
	// and those that end because a round does, a snapshot is due or an operator waits.
	// They are few enough that what is tried again after a failure is soon done.
	window = 8
	// inHand is how many records without an answer let the next one grow: with one
	// under way and one behind it the disk never waits for a record, and a record
	// waits for one other.
	inHand = 1
	// roundSlots are kept free so that a round's last record and the next
	// one's base find room.
	roundSlots = 2

	// readySlots have their buffers from the start, 112 KiB each: a quarter of a
	// second of ticks, which no journal that keeps up needs.
	readySlots = 8

	// maxMerge is how many ticks one record holds at the most.
	maxMerge = codec.MaxRecordTicks

	// spareShare: one message in so many of a round's stream is kept for owners
	// that take over although only the round's end still fits: 100 of 10,000. A
	// stream whose round has one record a tick has 999 left at its end.
	spareShare = 100

	// maxUnpacked bounds a snapshot, in bytes, before memory is taken for it: its
	// tables are a part of the shard's.
	maxUnpacked = partition.MaxShard

	// storeWait is how long a snapshot may take to become durable: with 60
	// partitions a node and one snapshot each every 5 minutes there are 5 s for one.
	storeWait = 30 * time.Second

	// maxPeers bounds the subscribers of a partition: gateways.
	maxPeers = 256

	// boundaryLen is the most that a boundary takes in a record, in bytes: a rollback.
	boundaryLen = 1 + 8 + 8
	// usualFrames is the most that a record releases, in bytes, twice that for how
	// slices grow: 30 ticks of a full outbox each. Only a rollback releases more.
	usualFrames = 2 * maxMerge * partition.MaxOutbox

	// diffPage is how many edges a difference looks at in one call: 16 KiB of stack.
	diffPage = 4096

	// stopGrace is how long a stop waits for the journal.
	stopGrace = 10 * time.Second
)

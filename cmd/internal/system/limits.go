package system

import (
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control/rounds"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// A round's events always fit a stream of the journal; the keeper does not know it.
const _ = uint(journal.MaxMessages - rounds.MaxEvents)

const (
	// orderAhead is how many ticks ahead of the furthest partition an operator's
	// order is for: a third of a second, in which all partitions hear of it. If one
	// does not it is twice as far, orderTries times at the most.
	orderAhead = 10
	orderTries = 2

	// settleWait is how long players may be under way between partitions before a
	// rollback is given up: a hand-off takes two durable records, some 0.1 s.
	settleWait = 10 * time.Second
	// askAgain is the pause before etcd is asked again what became of an order.
	askAgain = 200 * time.Millisecond

	// MaxDiffListed is how many changed edges of each partition a difference lists;
	// all are counted. 100 bytes each in JSON, so 48 partitions fill 5 MB.
	MaxDiffListed = 1000

	// forkPool is how much memory all forks of a node's partitions take at most, in
	// bytes. A fork takes up to 10.5 bytes an edge and 2 MB a partition: at
	// 47 million edges in 48 partitions it is 0.6 GB, and three fit.
	forkPool = 2 << 30

	// renewEvery is how often the gateway's certificates are looked at: clocks are set,
	// machines sleep, and a timer of days notices neither.
	renewEvery = time.Minute

	// cutTries is how many numbers of partitions are tried for a world, each an
	// eighth above the one before: the first fits but where a cut misses its aim.
	cutTries = 4

	// keepFor is how far back a state can be rebuilt, in ticks of the hunt's clock: an
	// hour of play. A partition's floor is a snapshot at least that old, and round
	// events stay that long.
	keepFor = 60 * 60 * codec.TicksPerSecond

	// baseDescriptors is what a hunt has open beside the journal's streams, in
	// descriptors: some 30 for etcd, sockets and the runtime, and as many for files
	// that are open for a moment, as snapshots and damaged blocks.
	baseDescriptors = 64
	// spareRounds is how many more rounds have streams than are kept, beside those
	// that the janitor's next sweep deletes: the current one, the next, and the one
	// before the floor.
	spareRounds = 5
	// maxPageConns is the most connections of the page; a browser opens six.
	// Fewer than minPageConns serve nobody. Each takes some 20 KiB.
	maxPageConns = 256
	minPageConns = 16
	// maxAdminConns is the most connections of the operator's socket.
	maxAdminConns = 8
	// headerWait, readWait and writeWait bound a request's header, the whole of it
	// and its answer: the largest answer, a world of 7 MB, takes 30 s at 2 Mbit/s.
	// idleWait is how long a connection may be silent between requests.
	headerWait = 5 * time.Second
	readWait   = 10 * time.Second
	writeWait  = 30 * time.Second
	idleWait   = time.Minute
	// maxHeader bounds a request's header, in bytes; a browser's has some 600.
	maxHeader = 16 << 10

	// sweepEvery is how often the janitor looks. A round of 5 minutes gives it
	// something to do every fifth time.
	sweepEvery = time.Minute

	// folderEvery is how often the data folder is looked for: within a second of
	// its loss the hunt ends, also when no record is under way that would notice.
	folderEvery = 250 * time.Millisecond

	// readyFor is how long a probe's result is good for, and probeWait bounds its session.
	readyFor  = 500 * time.Millisecond
	probeWait = 3 * time.Second
	// askPause is the pause before a start asks again whether it is ready.
	askPause = 5 * time.Millisecond
	// quietFor is how long nothing of a partition may have become durable: a record
	// of ticks without inputs comes once a second, and a journal's answer may take two.
	quietFor = 3 * time.Second
)

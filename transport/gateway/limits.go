package gateway

import (
	"time"

	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// What the gateway takes.
const (
	// maxConnections bounds the QUIC connections, one session each. A session costs
	// some 180 KiB of resident memory once it said hello, 230 when it plays and
	// watches four areas, up to 360 while 2,000 others are shown to it (measured
	// with 250 to 2,048 sessions; the live heap is about half of it, the rest the
	// collector's room). So 4,096 are 0.7 to 1.4 GiB.
	maxConnections = 4096

	// unprovenRate is how many handshakes a second, unprovenBurst how many at once,
	// are taken up without a proof of the client's address. One whose client does
	// not go on lasts handshakeTimeout, twice that at most: so there are at most
	// 600 that do not count, with the 1.3 ms and some 30 KiB of a first flight each.
	unprovenRate  = 50
	unprovenBurst = 100

	// sourceRate is how many handshakes a second an address prefix may begin with a
	// proof, sourceBurst how many at once: at 2.6 ms each two fifths of a core. The
	// bots of `hunt dev` begin 125 a second.
	sourceRate  = 150
	sourceBurst = 300

	// maxSources bounds the address prefixes that are known: those with
	// connections, and as many that had some in the last two seconds.
	maxSources = 2 * maxConnections

	// sourceBits is the prefix of an IPv6 address that counts as one source: what
	// providers give to one customer is a /56 to a /64.
	sourceBits = 56

	// maxPackets is how many packets a second a connection may send beyond those
	// that it is sent: as many as messages, while acknowledgements are fewer than
	// the gateway's packets. One that does in maxPacketSweeps sweeps in a row is
	// ended; the unread window of one that is held is a burst of less than that.
	maxPackets      = messageRate
	maxPacketSweeps = 3
	sweepEvery      = time.Second

	// helloTimeout is how long a connection may take to open its session, and a
	// session to say hello.
	helloTimeout = 5 * time.Second

	// messageTimeout is how long a message may take to come whole once it has begun.
	messageTimeout = 10 * time.Second

	// guestSweep is how many players are looked at twice a second for having left
	// unseen; guestGrace is how long one may take until an area shows it.
	guestSweep = 64
	guestGrace = 10 * time.Second

	// idleLimit is how long a session may neither play nor watch an area.
	idleLimit = 30 * time.Second

	// expiryTimeout is how long a client whose token has expired may take to be told
	// so; it may do nothing meanwhile.
	expiryTimeout = 2 * time.Second

	// maxMessage bounds a client's message, in bytes.
	maxMessage = huntpb.MaxClientMessage

	// messageRate is how much a session may send a second, in moves, messageBurst
	// how much at once. A player's lawful 10 moves/s (burst 5), each sent twice,
	// with pings, joins for a hint (3 a second) and the pieces of a way, are below
	// two thirds of it.
	messageRate  = 100
	messageBurst = 200

	// What messages cost beside a move, a ping or another that is answered with as
	// little, which cost 1. A join or leave is an event to all that watch, and 31
	// bytes of the journal if it changes something: ten a second are as many as
	// moves. A piece of a way is searched. A subscription has whole areas sent: some 5 KiB each in
	// an empty hunt, 300 in a crowded one. So a hunt of 4 areas may be asked for
	// 2.5 times a second, one of 36 and more every two seconds.
	joinCost      = 10
	askCost       = 2
	subscribeCost = 20
	areaCost      = 5

	// maxHeld is how long a client may stay above its rate, being held, before its
	// session is ended; calmAfter is how long it must not have been held for that
	// to be forgotten.
	maxHeld   = 5 * time.Second
	calmAfter = time.Second

	// maxErrorText bounds what an error says, in bytes.
	maxErrorText = 400

	// maxInFlight bounds the moves of a session that wait for their replies: more
	// than six seconds of lawful moves.
	maxInFlight = 64

	// maxExtraStreams is how many streams beside its own a session may open before
	// it is closed; each of them is reset.
	maxExtraStreams = 16

	// complaintEvery is how often at most a session is told of its rate.
	complaintEvery = time.Second
)

// What QUIC may buffer for a client that sends faster than the gateway reads: a
// stream's window holds 4 to 16 messages, a connection's 8 to 32; so 128 KiB
// instead of the library's 15 MB.
const (
	streamWindow     = 4 * maxMessage
	maxStreamWindow  = 16 * maxMessage
	connWindow       = 8 * maxMessage
	maxConnWindow    = 32 * maxMessage
	maxHeaderBytes   = 8 << 10
	handshakeTimeout = 5 * time.Second
	keepAlive        = 15 * time.Second

	// connectionID is the length of the IDs in the packets of clients, in bytes. With
	// the longest ones a packet with a move has at least 47, and to no packet of fewer
	// than 43 a gateway that does not know its connection answers with a reset.
	connectionID = 20

	idleTimeout = 3 * keepAlive

	// Streams at a time: the session's CONNECT and its one stream, the rest so
	// that an extra one is seen and reset instead of waiting for ever; HTTP/3
	// itself takes 3 unidirectional ones, browsers may add a reserved one.
	maxStreams    = 8
	maxUniStreams = 8

	// The same within a WebTransport session; Safari refuses a server that says nothing.
	sessionStreams    = 4
	sessionUniStreams = 4
	sessionData       = maxConnWindow
)

// What the gateway holds for a session that reads slower than it is sent to.
const (
	// maxPending bounds a session's control messages, in bytes. Above it the
	// session is closed: 1,500 replies of 45 bytes and 30 leaderboards of 400 and
	// 2,000 events of 50 are 180 KB.
	maxPending = 256 << 10

	// handOver is at how many bytes droppable traffic waits for the next batch. The
	// area that passes it is added whole: 8,192 players' positions are 107 KB, its
	// treasures 45, a message of deltas 41. So a batch is at most 520 KB.
	handOver = 64 << 10

	// writeTimeout is how long one batch may take: 520 KB in 10 s are 52 KB/s.
	writeTimeout = 10 * time.Second

	// lingerTimeout is how long a client may take to end a session after a fatal
	// error, stopTimeout how long all of them may after the gateway was told to stop.
	lingerTimeout = 500 * time.Millisecond
	stopTimeout   = time.Second
)

// The pace of what is not control.
const (
	// presentEvery is how often a partition is shown a player that does not move. A
	// player is idle for a minute before it is expired, and a sign of it within the
	// first quarter of that has no record: so each has one, and two may be lost.
	presentEvery = 20 * time.Second
	// flushEvery is the pace of deltas, positions and treasures: 10 a second, so
	// that a session costs 10 packets, not one for each of 30 ticks of every area.
	flushEvery = 100 * time.Millisecond

	// Round events and states wait for every slowFlush-th flush: twice a second.
	slowFlush = 5

	// maxDatagrams bounds the datagrams of a flush and session; a receiver
	// drops above 32 unread ones without a word. The rest go on the stream.
	maxDatagrams = 8

	// positionBytes is a position at its longest: player 8, node 5. A datagram
	// of positions has 29 bytes more: the message's tag and length 3, area, round
	// and tick 6 each, the two lists' 3 each, snapshot 2. 40 are kept.
	positionBytes        = 8 + 5
	positionsPerDatagram = (huntpb.MaxDatagram - 40) / positionBytes // 85
	positionsPerMessage  = 4096                                      // 53 KB of 64
	deltasPerMessage     = 4096                                      // 5 + 5 bytes each: 41 KB of 64
	// Treasures need no parts: 4,096 at 3 + 5 bytes opened and 3 claimed are 45 KB.
)

// What the gateway keeps of a hunt.
const (
	// maxDeltaLog bounds an area's sent deltas, in bytes, for sessions that are
	// behind: some 26,000 deltas. Who is further behind gets a snapshot.
	maxDeltaLog = 256 << 10

	// maxEvents is how many round events a new session is told.
	maxEvents = 30

	// maxMarks bounds a session's ticks that hold replies which are not durable
	// yet: one tick each, so four seconds of a partition that is behind.
	maxMarks = 128
)

// The hub.
const (
	// hubQueue bounds the events that wait for the hub; whoever adds one waits.
	hubQueue = 1024

	// drainRound is how many events the hub takes before it writes: the longest
	// time that an answer waits to be coalesced is some 5 us each.
	drainRound = 256

	// The wait before a link is opened again doubles from minBackoff to maxBackoff.
	minBackoff = 25 * time.Millisecond
	maxBackoff = time.Second
)

package engine

import "time"

// Every bound of the hop, with its arithmetic.
const (
	// maxStreams is the most partitions that a gateway has open on a node, and
	// so the most streams of a connection. The largest world has 48 actors; a
	// stream that ends overlaps with the one that replaces it: 2 x 48 = 96.
	maxStreams = 128
	// maxConns is the most gateways that a node takes.
	maxConns = 256

	// nodeStreamWindow is what a node lets a gateway send on a stream before
	// the actor takes it, in bytes: 6,800 moves of 19 bytes, or 0.16 s of
	// 4,096 players at 10 moves a second.
	nodeStreamWindow = 128 << 10
	// nodeConnWindow holds every stream's window (128 x 128 KiB = 16 MiB), so
	// that partitions which do not read cannot stop one that does.
	nodeConnWindow = maxStreams * nodeStreamWindow

	// linkStreamWindow and linkConnWindow are the same for gateways, where
	// replies are 51 bytes and a subscription begins with a snapshot:
	// 256 KiB are 5,100 replies or 11,000 deltas of 23 bytes.
	linkStreamWindow = 256 << 10
	linkConnWindow   = maxStreams * linkStreamWindow

	// readBuffer is what one read of a stream takes at most, in bytes: 860
	// moves, more than a partition's players send in a hundredth of a second.
	readBuffer = 16 << 10
	// readBuffers is how many of them a peer has: one being read into, one in
	// the actor's hands, two in its mailbox. 64 KiB a peer. When all are out
	// the reader waits: back-pressure up to the gateway.
	readBuffers = 4

	// queueStart is what both halves of a double buffer hold from the start
	// and shrink back to, in bytes: 1,280 replies, one tick of 4,096 players
	// at 10 moves a second. 128 KiB a peer.
	queueStart = 64 << 10
	// queueCap is the most that is queued for a peer, in bytes, what is being
	// written included: 4 s of such a partition's replies, or a snapshot of
	// 364,000 deltas.
	queueCap = 8 << 20
	// queueMemory is what a queue takes at most: growing doubles, so each half
	// may hold twice the bytes that are in it.
	queueMemory = 2*queueCap + 2*queueStart

	// connectionID is the length of connection ids, in bytes, the longest that QUIC
	// allows. With them a packet with a move has at least 57 bytes, and to no packet of
	// fewer than 43 an end that does not know its connection answers with a reset.
	connectionID = 20
	// keepAlive is how often a gateway shows that it lives; idle is how long
	// either side believes in the other without a sign: three of them.
	keepAlive = 5 * time.Second
	idle      = 3 * keepAlive
	// handshakeWait bounds the dial and, on its own, the exchange of hellos.
	handshakeWait = 5 * time.Second

	// maxUnknown is how many connections may be in their handshake: as many as
	// maxConns, for a node that restarts is dialled by all its gateways at once.
	maxUnknown = 256
	// unknownCost is what one of them takes at most, in bytes: some 60 KiB were
	// measured, all of them quic-go's and crypto/tls's, plus 32 packets that quic-go
	// keeps while it cannot read them yet. 256 x 128 KiB = 32 MiB.
	unknownCost = 128 << 10
	// handshakePause is how long a handshake may pause, and half of how long it may
	// take: a peer that has not shown who it is lives for 5 s. hurriedPause is the
	// same while half of the places are taken; the peer then lives for half a second.
	handshakePause = handshakeWait / 2
	hurriedPause   = 250 * time.Millisecond
	// logEvery is the time between two log lines of one cause of refusals.
	logEvery = time.Second
	// grace is how long the end of a stream may take: the last frame out, the
	// far end's end in, the actor told. Then the stream is reset.
	grace = time.Second
)

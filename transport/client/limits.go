package client

import "time"

const (
	// resendAfter is how long a move or a join waits for its answer before it is
	// sent again; a sequence makes that harmless.
	resendAfter = time.Second

	// The pause after "not now" doubles from minPause to maxPause.
	minPause = 50 * time.Millisecond
	maxPause = time.Second

	// keepAlive is the longest silence on a session, maxIdle when it is given up.
	keepAlive = 15 * time.Second
	maxIdle   = 3 * keepAlive

	// What QUIC may buffer for a client that reads slower than it is sent to:
	// at least four messages of 64 KiB.
	streamWindow = 256 << 10
	maxWindow    = 1 << 20

	// maxRoute bounds a route's steps: no shortest way has more than nodes.
	maxRoute = 1 << 26

	// maxGrants bounds the receipts of grants that a session keeps, the newest:
	// as many as a round of a hunt has treasures.
	maxGrants = 4096
)

// Of a bot.
const (
	// DefaultRate is below the lawful 10 moves a second, so that a late one may follow early.
	DefaultRate = 8.0
	// MinRate and MaxRate are the slowest and the fastest that a bot can be, in
	// moves a second: one in 1,000 s, and far above the rules.
	MinRate = 0.001
	MaxRate = 1000.0

	// hintPause is how long a bot without a hint waits before it asks for
	// another: hints are renewed about once a second.
	hintPause = 300 * time.Millisecond

	// dialTimeout bounds one attempt to connect and join.
	dialTimeout = 10 * time.Second

	// outAfter is how long a call may go without an answer before the player counts as
	// out when the bot is stopped: five times the call was sent again.
	outAfter = 5 * resendAfter

	// maxDialling bounds the bots of a process that connect at once: a gateway's
	// accept queue holds 32 connections and refuses the next.
	maxDialling = 16

	// Round trips are counted from 1 us to a minute with two digits: 26 KiB a bot.
	maxRoundTrip = int64(time.Minute / time.Microsecond)
	digits       = 2
)

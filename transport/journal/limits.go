package journal

import (
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

const (
	// MaxMessages is how many messages a stream holds; the next is refused with
	// ErrFull. A partition's round has at most one record a tick, MaxRoundTicks =
	// 9,000; 900 epoch records, 3 a second for all 300 s; and 100 in reserve for
	// the base record and the round's end. Round events: 2 a treasure (placed,
	// granted), 8,192, one leaderboard a second, 300, and start and end.
	MaxMessages = codec.MaxRoundTicks + maxEpochs + reserve
	maxEpochs   = 900
	reserve     = 100

	// MaxHunt bounds a hunt's name, in bytes. Encoded it is at most three times as
	// long; "hunt-", "-p65535" and "-r4294967295" add 24, which keeps the name
	// below the 255 bytes that JetStream and file systems allow.
	MaxHunt = 64

	// MaxSnapshot bounds a snapshot, in bytes: a shard is at most 32 MiB.
	MaxSnapshot = 32 << 20

	// objectRate bounds how fast one object is stored, in bytes a second: a chunk of
	// 128 KiB every 31 ms, so that at most one of 30 appends waits behind a
	// chunk's write. 48 snapshots of 1.6 MB take 20 s of a round's 300 s.
	objectRate = 4 << 20

	// chunkBytes is a chunk of a snapshot in the object store.
	chunkBytes = 128 << 10

	// maxMessage is a record and its headers, of which there are three (about 200 bytes).
	maxMessage = codec.MaxRecord + 1<<10

	// maxStored is more than the longest record in a block file: a snapshot's
	// chunk of 128 KiB, its subject, headers and checksum.
	maxStored = 256 << 10

	// A read asks for batches of at most so many messages and bytes. A batch ends
	// with the first message that reaches the bytes, so at most one snapshot chunk
	// (128 KiB) more is in flight.
	batchMessages = 1024
	batchBytes    = 4 << 20

	// maxPending is how many appends of a process may be without an answer: 64
	// partitions with a window of 60 records, 3,840. One more waits for up to
	// ackWait, after which each of them has an answer or counts as lost.
	maxPending = 4096

	// unreadWait is how long a record that is counted and cannot be read is tried again,
	// before it is called damaged: several attempts on a disk that is full.
	unreadWait = 10 * time.Second
	// ackWait is how long one attempt to append, or one answer of the server, is waited for.
	ackWait = 2 * time.Second
	// Attempts are apart by firstPause, then twice that, up to maxPause.
	firstPause = 5 * time.Millisecond
	maxPause   = 500 * time.Millisecond

	// minDuplicates is the smallest dedupe window that the server takes. Nothing
	// rests on it.
	minDuplicates = 100 * time.Millisecond

	// liveQueue is how many wake-ups a follower holds; pollEvery repairs those
	// that were lost with a full queue or a reconnect.
	liveQueue = 256
	pollEvery = time.Second

	// A disk that was full is tried every roomEvery with a file of
	// probeBytes: room for a chunk of a snapshot and the largest record of each of
	// 48 partitions.
	roomEvery  = 500 * time.Millisecond
	probeBytes = chunkBytes + 48*codec.MaxRecord

	// startWait bounds the embedded server's start once its streams are recovered.
	startWait = 10 * time.Second
)

// Package journal keeps the durable log of a hunt in NATS JetStream: one
// append-only stream for every hunt, round and partition, one stream of round
// events for every hunt and round, and the snapshots that rounds start from.
// The server is embedded by default (StartServer); New takes any connection, so
// the same code runs against an external cluster.
//
// The caller's loop, one goroutine a partition:
//
//	log := journal.Partition(p)
//	rounds, err := log.Rounds(ctx)          // after a restart: the newest round that exists
//	data, err := log.Snapshot(ctx, round)   // the state that it starts from
//	err = log.Read(ctx, round, 1, replay)   // every record, in order, or an error that says where one is missing
//	err = log.Append(ctx, at, record)       // nil: the record is durable, and exactly at index at
//
// What it holds to:
//
//   - I2: uniqueness lives in the state machine. No message id is ever sent, so
//     no dedupe window takes part in anything.
//   - I3: Append returns nil only once the record is synced to disk and known to
//     stand at its index, once. An acknowledgement that did not come is resolved
//     by reading back.
//   - I4: every append names the sequence before it; one function owns the
//     publish (stream.append). A writer whose place is taken gets ErrFenced.
//   - I5: a read delivers a contiguous run from the first sequence asked for to
//     the last one of the stream, or fails with the index. What a read cannot
//     see is a tail that the server cut after an unclean stop: the stream is
//     then a shorter, sound one. The watermark outside of the journal shows it.
//
// It must never look into a record, publish to a journal subject from anywhere
// but stream.append, delete a stream or purge one.
//
// # Names
//
// A hunt's name is encoded injectively: a-z, 0-9 and '-' stand for themselves,
// every other byte is '_' and two lower-case hex digits, so "demo/room_1" is
// "demo_2froom_5f1". With it as ENC:
//
//	stream hunt-ENC-p3-r7       subject hunt.ENC.p.3.7      records of partition 3, round 7
//	stream hunt-ENC-events-r7   subject hunt.ENC.e.7        events of round 7
//	                            subject hunt.ENC.live.7     their headers again, once stored
//	bucket hunt-ENC             object 3/7                  snapshot of partition 3 for round 7
//
// A stream's name is read from its right end, where the parts are fixed; that
// makes it injective too.
//
// # Damage
//
// The server checks a record's 64-bit checksum when it reads the record. What
// follows was found by flipping bytes in the files of nats-server 2.15.2; the
// package's tests do it again. After a clean stop a damaged record reads as
// missing: Read gives a DamageError with its index. After an unclean stop, or
// when the server's index file is damaged, the server reads all blocks while it
// starts, and cuts the stream at the first bad record. A stream whose metadata
// is damaged is skipped by the server as if it had never been; StartServer finds
// it on disk and refuses.
package journal

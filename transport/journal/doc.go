// Package journal keeps the durable log of a hunt in NATS JetStream: one
// append-only stream for every hunt, round and partition, one stream of round
// events for every hunt and round, and snapshots of partitions' states.
// The server is embedded by default (StartServer); New takes any connection, so
// the same code runs against an external cluster.
//
// The caller's loop, one goroutine a partition:
//
//	log := journal.Partition(p)
//	rounds, err := log.Rounds(ctx)          // after a restart: the newest round that exists
//	data, err := log.Snapshot(ctx, at)      // the state after the record at an index
//	err = log.Read(ctx, round, 1, replay)   // every record, in order, or an error that says where one is missing
//	err = log.Append(ctx, at, record)       // nil: the record is durable, and exactly at index at
//	p := log.Start(at, record)              // the same without waiting
//	err = p.Wait(ctx)                       // for what Append returns
//
// What it holds to:
//
//   - I2: uniqueness lives in the state machine. Message ids serve the fence of
//     Start alone; an answer that rests on the dedupe window counts as none.
//   - I3: Append returns nil only once the record is synced to disk and known to
//     stand at its index, once. An acknowledgement that did not come is resolved
//     by reading back.
//   - I4: every append names the sequence before it; stream.go owns the publish.
//     A writer whose place is taken gets ErrFenced. Appends are under way together
//     only where the server can check that each follows the very message before
//     it (stream.chained); elsewhere one is sent at a time.
//   - I5: a read delivers a contiguous run from the first sequence asked for to
//     the last one of the stream, or fails with the index. What it cannot see is
//     a tail that is gone, or a last record that the server cut as a torn write:
//     the stream is then a shorter, sound one. The watermark outside shows it.
//
// It must never look into a record, publish to a journal subject from anywhere
// but stream.go, delete a stream other than in DeleteRound or purge one.
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
//	bucket hunt-ENC             object 3/7/120              snapshot of partition 3 at index 7/120
//	                            object events/7             archive of round 7's events
//
// A stream's name is read from its right end, where the parts are fixed; that
// makes it injective too.
//
// # Damage
//
// Facts about nats-server 2.15.2, found by flipping bytes in its files; the
// package's tests do it again:
//
//   - After a kill it reads all blocks while it starts, cuts a stream at the first
//     bad record and would use the sequences behind it again.
//   - After a clean stop it trusts its index file. A bad message then reads as
//     missing, a bad length makes it cut the stream as above, and a bad sequence
//     makes it fill memory until it is killed.
//   - The length of a message's headers is outside of its checksum.
//   - A stream whose metadata does not match its checksum is skipped, with a
//     warning, as if it had never been; so is one without the checksum file, which
//     a crash during creation leaves.
//   - It does not lock its folder.
//   - After a write that fails it answers no publish to that stream any more, also
//     when there is room again; it says so in its log only.
//   - In a stream with replicas an expected last message id that does not match
//     is a "critical write error" on every replica: the stream takes nothing
//     more. On one without replicas it is a refusal.
//   - A server of a cluster whose block files were cut short by a crash takes what
//     it lacks from the others before it leads. It takes 4 to 9 s until the others
//     replace a leader that died.
//
// Hence StartServer takes a lock, removes streams that were never finished,
// checks every record on disk before the server sees it (a DamageError names
// partition and index), and makes sure that every stream was loaded. One bad
// record at the very end of a stream may be a torn write, which was never
// acknowledged: the server cuts it, unless the partition's next round has begun.
// Damage in an object store is cut out of the file, which is kept aside as it was:
// a hunt can do without a snapshot, and nothing else of the store is lost.
package journal

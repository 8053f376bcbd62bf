// Package rounds is the round keeper: it projects the durable records of a
// hunt's partitions into one stream of public events a round, keeps the
// leaderboard, and archives the grants of a round that is over.
//
// The caller's loop:
//
//	keeper, err := rounds.Open(ctx, cfg, stream) // reads back what is there
//	go func() { errs <- keeper.Run(ctx) }()
//	err = keeper.Offer(ctx, group)               // every group of every partition, in each partition's order
//
// After a restart the partitions release their groups again; what the streams
// have is skipped. They must do so from keeper.From() on, or the last grants
// before the restart may be missing from the events (they are in the journal).
//
// Invariants:
//   - I2: a second grant of one treasure in one round is ErrDuplicateGrant,
//     naming both, whether it comes from a partition or stands in the stream.
//   - A player's score is what was granted to it in the round, counted here: it does
//     not follow from what a partition knows of the player, who may leave and come
//     back. Events, leaderboards, the round's end and the archive say the same.
//   - Exactly once: an event's id is (partition, index, ordinal of its frame in
//     the group); ids of a partition grow in the stream. Every append names the
//     stream's last sequence, so of two keepers one fails.
//   - Bounded: a round's stream never holds more than MaxEvents: one placing and
//     one grant a treasure, at most one leaderboard a second, over takeovers too.
//   - An archive is made of what the stream holds. It may be made late, by this
//     keeper or a later one, never of a round that is not over; until it is there
//     nobody deletes the round's events.
//   - Only what is durable is projected; a full queue holds the partitions back
//     and drops nothing (I10).
//
// It must never read a partition's state, the wall clock other than through
// Config.Now, or go on after an error: whoever runs it opens a new one.
package rounds

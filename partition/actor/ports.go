package actor

import (
	"context"

	"github.com/huntgraph/huntgraph/codec"
)

// Journal is one partition's journal: a stream of records for each round.
type Journal interface {
	// Rounds are those that have a stream, rising. A stream may be empty.
	Rounds(ctx context.Context) ([]codec.Round, error)
	// Last is the sequence of the round's last record; false if there is no stream.
	Last(ctx context.Context, round codec.Round) (seq uint64, ok bool, err error)
	// Read calls fn with every record from a sequence on, without a gap.
	Read(ctx context.Context, round codec.Round, from uint64, fn func(seq uint64, record []byte) error) error
	// Create makes the round's stream; one that is there already is well.
	Create(ctx context.Context, round codec.Round) error
	// Append returns when the record is durable at exactly that index, or with
	// an error that says that another writer was there.
	Append(ctx context.Context, at codec.Index, record []byte) error
	// Start begins to append and does not wait for the answer. One goroutine
	// starts, one waits; the Waits come in the order of the Starts.
	Start(at codec.Index, record []byte) Pending
	// Record reads one record; ok is false where the stream is shorter, or gone.
	Record(ctx context.Context, at codec.Index) (record []byte, ok bool, err error)
	// PutSnapshot stores the state after the record at an index, which is durable.
	PutSnapshot(ctx context.Context, at codec.Index, data []byte) error
	// Snapshots are the indices of those that are stored, rising.
	Snapshots(ctx context.Context) ([]codec.Index, error)
	// Snapshot fetches one; an error if it is not there, or not as it was put.
	Snapshot(ctx context.Context, at codec.Index) ([]byte, error)
}

// Pending is an append that was begun: Wait says what Append says.
type Pending = interface {
	Wait(ctx context.Context) error
}

// Deltas is the partition's log of durable weight changes.
type Deltas interface {
	// Append takes the next change; a gap is an error.
	Append(codec.Delta) error
	// AppendReplay appends the frames that bring a subscriber up to date.
	AppendReplay(dst []byte, from codec.DeltaSeq, round codec.Round, tick codec.Tick) []byte
}

// Outlet takes what durable records release, in order; it may block, which
// holds the partition back.
type Outlet interface {
	Release(ctx context.Context, g codec.Group) error
}

package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// Log is the journal of one partition. One writer at a time appends, one
// record after the other; fencing settles who it is (I4).
type Log struct {
	j         *Journal
	partition codec.PartitionID
	tail      *pending // what Start began last
}

func (l *Log) stream(round codec.Round) *stream {
	n := l.j.names
	return &stream{
		j: l.j, name: n.logStream(l.partition, round), subject: n.logSubject(l.partition, round),
		what: fmt.Sprintf("partition %d", l.partition), round: round,
		damage: func(seq uint64, err error) error {
			return &DamageError{l.partition, codec.Index{Round: round, Seq: seq}, err}
		},
	}
}

// Create makes the round's stream. It does nothing when the stream exists with
// the same settings, and fails when they differ. Like Append it tries again for
// as long as that may help.
func (l *Log) Create(ctx context.Context, round codec.Round) error {
	s := l.stream(round)
	return l.j.create(ctx, l.j.config(s.name, s.subject))
}

// Append stores a record, of 1 to codec.MaxRecord bytes, at index at and
// nowhere else. It returns nil once the record is durable there, whether this
// call or an earlier one with the same bytes brought it. Otherwise:
//
//   - ErrFenced: another record stands there;
//   - ErrFull: the stream holds MaxMessages;
//   - ErrNoStream: the round was not created;
//   - *DamageError: the stream is shorter than the record before at, or the
//     record at it cannot be read;
//   - the context's error: it is not known whether the record is stored. Call
//     again with the same record, or read, to find out.
//
// Until then it tries again, with pauses of 5 to 500 ms.
func (l *Log) Append(ctx context.Context, at codec.Index, record []byte) error {
	return l.stream(at.Round).append(ctx, at.Seq, record)
}

// Read calls fn with every record from sequence from (at least 1) to the last
// one at the time of the call, in order; fn may keep the record. An error of fn
// ends the read and is returned as it is. A record that is missing or unreadable
// gives a *DamageError with its index; ErrNoStream when the round has none.
func (l *Log) Read(ctx context.Context, round codec.Round, from uint64, fn func(seq uint64, record []byte) error) error {
	return l.stream(round).read(ctx, from, fn)
}

// Record gives the record at an index; ok is false when the stream is shorter,
// or not there. One that is there and cannot be read gives a *DamageError.
func (l *Log) Record(ctx context.Context, at codec.Index) (record []byte, ok bool, err error) {
	s := l.stream(at.Round)
	state, err := s.state(ctx)
	if errors.Is(err, ErrNoStream) {
		return nil, false, nil
	}
	if err != nil || at.Seq == 0 || state.LastSeq < at.Seq {
		return nil, false, err
	}
	record, ok, err = s.get(ctx, at.Seq)
	if err == nil && !ok {
		err = s.damage(at.Seq, errors.New("the record cannot be read"))
	}
	return record, ok, err
}

// Last is the sequence of the round's last record, 0 when there is none yet;
// ok is false when the round has no stream.
func (l *Log) Last(ctx context.Context, round codec.Round) (seq uint64, ok bool, err error) {
	state, err := l.stream(round).state(ctx)
	if errors.Is(err, ErrNoStream) {
		return 0, false, nil
	}
	return state.LastSeq, err == nil, err
}

// Rounds lists the rounds that have a stream for this partition, ascending.
func (l *Log) Rounds(ctx context.Context) ([]codec.Round, error) {
	return l.j.rounds(ctx, l.j.names.logSubjects(l.partition), "-r")
}

// DeleteRound deletes the round's stream with all its records. Only whoever
// knows that no state needs them may call it; a round without a stream is well.
func (l *Log) DeleteRound(ctx context.Context, round codec.Round) error {
	return l.stream(round).remove(ctx)
}

package journal

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/huntgraph/huntgraph/codec"
)

// Events are the streams of a hunt's round events, one a round. The round
// keeper appends; everybody reads and follows.
type Events struct{ j *Journal }

func (e *Events) stream(round codec.Round) *stream {
	n := e.j.names
	s := &stream{j: e.j, name: n.eventStream(round), subject: n.eventSubject(round), what: "round events", round: round}
	s.damage = func(seq uint64, err error) error {
		return fmt.Errorf("%s: %w: %w", s.at(seq), ErrDamaged, err)
	}
	return s
}

// Create makes the round's stream. It does nothing when the stream exists with
// the same settings.
func (e *Events) Create(ctx context.Context, round codec.Round) error {
	s := e.stream(round)
	cfg := e.j.config(s.name, s.subject)
	// What is stored is announced, so that followers need not poll. A publish
	// itself would reach them too, but before it is stored.
	cfg.RePublish = &jetstream.RePublish{
		Source: s.subject, Destination: e.j.names.liveSubjects() + decimal(round), HeadersOnly: true,
	}
	return e.j.create(ctx, cfg)
}

// Append stores an event, of 1 to codec.MaxRecord bytes, right behind sequence
// expectLast (0 in an empty stream), and returns its sequence once it is
// durable. It is fenced and answers like Log.Append.
func (e *Events) Append(ctx context.Context, round codec.Round, expectLast uint64, data []byte) (seq uint64, err error) {
	seq = expectLast + 1
	if err := e.stream(round).append(ctx, seq, data); err != nil {
		return 0, err
	}
	return seq, nil
}

// Read calls fn with every event of the round in order; fn may keep the data.
// A missing event gives an error that names it and wraps ErrDamaged;
// ErrNoStream when the round has no stream.
func (e *Events) Read(ctx context.Context, round codec.Round, fn func(seq uint64, data []byte) error) error {
	return e.stream(round).read(ctx, 1, fn)
}

// DeleteRound deletes the round's stream with all its events, as Log.DeleteRound.
func (e *Events) DeleteRound(ctx context.Context, round codec.Round) error {
	return e.stream(round).remove(ctx)
}

// Rounds lists the rounds that have a stream of events, ascending.
func (e *Events) Rounds(ctx context.Context) ([]codec.Round, error) {
	return e.j.rounds(ctx, e.j.names.eventSubjects(), "-r")
}

package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/huntgraph/huntgraph/codec"
)

// Journal is a hunt's part of a JetStream. Its methods and those of what it
// hands out may be called from several goroutines, except for Log.Start.
type Journal struct {
	nc       *nats.Conn
	js       jetstream.JetStream
	names    names
	replicas int
	messages int64         // a stream's cap
	ackWait  time.Duration // for one answer of the server
}

// Option changes how New sets a journal up.
type Option func(*Journal)

// WithReplicas sets how many servers of a cluster hold each stream: 1 (default) or 3.
func WithReplicas(n int) Option { return func(j *Journal) { j.replicas = n } }

// WithMessages sets how many messages a stream takes, MaxMessages by default. A
// stream that exists keeps what it was made with, and Create fails if that differs.
func WithMessages(n int64) Option { return func(j *Journal) { j.messages = n } }

// withAckWait is for tests of answers that do not come.
func withAckWait(d time.Duration) Option { return func(j *Journal) { j.ackWait = d } }

// New gives the journal of a hunt, named "tenant/room" (1 to MaxHunt bytes),
// over a connection that stays the caller's to close. It sends nothing.
func New(nc *nats.Conn, hunt string, options ...Option) (*Journal, error) {
	n, err := namesOf(hunt)
	if err != nil {
		return nil, err
	}
	j := &Journal{nc: nc, names: n, replicas: 1, messages: MaxMessages, ackWait: ackWait}
	for _, o := range options {
		o(j)
	}
	j.js, err = jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(maxPending), jetstream.WithPublishAsyncTimeout(j.ackWait))
	if err != nil {
		return nil, fmt.Errorf("journal: using JetStream: %w", err)
	}
	return j, nil
}

// Messages is how many messages a stream takes.
func (j *Journal) Messages() int64 { return j.messages }

// Partition gives a partition's log.
func (j *Journal) Partition(p codec.PartitionID) *Log { return &Log{j: j, partition: p} }

// Events gives the round events.
func (j *Journal) Events() *Events { return &Events{j} }

// config is what every stream has in common. A full stream refuses (discard
// new), nothing expires, and nobody deletes or purges messages.
func (j *Journal) config(name, subject string) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        name,
		Subjects:    []string{subject},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		MaxMsgs:     j.messages,
		MaxBytes:    -1,
		MaxMsgSize:  maxMessage,
		Replicas:    j.replicas,
		Duplicates:  minDuplicates,
		DenyDelete:  true,
		DenyPurge:   true,
		AllowDirect: true, // Read asks for batches; what decides an append is read from the leader
	}
}

// create makes a stream, or finds it. It tries until the context ends as long
// as the server does not answer or has not what it takes just now.
func (j *Journal) create(ctx context.Context, cfg jetstream.StreamConfig) error {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		cause := j.tryCreate(ctx, cfg)
		if cause == nil {
			return nil
		}
		if !passes(cause) || sleep(ctx, pause) != nil {
			return fmt.Errorf("journal: creating stream %s: %w", cfg.Name, cause)
		}
	}
}

func (j *Journal) tryCreate(ctx context.Context, cfg jetstream.StreamConfig) error {
	ctx, cancel := context.WithTimeout(ctx, j.ackWait)
	defer cancel()
	_, err := j.js.CreateStream(ctx, cfg)
	return err
}

// passes tells a failure to make a stream that may pass, as no answer, a cluster
// without a leader or no room, from a request that the server refuses.
func passes(cause error) bool {
	var api *jetstream.APIError
	return !errors.As(cause, &api) || api.Code >= 500
}

// rounds lists the rounds that have a stream under subjects, ascending.
func (j *Journal) rounds(ctx context.Context, subjects, separator string) ([]codec.Round, error) {
	ctx, cancel := context.WithTimeout(ctx, j.ackWait)
	defer cancel()
	var rounds []codec.Round
	list := j.js.StreamNames(ctx, jetstream.WithStreamListSubject(subjects+"*"))
	for name := range list.Name() {
		if r, ok := roundOf(name, separator); ok {
			rounds = append(rounds, r)
		}
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("journal: listing the streams of %s*: %w", subjects, err)
	}
	slices.Sort(rounds)
	return rounds, nil
}

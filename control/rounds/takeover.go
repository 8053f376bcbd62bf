package rounds

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// Open makes a keeper that goes on where the streams end. It reads back the
// newest rounds until one that has ended. A stream that breaks the rules, with
// an event twice for instance, is an error.
func Open(ctx context.Context, cfg Config, stream Stream) (*Keeper, error) {
	if cfg.Partitions < 1 {
		return nil, errors.New("round keeper: a hunt has at least one partition")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Started == nil {
		cfg.Started = func(codec.Round) time.Time { return cfg.Now() }
	}
	k := &Keeper{
		cfg:     cfg,
		stream:  stream,
		queue:   make(chan offer, queued),
		stopped: make(chan struct{}),
		open:    map[codec.Round]*round{},
		marks:   make([]place, cfg.Partitions),

		unarchived: map[codec.Round]bool{},
	}
	k.board.Store(&Board{})
	numbers, err := stream.Rounds(ctx)
	if err != nil {
		return nil, fmt.Errorf("round keeper: listing the rounds: %w", err)
	}
	slices.Sort(numbers)
	slices.Reverse(numbers)
	for _, number := range numbers {
		r, err := k.readBack(ctx, number, func(*huntpb.RoundEvent) error { return nil })
		if err != nil {
			return nil, fmt.Errorf("round keeper: reading back the events of round %d: %w", number, err)
		}
		if r.started && k.Board().Round == 0 {
			k.show(r, r.scores.top())
		}
		if r.done {
			k.finished = number
			k.from.Store(uint32(number + 1))
			break
		}
		k.open[number] = r
		if r.started {
			k.from.Store(uint32(number))
		}
	}
	if err := k.toArchive(ctx, numbers); err != nil {
		return nil, fmt.Errorf("round keeper: %w", err)
	}
	return k, nil
}

// readBack reads one round's stream and shows every event to fn.
func (k *Keeper) readBack(ctx context.Context, number codec.Round, fn func(*huntpb.RoundEvent) error) (*round, error) {
	r := newRound(number, k.cfg.Partitions)
	marks := make([]place, k.cfg.Partitions)
	err := k.stream.Read(ctx, number, func(seq uint64, data []byte) error {
		var ev huntpb.RoundEvent
		if err := proto.Unmarshal(data, &ev); err != nil {
			return fmt.Errorf("event %d: %w", seq, err)
		}
		from, err := k.follows(r, marks, &ev)
		if err == nil {
			err = r.apply(seq, &ev, from)
		}
		if err == nil {
			err = fn(&ev)
		}
		if err != nil {
			return fmt.Errorf("event %d: %w", seq, err)
		}
		return nil
	})
	if r.boards > 0 {
		r.boardAt = k.cfg.Now() // of the last one no more is known than that it was before
	}
	for p, m := range marks {
		if m.beyond(k.marks[p]) {
			k.marks[p] = m
		}
	}
	return r, err
}

// follows checks that the event may come next: a partition's behind its last
// one, the keeper's own with the next ordinal, none after the end.
func (k *Keeper) follows(r *round, marks []place, ev *huntpb.RoundEvent) (from source, err error) {
	switch {
	case ev.Id == nil || ev.Body == nil:
		return from, errors.New("it has no id or says nothing")
	case r.done:
		return from, errors.New("it comes after the round's end")
	case ev.Id.Partition == nil:
		if ev.Id.Ordinal != r.own+1 {
			return from, fmt.Errorf("the keeper's own event %d comes after %d", ev.Id.Ordinal, r.own)
		}
		return from, nil
	case int(*ev.Id.Partition) >= k.cfg.Partitions:
		return from, fmt.Errorf("it is of partition %d, the hunt has %d", *ev.Id.Partition, k.cfg.Partitions)
	}
	from = source{codec.PartitionID(*ev.Id.Partition), placeOf(ev.Id)}
	if last := marks[from.partition]; !from.beyond(last) {
		return from, fmt.Errorf("%s comes after index %s, frame %d: an event twice or out of order", from, last.index, last.ordinal)
	}
	marks[from.partition] = from.place
	return from, nil
}

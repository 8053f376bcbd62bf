package rounds

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// Archive is where the grants of rounds that are over stay when their events are
// deleted. An archive is a run of huntpb.RoundEvent, each behind its length: the
// round's start, every grant in the stream's order, the round's end. It is made
// from the stream alone, so whoever makes it again makes the same bytes.
type Archive interface {
	// PutArchive stores a round's archive durably, over one that is there.
	PutArchive(ctx context.Context, round codec.Round, data []byte) error
	// Archives lists the rounds that have one, in any order.
	Archives(ctx context.Context) ([]codec.Round, error)
}

// toArchive adds the rounds that were over when the keeper was opened, and have
// no archive: the one before crashed in between, or could not store it.
func (k *Keeper) toArchive(ctx context.Context, numbers []codec.Round) error {
	if k.cfg.Archive == nil {
		return nil
	}
	there, err := k.cfg.Archive.Archives(ctx)
	if err != nil {
		return fmt.Errorf("listing the archives: %w", err)
	}
	for _, number := range numbers {
		if number <= k.finished && !slices.Contains(there, number) {
			k.unarchived[number] = true
		}
	}
	return nil
}

// archive stores what has no archive yet. What cannot be stored now is tried
// again at the next round's end: until then its events stay. Partitions that have
// something to tell wait meanwhile, as they do for an append.
func (k *Keeper) archive(ctx context.Context) {
	for _, number := range slices.Sorted(maps.Keys(k.unarchived)) {
		if err := k.archiveRound(ctx, number); err != nil {
			k.cfg.Log.WarnContext(ctx, "round keeper: the grants of a round are not archived yet; its events stay until they are",
				"round", number, "err", err)
			return
		}
		delete(k.unarchived, number)
	}
}

// archiveRound reads a round's events back, so that what is archived is what is
// stored, and archives them. A round that never started has nothing to keep.
func (k *Keeper) archiveRound(ctx context.Context, number codec.Round) error {
	told, err := ReadRound(ctx, k.stream, k.cfg.Partitions, number)
	if err != nil {
		return fmt.Errorf("reading back its events: %w", err)
	}
	if told.Events == 0 {
		return nil
	}
	if !told.Ended {
		return errors.New("its events do not end")
	}
	ctx, cancel := context.WithTimeout(ctx, archiveWait)
	defer cancel()
	if err := k.cfg.Archive.PutArchive(ctx, number, told.Archive); err != nil {
		return err
	}
	k.archived.Add(1)
	return nil
}

// Told is what a round's stream holds.
type Told struct {
	Events  int
	Holders map[codec.TreasureID]codec.PlayerID // of the treasures that were granted
	Ended   bool
	Seed    codec.Seed // checked against the commitment of the round's start
	Archive []byte     // the round's, if it has ended
}

// ReadRound reads a round's stream. One that breaks the rules is an error.
func ReadRound(ctx context.Context, stream Stream, partitions int, number codec.Round) (told Told, err error) {
	k := Keeper{cfg: Config{Partitions: partitions, Now: time.Now}, stream: stream, marks: make([]place, partitions)}
	r, err := k.readBack(ctx, number, func(ev *huntpb.RoundEvent) (err error) {
		told.Events++
		if kept(ev) {
			told.Archive, err = huntpb.AppendDelimited(told.Archive, ev)
		}
		return err
	})
	told.Ended, told.Holders, told.Seed = r.done, r.holders(), r.seed
	return told, err
}

func (r *round) holders() map[codec.TreasureID]codec.PlayerID {
	all := make(map[codec.TreasureID]codec.PlayerID, len(r.grants))
	for treasure, g := range r.grants {
		all[treasure] = g.player
	}
	return all
}

// kept reports whether an archive holds the event.
func kept(ev *huntpb.RoundEvent) bool {
	switch ev.Body.(type) {
	case *huntpb.RoundEvent_Started, *huntpb.RoundEvent_Granted, *huntpb.RoundEvent_Ended:
		return true
	}
	return false
}

// ParseArchive reads a round's archive: its start, its grants and its end, and who
// holds what. One that is not whole, of another round, or grants a treasure twice
// (I2) is an error.
func ParseArchive(number codec.Round, data []byte) (events []*huntpb.RoundEvent, holders map[codec.TreasureID]codec.PlayerID, err error) {
	r := newRound(number, 0)
	in := bufio.NewReader(bytes.NewReader(data))
	for {
		ev := new(huntpb.RoundEvent)
		if err = huntpb.ReadDelimited(in, maxEvent, ev); errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.archived(ev)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("archive of round %d, event %d: %w", number, len(events)+1, err)
		}
		events = append(events, ev)
	}
	if !r.done {
		return nil, nil, fmt.Errorf("archive of round %d: it has no end", number)
	}
	return events, r.holders(), nil
}

// archived takes over the next event of an archive.
func (r *round) archived(ev *huntpb.RoundEvent) error {
	if ev.Id == nil || !kept(ev) {
		return errors.New("it is none that an archive holds")
	}
	if _, start := ev.Body.(*huntpb.RoundEvent_Started); start == r.started || r.done {
		return errors.New("an archive is one start, the grants and one end")
	}
	of := codec.Round(ev.Id.Round)
	if g := ev.GetStarted(); g != nil {
		of = codec.Round(g.Round)
	} else if e := ev.GetEnded(); e != nil {
		of = codec.Round(e.Round)
	}
	if of != r.number && ev.GetGranted() == nil { // a grant is named by its record, which may be of the next round
		return fmt.Errorf("it is of round %d", of)
	}
	from := source{codec.PartitionID(ev.Id.GetPartition()), placeOf(ev.Id)}
	if err := r.apply(r.last+1, ev, from); err != nil {
		return err
	}
	if e := ev.GetEnded(); e != nil && int(e.Grants) != len(r.grants) {
		return fmt.Errorf("it counts %d grants, the archive holds %d", e.Grants, len(r.grants))
	}
	return nil
}

// marshal encodes an event as streams hold it.
func marshal(ev *huntpb.RoundEvent) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(ev)
}

package system

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// janitor deletes what no state of the last hour of play needs, the only one that
// deletes anything of a hunt's journal. What it may delete follows from what is
// stored (retention.go); a floor is verified, and written to etcd, before anything
// below it goes.
type janitor struct {
	store *Store
	keep  uint64 // in ticks; tests keep less
	log   *slog.Logger

	step func() error // before every deletion; tests end here

	rounds, snapshots, events, failures prometheus.Counter
}

func newJanitor(s *Store, registry prometheus.Registerer, log *slog.Logger) *janitor {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "hunt_janitor_" + name, Help: help})
		registry.MustRegister(c)
		return c
	}
	return &janitor{
		store: s, keep: keepFor, log: log, step: func() error { return nil },
		rounds:    counter("rounds_deleted_total", "Streams of partitions' rounds that were deleted."),
		snapshots: counter("snapshots_deleted_total", "Snapshots that were deleted."),
		events:    counter("events_deleted_total", "Streams of rounds' events that were deleted."),
		failures:  counter("failures_total", "Sweeps that did not come to their end; the next one goes on."),
	}
}

// Run sweeps until ctx ends. A sweep that fails is no failure of the hunt.
func (j *janitor) Run(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := j.sweep(ctx); err != nil && ctx.Err() == nil {
			j.failures.Inc()
			j.log.WarnContext(ctx, "janitor: old state stays until the next sweep", "err", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// sweep looks at every partition, then at the round events.
func (j *janitor) sweep(ctx context.Context) error {
	events := j.store.Journal.Events()
	archives, err := events.Archives(ctx)
	if err != nil {
		return err
	}
	archived := setOf(archives)
	floors, err := control.GetFloors(ctx, j.store.Etcd.Client(), j.store.Folder.Plan.Hunt)
	if err != nil {
		return err
	}
	rollbacks, err := control.Rollbacks(ctx, j.store.Etcd.Client(), j.store.Folder.Plan.Hunt)
	if err != nil {
		return err
	}
	oldest := codec.Round(math.MaxUint32) // that any partition keeps
	now := codec.Round(math.MaxUint32)    // the round that every partition has begun
	for p := range codec.PartitionID(j.store.Folder.World.Partitions()) {
		floor, newest, err := j.partition(ctx, p, floors[p].Index, needs{archived, rollbacks})
		if err != nil {
			return fmt.Errorf("partition %d: %w", p, err)
		}
		oldest, now = min(oldest, floor.Round), min(now, newest)
	}
	if err := control.ForgetRollbacks(ctx, j.store.Etcd.Client(), j.store.Folder.Plan.Hunt, oldest); err != nil {
		return err
	}
	if err := j.oldEvents(ctx, archived, j.lastOld(now)); err != nil {
		return fmt.Errorf("round events: %w", err)
	}
	return nil
}

func (j *janitor) lastOld(now codec.Round) codec.Round {
	return lastOld(now, j.keep, j.store.Folder.Plan.RoundTicks)
}

// partition raises a partition's floor, if it can, and deletes what is below. It
// says which floor and which round the partition is at.
func (j *janitor) partition(
	ctx context.Context, p codec.PartitionID, floor codec.Index, n needs,
) (_ codec.Index, now codec.Round, err error) {
	log := j.store.Journal.Partition(p)
	rounds, err := log.Rounds(ctx)
	if err != nil {
		return floor, 0, err
	}
	if now, err = begun(ctx, log, rounds); err != nil {
		return floor, now, err
	}
	snapshots, err := log.Snapshots(ctx)
	if err != nil {
		return floor, now, err
	}
	for _, at := range nextFloors(floor, rounds, snapshots, n, j.lastOld(now)) {
		err := j.verify(ctx, p, at)
		if errors.Is(err, actor.ErrSnapshot) { // an older one may do; this one stays, for who looks at it
			j.log.WarnContext(ctx, "janitor: a snapshot is of no use", "partition", p, "index", at, "err", err)
			continue
		}
		if err == nil {
			err = j.raise(ctx, log, p, at)
		}
		if err != nil {
			return floor, now, err
		}
		floor = at
		break
	}
	oldSnapshots, oldRounds := below(floor, rounds, snapshots)
	return floor, now, j.clear(ctx, log, oldSnapshots, oldRounds)
}

// begun is the newest of a partition's rounds that has a record: the stream of the
// next one is made ahead of it.
func begun(ctx context.Context, log *journal.Log, rounds []codec.Round) (codec.Round, error) {
	for _, round := range slices.Backward(rounds) {
		last, _, err := log.Last(ctx, round)
		if err != nil || last > 0 {
			return round, err
		}
	}
	return 0, nil
}

// clear deletes what is below a floor.
func (j *janitor) clear(ctx context.Context, log *journal.Log, snapshots []codec.Index, rounds []codec.Round) error {
	for _, at := range snapshots {
		if err := j.delete(j.snapshots, func() error { return log.DeleteSnapshot(ctx, at) }); err != nil {
			return err
		}
	}
	for _, round := range rounds {
		if err := j.delete(j.rounds, func() error { return log.DeleteRound(ctx, round) }); err != nil {
			return err
		}
	}
	return nil
}

func (j *janitor) delete(counter prometheus.Counter, do func() error) error {
	err := j.step()
	if err == nil {
		err = do()
	}
	if err == nil {
		counter.Inc()
	}
	return err
}

// verify restores a snapshot into a core of its own and compares it with the
// record at its index. It takes as much memory as a partition has, for a moment.
func (j *janitor) verify(ctx context.Context, p codec.PartitionID, at codec.Index) error {
	var mem []byte
	err := actor.CheckSnapshot(ctx, ReplayOf(j.store, p, &mem), at)
	if mem != nil {
		err = errors.Join(err, offheap.Unmap(mem))
	}
	return err
}

// raise writes the floor, with the hash of the record whose state it is.
func (j *janitor) raise(ctx context.Context, log *journal.Log, p codec.PartitionID, at codec.Index) error {
	record, there, err := log.Record(ctx, at)
	if err != nil {
		return err
	}
	if !there {
		return fmt.Errorf("record %v, of whose state there is a snapshot, is not there", at)
	}
	h, _, err := codec.ParseRecord(record)
	if err != nil {
		return fmt.Errorf("record %v: %w", at, err)
	}
	floor := codec.Watermark{Partition: p, Index: at, State: h.State, Chain: sha256.Sum256(record)}
	return control.PutFloors(ctx, j.store.Etcd.Client(), j.store.Folder.Plan.Hunt, []codec.Watermark{floor})
}

// oldEvents deletes the events of rounds up to old.
func (j *janitor) oldEvents(ctx context.Context, archived map[codec.Round]bool, old codec.Round) error {
	events := j.store.Journal.Events()
	rounds, err := events.Rounds(ctx)
	if err != nil {
		return err
	}
	for _, round := range oldEvents(rounds, archived, old) {
		if err := j.delete(j.events, func() error { return events.DeleteRound(ctx, round) }); err != nil {
			return err
		}
	}
	return nil
}

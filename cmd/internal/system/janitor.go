package system

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// janitor deletes what no state of the last hour needs, the only one that
// deletes anything of a hunt's journal. What it may delete follows from what is
// stored (retention.go); a floor is verified, and written to etcd, before anything
// below it goes.
type janitor struct {
	store *Store
	now   func() time.Time
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
		store: s, now: time.Now, log: log, step: func() error { return nil },
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
	for p := range codec.PartitionID(j.store.Folder.World.Partitions()) {
		floor, err := j.partition(ctx, p, floors[p].Index, needs{archived, rollbacks})
		if err != nil {
			return fmt.Errorf("partition %d: %w", p, err)
		}
		oldest = min(oldest, floor.Round)
	}
	if err := control.ForgetRollbacks(ctx, j.store.Etcd.Client(), j.store.Folder.Plan.Hunt, oldest); err != nil {
		return err
	}
	if err := j.oldEvents(ctx, archived); err != nil {
		return fmt.Errorf("round events: %w", err)
	}
	return nil
}

// partition raises a partition's floor, if it can, and deletes what is below.
func (j *janitor) partition(ctx context.Context, p codec.PartitionID, floor codec.Index, n needs) (codec.Index, error) {
	log := j.store.Journal.Partition(p)
	rounds, err := log.Rounds(ctx)
	if err != nil {
		return floor, err
	}
	infos, err := log.SnapshotInfos(ctx)
	if err != nil {
		return floor, err
	}
	for _, at := range nextFloors(floor, rounds, stored(infos), n, j.now()) {
		err := j.verify(ctx, p, at)
		if errors.Is(err, actor.ErrSnapshot) { // an older one may do; this one stays, for who looks at it
			j.log.WarnContext(ctx, "janitor: a snapshot is of no use", "partition", p, "index", at, "err", err)
			continue
		}
		if err == nil {
			err = j.raise(ctx, log, p, at)
		}
		if err != nil {
			return floor, err
		}
		floor = at
		break
	}
	return floor, j.clear(ctx, log, floor, rounds)
}

// clear deletes what is below a floor.
func (j *janitor) clear(ctx context.Context, log *journal.Log, floor codec.Index, rounds []codec.Round) error {
	indices, err := log.Snapshots(ctx) // also those that cannot be described
	if err != nil {
		return err
	}
	oldSnapshots, oldRounds := below(floor, rounds, indices)
	for _, at := range oldSnapshots {
		if err := j.delete(j.snapshots, func() error { return log.DeleteSnapshot(ctx, at) }); err != nil {
			return err
		}
	}
	for _, round := range oldRounds {
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

// oldEvents deletes the events of rounds that were over an hour ago.
func (j *janitor) oldEvents(ctx context.Context, archived map[codec.Round]bool) error {
	events := j.store.Journal.Events()
	rounds, err := events.Rounds(ctx)
	if err != nil {
		return err
	}
	written := map[codec.Round]time.Time{}
	for _, round := range rounds {
		if written[round], err = events.Written(ctx, round); err != nil {
			return err
		}
	}
	for _, round := range oldEvents(rounds, written, archived, j.now()) {
		if err := j.delete(j.events, func() error { return events.DeleteRound(ctx, round) }); err != nil {
			return err
		}
	}
	return nil
}

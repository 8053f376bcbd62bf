package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/partition/world"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// RecoverResult is what it takes to have the state of a hunt again that was
// played and stopped. Live is the rate that it was played at, with snapshots
// and an embedded, synced journal.
type RecoverResult struct {
	Edges           int     `json:"edges"`
	Partitions      int     `json:"partitions"`
	Moves           int     `json:"moves"` // in the journal
	LiveMovesPerS   float64 `json:"live_moves_per_s"`
	SnapshotMS      float64 `json:"snapshot_ms"`       // to pack and store those of all partitions, one after the other
	SnapshotPauseMS float64 `json:"snapshot_pause_ms"` // for which a partition's copy holds it up, the mean
	SnapshotBytes   int64   `json:"snapshot_bytes"`    // of all partitions, as they are stored
	RecoverS        float64 `json:"recover_s"`         // from the start of the journal's server until all partitions can lead players
	ReplayS         float64 `json:"replay_s"`          // of the whole journal, from its first record
	ReplayMovesPerS float64 `json:"replay_moves_per_s"`
}

// Recover plays a hunt, stops it, replays its whole journal, and starts it again
// from the newest snapshots.
func Recover(ctx context.Context, cfg JournalConfig) (r RecoverResult, err error) {
	if err := cfg.check(); err != nil {
		return r, err
	}
	w, err := cfg.world()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	r.Edges, r.Partitions = w.Edges(), w.Partitions()
	step := cfg.step()
	if err := step.check(w); err != nil {
		return r, err
	}
	dir, done, err := cfg.folder()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, done()) }()
	dir = filepath.Join(dir, "hunt")
	if step.marks, err = r.play(ctx, w, step, dir); err != nil {
		return r, err
	}
	cfg.Say("replaying the whole journal")
	if err := r.replay(ctx, w, step.marks, dir); err != nil {
		return r, err
	}
	cfg.Say("starting the hunt again")
	return r, r.again(ctx, w, step, dir)
}

// play plays the hunt over a round's end and says where each partition stopped.
func (r *RecoverResult) play(ctx context.Context, w *world.World, cfg StepConfig, dir string) (ends []codec.Watermark, err error) {
	server, j, err := openJournal(dir, recoverHunt)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.close()) }()
	figures := prometheus.NewRegistry()
	cfg.scribe = actor.NewScribe(figures, slog.Default())
	stored := make([]storing, w.Partitions())
	cfg.journal = func(p codec.PartitionID) (actor.Journal, *meter) {
		stored[p].Journal = j.Partition(p)
		return &stored[p], nil
	}
	h, err := bootHunt(ctx, w, &cfg)
	if err != nil {
		return nil, err
	}
	crowd := newCrowd(w, h.links, &cfg)
	cfg.Say("%d players join and play", cfg.Players)
	if err = crowd.join(ctx, cfg.Players); err == nil {
		err = crowd.play(ctx, cfg.Players, pace{rate: cfg.Rate, length: cfg.For, until: func() bool { return allStored(stored) }})
	}
	r.LiveMovesPerS = crowd.tally.rate()
	if err = errors.Join(err, h.close()); err != nil {
		return nil, err
	}
	for _, l := range h.links {
		ends = append(ends, l.actor.Durable())
	}
	return ends, r.snapshots(ctx, figures, j)
}

// storing is a journal that knows whether it was given a snapshot.
type storing struct {
	actor.Journal
	stored atomic.Bool
}

// PutSnapshot notes that there is one now.
func (s *storing) PutSnapshot(ctx context.Context, at codec.Index, data []byte) error {
	err := s.Journal.PutSnapshot(ctx, at, data)
	if err == nil {
		s.stored.Store(true)
	}
	return err
}

func allStored(list []storing) bool {
	for i := range list {
		if !list[i].stored.Load() {
			return false
		}
	}
	return true
}

const recoverHunt = "bench/recover"

// snapshots says what those of one round cost: the mean of all that were
// stored, times the partitions.
func (r *RecoverResult) snapshots(ctx context.Context, figures *prometheus.Registry, j *journal.Journal) error {
	for p := range codec.PartitionID(r.Partitions) {
		list, err := j.Partition(p).SnapshotInfos(ctx)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fmt.Errorf("bench recover: partition %d has no snapshot: play longer, or shorter rounds", p)
		}
		r.SnapshotBytes += int64(list[len(list)-1].Bytes)
	}
	families, err := figures.Gather()
	if err != nil {
		return fmt.Errorf("bench recover: figures of the snapshots: %w", err)
	}
	for _, f := range families {
		h := f.GetMetric()[0].GetHistogram()
		mean := h.GetSampleSum() / float64(max(h.GetSampleCount(), 1)) * 1000
		switch f.GetName() {
		case "hunt_snapshot_store_seconds":
			r.SnapshotMS = mean * float64(r.Partitions)
		case "hunt_snapshot_copy_seconds":
			r.SnapshotPauseMS = mean
		}
	}
	return nil
}

// replay replays every partition from its first record, as many at a time as
// there are processors. What counts is the time to read records and to apply
// and check them, as if partitions took equal turns on the processors, without
// the building of the cores.
func (r *RecoverResult) replay(ctx context.Context, w *world.World, ends []codec.Watermark, dir string) (err error) {
	server, j, err := openJournal(dir, recoverHunt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.close()) }()
	var group sync.WaitGroup
	var next, moves, took atomic.Int64
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	for worker := range workers {
		group.Go(func() {
			for p := int(next.Add(1)) - 1; p < len(ends) && errs[worker] == nil; p = int(next.Add(1)) - 1 {
				n, err := replayOne(ctx, w, timedReads{j.Partition(codec.PartitionID(p)), &took}, ends[p])
				moves.Add(int64(n))
				errs[worker] = err
			}
		})
	}
	group.Wait()
	r.Moves = int(moves.Load())
	r.ReplayS = time.Duration(took.Load() / int64(workers)).Seconds()
	r.ReplayMovesPerS = float64(r.Moves) / r.ReplayS
	return errors.Join(errs...)
}

// replayOne replays one partition; at the end it must be where it stopped.
func replayOne(ctx context.Context, w *world.World, log actor.Journal, end codec.Watermark) (moves int, err error) {
	topo := partition.Topology(w.Part(end.Partition))
	var mem []byte
	defer func() {
		if mem != nil {
			err = errors.Join(err, offheap.Unmap(mem))
		}
	}()
	h, err := actor.Replay(ctx, actor.ReplayConfig{
		Partition: end.Partition, World: w.Hash(), Journal: log, From: 1, Marks: []codec.Watermark{end},
		Build: func(rules codec.Rules) (*partition.Core, error) { return mapCore(topo, rules, &mem) },
	})
	if err == nil && h.Last != end {
		err = fmt.Errorf("bench recover: partition %d stopped at %v with state %016x and was replayed to %v, %016x",
			end.Partition, end.Index, end.State, h.Last.Index, h.Last.State)
	}
	return h.Moves, err
}

// timedReads adds up how long records are read, and applied by who reads them.
type timedReads struct {
	actor.Journal
	took *atomic.Int64
}

func (t timedReads) Read(ctx context.Context, round codec.Round, from uint64, fn func(uint64, []byte) error) error {
	began := time.Now()
	defer func() { t.took.Add(int64(time.Since(began))) }()
	return t.Journal.Read(ctx, round, from, fn)
}

// again starts the hunt again, and stops it; it must reach where it stopped.
func (r *RecoverResult) again(ctx context.Context, w *world.World, cfg StepConfig, dir string) (err error) {
	began := time.Now()
	server, j, err := openJournal(dir, recoverHunt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.close()) }()
	cfg.epoch = 2
	cfg.journal = func(p codec.PartitionID) (actor.Journal, *meter) { return j.Partition(p), nil }
	h, err := bootHunt(ctx, w, &cfg)
	if err != nil {
		return err
	}
	r.RecoverS = time.Since(began).Seconds()
	return h.close()
}

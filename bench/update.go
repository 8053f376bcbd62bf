package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/partition/overlay"
)

// UpdateConfig says what to change.
type UpdateConfig struct {
	Ground
	Seed    uint64 // of the congestion and the changes
	Changes int    // in a tick
	Ticks   int
}

// UpdateResult is what it costs to bring the hierarchy of a map to changed
// weights, all of it, at every level. The floor is what a change would cost if
// the hierarchy were built anew at every tick.
type UpdateResult struct {
	Edges           int     `json:"edges"`
	Changes         int     `json:"changes"`
	Ticks           int     `json:"ticks"`
	RepairUS        float64 `json:"repair_us_per_change"` // the median tick's mean
	RepairP50US     float64 `json:"repair_p50_us"`
	RepairP99US     float64 `json:"repair_p99_us"`
	RepairMaxUS     float64 `json:"repair_max_us"`
	SliceP99US      float64 `json:"slice_p99_us"` // a repair is done in slices; other work may come between
	SliceMaxUS      float64 `json:"slice_max_us"`
	ZeroChangeShare float64 `json:"zero_change_share"` // changes that left all distances between points as they were
	RebuildUS       float64 `json:"rebuild_us_per_change"`
	MismatchesAfter int     `json:"mismatches_after"` // entries that differ from a hierarchy built anew
}

// Update measures repairs: random edges get random congestion.
func Update(ctx context.Context, cfg UpdateConfig) (r UpdateResult, err error) {
	if cfg.Changes < 1 || cfg.Ticks < 1 {
		return r, errors.New("bench update: want at least one change and one tick")
	}
	t, err := loadTerrain(cfg.Ground, cfg.Seed)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	r.Edges, r.Changes, r.Ticks = len(t.Head), cfg.Changes, cfg.Ticks
	took := make([]time.Duration, 0, cfg.Changes*cfg.Ticks)
	ticks := make([]time.Duration, cfg.Ticks)
	parts := make([]time.Duration, 0, 8*cap(took))
	zero := 0
	for i := range ticks {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		for range cfg.Changes {
			edge, level := t.rng.Uint32N(uint32(len(t.Head))), congestion(t.rng)
			began, d := time.Now(), time.Duration(0)
			t.Change(&t.search, edge, level, 0)
			for done := false; !done; {
				done = t.Step(&t.search)
				last := d
				d = time.Since(began)
				parts = append(parts, d-last)
			}
			took, ticks[i] = append(took, d), ticks[i]+d
			if t.search.Reached() == 0 {
				zero++
			}
		}
	}
	slices.Sort(took)
	slices.Sort(parts)
	slices.Sort(ticks)
	r.RepairUS = us(ticks[len(ticks)/2]) / float64(cfg.Changes)
	r.RepairP50US, r.RepairP99US, r.RepairMaxUS = us(took[len(took)/2]), us(took[len(took)*99/100]), us(took[len(took)-1])
	r.SliceP99US, r.SliceMaxUS = us(parts[len(parts)*99/100]), us(parts[len(parts)-1])
	r.ZeroChangeShare = float64(zero) / float64(len(took))
	rebuild, mismatches, err := t.compare()
	r.RebuildUS, r.MismatchesAfter = us(rebuild)/float64(cfg.Changes), mismatches
	return r, err
}

// compare builds the hierarchy of the same weights from nothing, and counts the
// entries in which it differs.
func (t *terrain) compare() (took time.Duration, differ int, err error) {
	shape, err := overlay.Measure(t.Graph)
	if err != nil {
		return 0, 0, fmt.Errorf("measuring the cells anew: %w", err)
	}
	mem, err := offheap.Map(shape.Size(0))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, offheap.Unmap(mem)) }()
	anew, err := overlay.New(shape, 0, mem)
	if err != nil {
		return 0, 0, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := threadTime()
	anew.Rebuild(&t.search, t.Level)
	return threadTime() - began, t.Differ(anew), nil
}

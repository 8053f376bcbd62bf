package bench

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/huntgraph/huntgraph/partition/overlay"
)

// CloseConfig says what to close.
type CloseConfig struct {
	Ground
	Seed  uint64  // of the congestion and the edges
	Share float64 // of the edges
}

// CloseResult is what it costs to bring the hierarchy of a map to many changes at
// once: random edges are closed in one tick, and given back in the next. The rival
// is a hierarchy of the same weights that is built from nothing.
type CloseResult struct {
	Edges      int     `json:"edges"`
	Changes    int     `json:"changes"` // in each of the two ticks
	CloseS     float64 `json:"close_s"` // of processor time, as all four
	ReopenS    float64 `json:"reopen_s"`
	FreshS     float64 `json:"fresh_s"`        // with the edges closed
	OpenS      float64 `json:"fresh_reopen_s"` // with the edges given back
	Ratio      float64 `json:"ratio"`          // the larger one of a tick to its rival
	SliceP99US float64 `json:"slice_p99_us"`   // the work is done in slices; other work may come between
	SliceMaxUS float64 `json:"slice_max_us"`
	Mismatches int     `json:"mismatches"` // entries that differ from the rival's
}

// closedPerSlice is how many changes without a search are one slice.
const closedPerSlice = 64

// Close measures changes in bulk.
func Close(ctx context.Context, cfg CloseConfig) (r CloseResult, err error) {
	if !(cfg.Share > 0 && cfg.Share <= 1) {
		return r, errors.New("bench update: --close-share must be above 0 and at most 1")
	}
	t, err := loadTerrain(cfg.Ground, cfg.Seed)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	r.Edges, r.Changes = len(t.Head), max(1, int(cfg.Share*float64(len(t.Head))))
	edges, levels := t.draw(r.Changes)
	var slicesTook []time.Duration
	for _, tick := range []struct {
		took, fresh *float64
		level       func(i int) uint8
	}{
		{&r.CloseS, &r.FreshS, func(int) uint8 { return overlay.Closed }},
		{&r.ReopenS, &r.OpenS, func(i int) uint8 { return levels[i] }},
	} {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		took, inSlices := t.timeBulk(edges, tick.level)
		slicesTook = append(slicesTook, inSlices...)
		fresh, mismatches, err := t.compare()
		if err != nil {
			return r, err
		}
		*tick.took, *tick.fresh = took.Seconds(), fresh.Seconds()
		r.Ratio = max(r.Ratio, *tick.took / *tick.fresh)
		r.Mismatches += mismatches
	}
	slices.Sort(slicesTook)
	r.SliceP99US, r.SliceMaxUS = us(slicesTook[len(slicesTook)*99/100]), us(slicesTook[len(slicesTook)-1])
	return r, nil
}

// draw draws edges, and lists the levels that they have.
func (t *terrain) draw(n int) (edges []uint32, levels []uint8) {
	for _, e := range t.rng.Perm(len(t.Head))[:n] {
		edges, levels = append(edges, uint32(e)), append(levels, t.Level(uint32(e)))
	}
	return edges, levels
}

// bulk brings edges to levels as a partition does after a refresh; slice is called after each piece of it.
func (t *terrain) bulk(edges []uint32, level func(i int) uint8, slice func()) {
	for i, e := range edges {
		if t.Expect(e); i%closedPerSlice == 0 {
			slice()
		}
	}
	t.Plan()
	for i, e := range edges {
		t.Change(&t.search, e, level(i), 0)
		for !t.Step(&t.search) {
			slice()
		}
		if i%closedPerSlice == 0 {
			slice()
		}
	}
	for !t.Mend(&t.search) {
		slice()
	}
	slice()
}

// timeBulk is the processor time of bulk, and how long each slice of it held a
// processor's other work up, by the clock.
func (t *terrain) timeBulk(edges []uint32, level func(i int) uint8) (took time.Duration, slices []time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	slices = make([]time.Duration, 0, 4*len(edges)) // so that it does not grow within a slice
	began, last := threadTime(), time.Now()
	t.bulk(edges, level, func() {
		now := time.Now()
		slices, last = append(slices, now.Sub(last)), now
	})
	return threadTime() - began, slices
}

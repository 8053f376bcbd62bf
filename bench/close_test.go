package bench

import (
	"testing"

	"github.com/huntgraph/huntgraph/partition/overlay"
)

// TestClose: whatever share of a map's edges is closed at once and given back, that
// settles at most half as much again as a build from nothing, allocates nothing,
// and leaves the distances that such a build finds. A slice is one search.
func TestClose(t *testing.T) {
	ground := Ground{Map: rooms(t)}
	for _, share := range []float64{0.001, 0.01, 0.03, 0.1, 0.3, 0.6} {
		m, err := loadTerrain(ground, 2)
		if err != nil {
			t.Fatal(err)
		}
		edges, was := m.draw(int(share * float64(len(m.Head))))
		closing := true
		allocs := testing.AllocsPerRun(1, func() { // the first run does not count
			before := m.search.Work
			m.bulk(edges, func(i int) uint8 {
				if closing {
					return overlay.Closed
				}
				return was[i]
			}, func() {})
			bulk := m.search.Work - before
			if closing {
				m.judge(t, share, bulk)
			}
			closing = false
		})
		if allocs > 100 { // the runtime makes some, for a thread of its own
			t.Errorf("a share of %g: %g allocations", share, allocs)
		}
		m.judge(t, share, 0)
		if err := m.close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Close(t.Context(), CloseConfig{Ground: ground, Seed: 2, Share: 0.3})
	if err != nil || r.Mismatches != 0 || r.CloseS == 0 || r.ReopenS == 0 || r.FreshS == 0 || r.Ratio == 0 || r.SliceMaxUS == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, share := range []float64{0, -1, 1.5} {
		if _, err := Close(t.Context(), CloseConfig{Ground: ground, Share: share}); err == nil {
			t.Errorf("a share of %g is taken", share)
		}
	}
}

// judge compares with a fresh build of the same weights, and what bulk changes settled with what that does.
func (t *terrain) judge(test *testing.T, share float64, bulk int) {
	before := t.search.Work
	_, mismatches, err := t.compare()
	if err != nil {
		test.Fatal(err)
	}
	if fresh := t.search.Work - before; mismatches != 0 || 2*bulk > 3*fresh {
		test.Errorf("a share of %g: %d settled, %d by a fresh build; %d distances differ", share, bulk, fresh, mismatches)
	}
}

package partition

import (
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestSearched: what checks compare hints with knows weights that were set and
// blocked, from the refresh on and not before.
func TestSearched(t *testing.T) {
	c := lane(t)
	set(t, c, 3, 7)
	set(t, c, 5, codec.Blocked)
	weights := func() map[codec.EdgeID]codec.Weight {
		m := map[codec.EdgeID]codec.Weight{}
		c.Searched(func(e codec.EdgeID, w codec.Weight) { m[e] = w })
		return m
	}
	c.Tick()
	attend(c)
	if m := weights(); len(m) != 0 {
		t.Errorf("before the refresh: %v", m)
	}
	for !c.Refreshed() {
		c.Tick()
		attend(c)
	}
	if m := weights(); len(m) != 2 || m[3] != 7 || m[5] != codec.Blocked {
		t.Errorf("after the refresh: %v, want 3 at 7 and 5 blocked", m)
	}
}

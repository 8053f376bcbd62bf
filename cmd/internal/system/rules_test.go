package system

import (
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// TestRoundCostsByLength: no round has more treasures open a second than a full
// one, but for those of its start, and each has these.
func TestRoundCostsByLength(t *testing.T) {
	full := partition.DefaultRules()
	for _, partitions := range []int{1, 4, 16, 48, 512} {
		for _, ticks := range []uint32{codec.TicksPerSecond, 5 * codec.TicksPerSecond, 60 * codec.TicksPerSecond, codec.MaxRoundTicks} {
			u := rulesOf(ticks, partitions)
			if err := partition.CheckRules(u); err != nil {
				t.Errorf("%d ticks, %d partitions: %v", ticks, partitions, err)
			}
			if int(u.Treasures)*partitions > codec.MaxTreasures || u.OpenAtStart == 0 || u.RoundTicks != ticks {
				t.Errorf("%d ticks, %d partitions: %+v", ticks, partitions, u)
			}
			late, most := uint32(u.Treasures-u.OpenAtStart), uint32(full.Treasures-full.OpenAtStart)
			if late*full.RoundTicks > most*ticks {
				t.Errorf("%d ticks, %d partitions: %d treasures open after the start; a full round has %d in %d ticks",
					ticks, partitions, late, most, full.RoundTicks)
			}
		}
	}
}

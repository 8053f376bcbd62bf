package system

import (
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
)

// What the janitor may delete, as pure functions of what is stored. Age is counted
// in rounds that were played since. The machine's clock plays no part in it: it may
// jump by days, and a hunt that stood still for as long has lost nothing by that.

// lastOld is the last round that ended at least keep ticks before the round now
// began, or 0 if none did.
func lastOld(now codec.Round, keep uint64, roundTicks uint32) codec.Round {
	played := 1 + (keep+uint64(roundTicks)-1)/uint64(roundTicks) // rounds from it to now, itself included
	return now - codec.Round(min(played, uint64(now)))
}

// needs are what of a hunt holds its floors down.
type needs struct {
	archived  map[codec.Round]bool // rounds whose grants are
	rollbacks []control.Rollback
}

// nextFloors are the snapshots that may become a partition's next floor, the best
// first: those of rounds up to old that leave what is needed. The grants of every
// round below it are archived: a round that the round keeper has yet to end, and
// must be told of again after a restart, stays. And no rollback after it goes back
// to before it, or its round could not be replayed.
func nextFloors(floor codec.Index, rounds []codec.Round, snapshots []codec.Index, n needs, old codec.Round) (list []codec.Index) {
	for _, at := range snapshots {
		if at.Compare(floor) <= 0 || at.Round > old {
			continue
		}
		open := slices.ContainsFunc(rounds, func(r codec.Round) bool { return r < at.Round && !n.archived[r] })
		undone := slices.ContainsFunc(n.rollbacks, func(r control.Rollback) bool {
			return r.At.Round >= at.Round && r.To.Round <= at.Round
		})
		if !open && !undone {
			list = append(list, at)
		}
	}
	slices.SortFunc(list, func(a, b codec.Index) int { return b.Compare(a) })
	return list
}

// below is what a floor leaves to be deleted, the oldest first, so that what is
// left has no hole wherever a deletion is cut short.
func below(floor codec.Index, rounds []codec.Round, snapshots []codec.Index) (oldSnapshots []codec.Index, oldRounds []codec.Round) {
	for _, at := range snapshots {
		if at.Compare(floor) < 0 {
			oldSnapshots = append(oldSnapshots, at)
		}
	}
	for _, r := range rounds {
		if r < floor.Round {
			oldRounds = append(oldRounds, r)
		}
	}
	slices.SortFunc(oldSnapshots, codec.Index.Compare)
	slices.Sort(oldRounds)
	return oldSnapshots, oldRounds
}

// oldEvents are the rounds up to old whose events go: those that are archived. The
// newest stays whatever its age: it tells the next round keeper where to go on.
func oldEvents(rounds []codec.Round, archived map[codec.Round]bool, old codec.Round) (list []codec.Round) {
	for _, r := range rounds {
		if r != slices.Max(rounds) && archived[r] && r <= old {
			list = append(list, r)
		}
	}
	slices.Sort(list)
	return list
}

func setOf(rounds []codec.Round) map[codec.Round]bool {
	set := map[codec.Round]bool{}
	for _, r := range rounds {
		set[r] = true
	}
	return set
}

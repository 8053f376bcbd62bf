package system

import (
	"slices"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// What the janitor may delete, as pure functions of what is stored.

// snapshot is one that can be read, as far as is known without reading it.
type snapshot struct {
	at  codec.Index
	put time.Time
}

func stored(infos []journal.SnapshotInfo) (list []snapshot) {
	for _, i := range infos {
		if i.Err == nil {
			list = append(list, snapshot{i.At, i.Time})
		}
	}
	return list
}

// needs are what of a hunt holds its floors down.
type needs struct {
	archived  map[codec.Round]bool // rounds whose grants are
	rollbacks []control.Rollback
}

// nextFloors are the snapshots that may become a partition's next floor, the best
// first: those at least keepFor old that leave what is needed. The grants of every
// round below it are archived: a round that the round keeper has yet to end, and
// must be told of again after a restart, stays. And no rollback after it goes back
// to before it, or its round could not be replayed.
func nextFloors(floor codec.Index, rounds []codec.Round, snapshots []snapshot, n needs, now time.Time) (list []codec.Index) {
	for _, s := range snapshots {
		if s.at.Compare(floor) <= 0 || now.Sub(s.put) < keepFor {
			continue
		}
		open := slices.ContainsFunc(rounds, func(r codec.Round) bool { return r < s.at.Round && !n.archived[r] })
		undone := slices.ContainsFunc(n.rollbacks, func(r control.Rollback) bool {
			return r.At.Round >= s.at.Round && r.To.Round <= s.at.Round
		})
		if !open && !undone {
			list = append(list, s.at)
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

// oldEvents are the rounds whose events go: archived, and over for keepFor. The
// newest stays whatever its age: it tells the next round keeper where to go on.
func oldEvents(rounds []codec.Round, written map[codec.Round]time.Time, archived map[codec.Round]bool, now time.Time) (old []codec.Round) {
	for _, r := range rounds {
		if r != slices.Max(rounds) && archived[r] && now.Sub(written[r]) >= keepFor {
			old = append(old, r)
		}
	}
	slices.Sort(old)
	return old
}

func setOf(rounds []codec.Round) map[codec.Round]bool {
	set := map[codec.Round]bool{}
	for _, r := range rounds {
		set[r] = true
	}
	return set
}

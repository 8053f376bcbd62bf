package system

import (
	"slices"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
)

func index(round codec.Round, seq uint64) codec.Index { return codec.Index{Round: round, Seq: seq} }

func TestNextFloors(t *testing.T) {
	now := time.Unix(100_000, 0)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	old := []snapshot{
		{index(3, 40), ago(90 * time.Minute)}, {index(4, 40), ago(70 * time.Minute)},
		{index(5, 40), ago(60 * time.Minute)}, {index(6, 40), ago(59 * time.Minute)},
	}
	rounds := []codec.Round{3, 4, 5, 6, 7}
	all := setOf([]codec.Round{1, 2, 3, 4, 5, 6})
	undo := func(at, to codec.Round) []control.Rollback {
		return []control.Rollback{{At: codec.Cut{Round: at, Tick: 9}, To: codec.Cut{Round: to, Tick: 5}}}
	}
	for _, c := range []struct {
		name      string
		floor     codec.Index
		snapshots []snapshot
		archived  map[codec.Round]bool
		rollbacks []control.Rollback
		want      []codec.Index
	}{
		{"the newest that is an hour old", index(3, 40), old, all, nil, []codec.Index{index(5, 40), index(4, 40)}},
		{"no floor yet", codec.Index{}, old, all, nil, []codec.Index{index(5, 40), index(4, 40), index(3, 40)}},
		{"the floor is the newest", index(5, 40), old, all, nil, nil},
		{"none", codec.Index{}, nil, all, nil, nil},
		{"a round is not archived", index(3, 40), old, setOf([]codec.Round{1, 2, 3}), nil, []codec.Index{index(4, 40)}},
		{"none is archived", codec.Index{}, old, nil, nil, []codec.Index{index(3, 40)}}, // nothing goes with it
		{"a rollback to before it", index(3, 40), old, all, undo(6, 4), nil},
		{"a rollback to after it", index(3, 40), old, all, undo(6, 5), []codec.Index{index(4, 40)}},
		{"a rollback before it", index(3, 40), old, all, undo(4, 3), []codec.Index{index(5, 40)}},
		{"a rollback within its round", index(3, 40), old, all, undo(5, 5), []codec.Index{index(4, 40)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := nextFloors(c.floor, rounds, c.snapshots, needs{c.archived, c.rollbacks}, now)
			if !slices.Equal(got, c.want) {
				t.Errorf("%v; want %v", got, c.want)
			}
		})
	}
}

func TestBelow(t *testing.T) {
	rounds := []codec.Round{3, 4, 5, 6}
	snapshots := []codec.Index{index(3, 40), index(5, 9), index(5, 40), index(6, 1)}
	for _, c := range []struct {
		floor     codec.Index
		snapshots int // how many of the first go
		rounds    int
	}{
		{codec.Index{}, 0, 0}, {index(3, 40), 0, 0}, {index(5, 9), 1, 2}, {index(5, 40), 2, 2}, {index(6, 1), 3, 3},
	} {
		s, r := below(c.floor, rounds, snapshots)
		if !slices.Equal(s, snapshots[:c.snapshots]) || !slices.Equal(r, rounds[:c.rounds]) {
			t.Errorf("below %v go %v and rounds %v", c.floor, s, r)
		}
	}
}

func TestOldEvents(t *testing.T) {
	now := time.Unix(100_000, 0)
	written := map[codec.Round]time.Time{}
	for r := codec.Round(1); r <= 5; r++ {
		written[r] = now.Add(-time.Duration(63-r) * time.Minute) // 62 to 58 minutes ago
	}
	for _, c := range []struct {
		name     string
		rounds   []codec.Round
		archived []codec.Round
		want     []codec.Round
	}{
		{"an hour ago", []codec.Round{1, 2, 3, 4, 5}, []codec.Round{1, 2, 3, 4, 5}, []codec.Round{1, 2, 3}},
		{"not archived", []codec.Round{1, 2, 3, 4, 5}, []codec.Round{1, 3}, []codec.Round{1, 3}},
		{"the newest", []codec.Round{1, 2}, []codec.Round{1, 2}, []codec.Round{1}},
		{"none", nil, []codec.Round{1}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := oldEvents(c.rounds, written, setOf(c.archived), now); !slices.Equal(got, c.want) {
				t.Errorf("%v; want %v", got, c.want)
			}
		})
	}
}

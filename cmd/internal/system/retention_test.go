package system

import (
	"slices"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
)

func index(round codec.Round, seq uint64) codec.Index { return codec.Index{Round: round, Seq: seq} }

// TestLastOld: age is what was played since, in whole rounds.
func TestLastOld(t *testing.T) {
	const minute = 60 * codec.TicksPerSecond
	for _, c := range []struct {
		now        codec.Round
		keep       uint64
		roundTicks uint32
		want       codec.Round
	}{
		{0, 60 * minute, 5 * minute, 0},
		{1, 60 * minute, 5 * minute, 0},
		{13, 60 * minute, 5 * minute, 0}, // the first round ended 55 minutes before it
		{14, 60 * minute, 5 * minute, 1},
		{100, 60 * minute, 5 * minute, 87},
		{3601, 60 * minute, codec.TicksPerSecond, 0},
		{3602, 60 * minute, codec.TicksPerSecond, 1},
		{100, 61 * minute, 5 * minute, 86}, // not a whole number of rounds
		{5, 0, 5 * minute, 4},
	} {
		if got := lastOld(c.now, c.keep, c.roundTicks); got != c.want {
			t.Errorf("in round %d, of %d ticks, with %d kept: %d; want %d", c.now, c.roundTicks, c.keep, got, c.want)
		}
	}
}

func TestNextFloors(t *testing.T) {
	stored := []codec.Index{index(3, 40), index(4, 40), index(5, 40), index(6, 40)}
	const old = 5
	rounds := []codec.Round{3, 4, 5, 6, 7}
	all := setOf([]codec.Round{1, 2, 3, 4, 5, 6})
	undo := func(at, to codec.Round) []control.Rollback {
		return []control.Rollback{{At: codec.Cut{Round: at, Tick: 9}, To: codec.Cut{Round: to, Tick: 5}}}
	}
	for _, c := range []struct {
		name      string
		floor     codec.Index
		snapshots []codec.Index
		archived  map[codec.Round]bool
		rollbacks []control.Rollback
		want      []codec.Index
	}{
		{"the newest that is old enough", index(3, 40), stored, all, nil, []codec.Index{index(5, 40), index(4, 40)}},
		{"no floor yet", codec.Index{}, stored, all, nil, []codec.Index{index(5, 40), index(4, 40), index(3, 40)}},
		{"the floor is the newest", index(5, 40), stored, all, nil, nil},
		{"none", codec.Index{}, nil, all, nil, nil},
		{"a round is not archived", index(3, 40), stored, setOf([]codec.Round{1, 2, 3}), nil, []codec.Index{index(4, 40)}},
		{"none is archived", codec.Index{}, stored, nil, nil, []codec.Index{index(3, 40)}}, // nothing goes with it
		{"a rollback to before it", index(3, 40), stored, all, undo(6, 4), nil},
		{"a rollback to after it", index(3, 40), stored, all, undo(6, 5), []codec.Index{index(4, 40)}},
		{"a rollback before it", index(3, 40), stored, all, undo(4, 3), []codec.Index{index(5, 40)}},
		{"a rollback within its round", index(3, 40), stored, all, undo(5, 5), []codec.Index{index(4, 40)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := nextFloors(c.floor, rounds, c.snapshots, needs{c.archived, c.rollbacks}, old)
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
	for _, c := range []struct {
		name     string
		rounds   []codec.Round
		archived []codec.Round
		want     []codec.Round
	}{
		{"old enough", []codec.Round{1, 2, 3, 4, 5}, []codec.Round{1, 2, 3, 4, 5}, []codec.Round{1, 2, 3}},
		{"not archived", []codec.Round{1, 2, 3, 4, 5}, []codec.Round{1, 3}, []codec.Round{1, 3}},
		{"the newest", []codec.Round{1, 2}, []codec.Round{1, 2}, []codec.Round{1}},
		{"none", nil, []codec.Round{1}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := oldEvents(c.rounds, setOf(c.archived), 3); !slices.Equal(got, c.want) {
				t.Errorf("%v; want %v", got, c.want)
			}
		})
	}
}

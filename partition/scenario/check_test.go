package scenario

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/partition/world"
	"github.com/huntgraph/huntgraph/partition/world/maptest"
)

// TestArena runs a published map whole.
func TestArena(t *testing.T) {
	dir := maptest.Dir(t)
	grid, err := world.ReadMap(filepath.Join(dir, "dao", "arena.map"))
	if err != nil {
		t.Fatal(err)
	}
	scenarios, err := world.ReadScen(filepath.Join(dir, "dao", "arena.map.scen"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Check(t.Context(), grid, scenarios, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Mismatches != 0 || r.Scenarios != len(scenarios) || r.Scenarios < 100 || r.MeanUS <= 0 {
		t.Errorf("%+v", r)
	}
}

const small = `type octile
height 3
width 5
map
..@..
.@@..
.....
`

// TestVerdicts: right and wrong answers on a map small enough to count by hand.
func TestVerdicts(t *testing.T) {
	grid, err := world.ParseMap(strings.NewReader(small+""), "small")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name  string
		s     world.Scenario
		wrong bool
	}{
		{"straight", world.Scenario{StartX: 0, StartY: 2, GoalX: 4, GoalY: 2, Length: 4}, false},
		{"one diagonal", world.Scenario{StartX: 3, StartY: 0, GoalX: 4, GoalY: 1, Length: 1.41421356}, false},
		{"a diagonal with two decimals", world.Scenario{StartX: 3, StartY: 0, GoalX: 4, GoalY: 1, Length: 1.41}, false},
		{"no corner is cut", world.Scenario{StartX: 1, StartY: 0, GoalX: 0, GoalY: 1, Length: 2}, false},
		{"too short", world.Scenario{StartX: 0, StartY: 2, GoalX: 4, GoalY: 2, Length: 3.999}, true},
		{"too long", world.Scenario{StartX: 0, StartY: 2, GoalX: 4, GoalY: 2, Length: 4.001}, true},
		{"said to be unreachable", world.Scenario{StartX: 0, StartY: 2, GoalX: 4, GoalY: 2}, true},
		{"a start in a wall", world.Scenario{StartX: 2, StartY: 0, GoalX: 4, GoalY: 2}, false},
		{"a way out of a wall", world.Scenario{StartX: 2, StartY: 0, GoalX: 4, GoalY: 2, Length: 3}, true},
		{"where one stands", world.Scenario{StartX: 3, StartY: 0, GoalX: 3, GoalY: 0}, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r, err := Check(t.Context(), grid, []world.Scenario{tc.s}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if (r.Mismatches != 0) != tc.wrong {
				t.Errorf("%+v", r)
			}
		})
	}
}

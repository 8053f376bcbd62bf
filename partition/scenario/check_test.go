package scenario

import (
	"errors"
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
		{"said to be without a path", world.Scenario{StartX: 0, StartY: 2, GoalX: 4, GoalY: 2, Length: world.NoPath}, true},
		{"said to be without a path where one stands", world.Scenario{StartX: 3, StartY: 0, GoalX: 3, GoalY: 0, Length: world.NoPath}, true},
		{"where one stands", world.Scenario{StartX: 3, StartY: 0, GoalX: 3, GoalY: 0}, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			tc.s.Width, tc.s.Height = grid.Width, grid.Height
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

// TestUnaskable: what no search can answer is refused by its line and no right answer.
func TestUnaskable(t *testing.T) {
	grid, err := world.ParseMap(strings.NewReader(small), "small")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		q    world.Scenario
		says string
	}{
		{"a start in a wall", world.Scenario{StartX: 2, GoalX: 4, GoalY: 2}, "start, column 2 and row 0, is no walkable cell"},
		{"a goal in a wall", world.Scenario{GoalX: 2, Length: world.NoPath}, "goal, column 2"},
		{"start and goal in a wall", world.Scenario{StartX: 2, GoalX: 2}, "no walkable cell"},
		{"outside the map", world.Scenario{GoalX: 5}, "outside the map of 5 x 3"},
		{"another map", world.Scenario{Width: 6, GoalX: 4}, "6 x 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.q.File, c.q.Line, c.q.Width, c.q.Height = "s.scen", 7, max(c.q.Width, grid.Width), grid.Height
			_, err := Check(t.Context(), grid, []world.Scenario{c.q}, nil)
			var where *world.ParseError
			if !errors.As(err, &where) || where.File != "s.scen" || where.Line != 7 || !strings.Contains(where.Reason, c.says) {
				t.Errorf("%v; expected line 7: %q", err, c.says)
			}
		})
	}
}

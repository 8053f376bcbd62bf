package scenario

import (
	"context"
	"fmt"
	"math"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world"
)

// The tolerances that the published answers allow. Weights of 408 and 577
// approximate a diagonal with a relative error of 1.5e-6; the answers have at
// least five significant digits, but for some with two decimals.
const (
	relative    = 1e-5
	twoDecimals = 0.011
)

// Check answers every scenario of the map, which all must be asked on it. done, if not nil, is called
// after each, from several goroutines.
func Check(ctx context.Context, grid *world.Grid, scenarios []world.Scenario, done func()) (Report, error) {
	w, err := world.Build(grid.Graph(), 1)
	if err != nil {
		return Report{}, err
	}
	for i := range scenarios {
		if err := askable(grid, &scenarios[i]); err != nil {
			return Report{}, err
		}
	}
	t, err := answer(ctx, w, &walks{w.Cells(), scenarios}, done)
	return t.report(w), err
}

// askable refuses a query that the engine cannot be asked on a map as it stands:
// an answer without a search would pass for a right one.
func askable(grid *world.Grid, q *world.Scenario) error {
	refuse := func(format string, args ...any) error {
		return &world.ParseError{File: q.File, Line: q.Line, Column: 1, Reason: fmt.Sprintf(format, args...)}
	}
	if q.Width != grid.Width || q.Height != grid.Height {
		return refuse("it is for a map of %d x %d cells, but %s has %d x %d", q.Width, q.Height, grid.Name, grid.Width, grid.Height)
	}
	for _, end := range [...]struct {
		name string
		x, y int32
	}{{"start", q.StartX, q.StartY}, {"goal", q.GoalX, q.GoalY}} {
		switch {
		case int(end.x) >= grid.Width || int(end.y) >= grid.Height:
			return refuse("the %s, column %d and row %d, lies outside the map of %d x %d cells", end.name, end.x, end.y, grid.Width, grid.Height)
		case !grid.Open[int(end.y)*grid.Width+int(end.x)]:
			return refuse("the %s, column %d and row %d, is no walkable cell: nothing can be searched", end.name, end.x, end.y)
		}
	}
	return nil
}

// walks are a grid map's scenarios.
type walks struct {
	cells *world.Cells
	all   []world.Scenario
}

func (s *walks) size() int { return len(s.all) }

func (s *walks) ask(i int) (from, to codec.NodeID) { return find(s.cells, &s.all[i]) }

// find is for a query that is askable: its cells have nodes.
func find(cells *world.Cells, q *world.Scenario) (from, to codec.NodeID) {
	from, _ = cells.Node(q.StartX, q.StartY)
	to, _ = cells.Node(q.GoalX, q.GoalY)
	return from, to
}

func (s *walks) judge(i int, d codec.Distance) string { return judge(&s.all[i], d) }

// judge says what is wrong with an answer, or nothing.
func judge(q *world.Scenario, d codec.Distance) string {
	if problem := verdict(q, d); problem != "" {
		return fmt.Sprintf("line %6d: %s", q.Line, problem)
	}
	return ""
}

func verdict(s *world.Scenario, distance codec.Distance) string {
	if s.Unreachable() {
		if distance != codec.Unreachable {
			return fmt.Sprintf("published as unreachable, the engine says %d", distance)
		}
		return ""
	}
	if distance == codec.Unreachable {
		return fmt.Sprintf("published length %g, the engine finds no way", s.Length)
	}
	length := float64(distance) / world.Straight
	if math.Abs(length-s.Length) > max(relative*s.Length, tolerance(s.Length)) {
		return fmt.Sprintf("published length %g, the engine says %g", s.Length, length)
	}
	return ""
}

// tolerance is what a length's last digit allows: 0.011 where it has at most
// two decimals that are not those of a whole number, else nothing more.
func tolerance(length float64) float64 {
	cents := length * 100
	if length != math.Trunc(length) && math.Abs(cents-math.Round(cents)) < 1e-6 {
		return twoDecimals
	}
	return 0
}

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

// Check answers every scenario of the map. done, if not nil, is called
// after each, from several goroutines.
func Check(ctx context.Context, grid *world.Grid, scenarios []world.Scenario, done func()) (Report, error) {
	w, err := world.Build(grid.Graph(), 1)
	if err != nil {
		return Report{}, err
	}
	t, err := answer(ctx, w, &walks{w.Cells(), scenarios}, done)
	return t.report(w), err
}

// walks are a grid map's scenarios.
type walks struct {
	cells *world.Cells
	all   []world.Scenario
}

func (s *walks) size() int { return len(s.all) }

func (s *walks) ask(i int) (from, to codec.NodeID, ok bool) { return find(s.cells, &s.all[i]) }

func find(cells *world.Cells, q *world.Scenario) (from, to codec.NodeID, ok bool) {
	from, ok1 := cells.Node(q.StartX, q.StartY)
	to, ok2 := cells.Node(q.GoalX, q.GoalY)
	return from, to, ok1 && ok2
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
	apart := s.StartX != s.GoalX || s.StartY != s.GoalY
	if s.Length == 0 && apart {
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

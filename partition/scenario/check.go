package scenario

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/partition/world"
)

// The tolerances that the published answers allow. Weights of 408 and 577
// approximate a diagonal with a relative error of 1.5e-6; the answers have at
// least five significant digits, but for some with two decimals.
const (
	relative    = 1e-5
	twoDecimals = 0.011
)

// Report is what a run found.
type Report struct {
	Scenarios   int      `json:"scenarios"`
	Mismatches  int      `json:"mismatches"`
	Unreachable int      `json:"unreachable"` // published as such, and found so
	Nodes       int      `json:"nodes"`
	Edges       int      `json:"edges"`
	MeanUS      float64  `json:"mean_us"` // a search, cold
	P99US       float64  `json:"p99_us"`
	Wrong       []string `json:"wrong,omitempty"` // the first few mismatches
}

const maxWrong = 10

// Check answers every scenario of the map. done, if not nil, is called
// after each, from several goroutines.
func Check(ctx context.Context, grid *world.Grid, scenarios []world.Scenario, done func()) (Report, error) {
	w, err := world.Build(grid.Graph(), 1)
	if err != nil {
		return Report{}, err
	}
	r := Report{Scenarios: len(scenarios), Nodes: w.Nodes(), Edges: w.Edges()}
	run := &run{world: w, cells: w.Cells(), scenarios: scenarios, done: done, took: make([]time.Duration, len(scenarios))}
	workers := min(runtime.GOMAXPROCS(0), len(scenarios))
	errs := make([]error, workers)
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() { errs[i] = run.work(ctx) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return r, err
	}
	slices.Sort(run.wrong)
	r.Mismatches, r.Unreachable = len(run.wrong), run.unreachable
	r.Wrong = run.wrong[:min(len(run.wrong), maxWrong)]
	r.MeanUS, r.P99US = summarize(run.took)
	return r, nil
}

func summarize(took []time.Duration) (mean, p99 float64) {
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	sum := time.Duration(0)
	for _, d := range took {
		sum += d
	}
	us := float64(time.Microsecond)
	return float64(sum) / us / float64(len(took)), float64(took[len(took)*99/100]) / us
}

// run is what the workers share.
type run struct {
	world     *world.World
	cells     *world.Cells
	scenarios []world.Scenario
	done      func()
	next      atomic.Int64
	took      []time.Duration // one a scenario, written by who answers it

	mu          sync.Mutex
	wrong       []string
	unreachable int
}

// work answers scenarios with a core of its own until none is left.
func (r *run) work(ctx context.Context) error {
	topo := partition.Topology(r.world.Part(0))
	rules := partition.DefaultRules()
	rules.Treasures, rules.OpenAtStart = 0, 0 // the map needs no room for them
	size, err := partition.WholeSize(&topo)
	if err != nil {
		return err
	}
	mem, err := offheap.Map(size)
	if err != nil {
		return err
	}
	core, err := partition.New(topo, rules, mem, new(partition.Arena))
	if err == nil {
		core.Build()
	}
	for err == nil {
		i := int(r.next.Add(1)) - 1
		if i >= len(r.scenarios) {
			break
		}
		if err = ctx.Err(); err == nil {
			r.answer(core, i)
		}
	}
	return errors.Join(err, offheap.Unmap(mem))
}

func (r *run) answer(core *partition.Core, i int) {
	s := &r.scenarios[i]
	from, ok1 := r.cells.Node(s.StartX, s.StartY)
	to, ok2 := r.cells.Node(s.GoalX, s.GoalY)
	distance := codec.Unreachable
	began := time.Now()
	if ok1 && ok2 {
		distance = core.Distance(from, to)
	}
	r.took[i] = time.Since(began)
	problem := verdict(s, distance)
	r.mu.Lock()
	if problem != "" {
		r.wrong = append(r.wrong, fmt.Sprintf("line %6d: %s", s.Line, problem))
	} else if distance == codec.Unreachable {
		r.unreachable++
	}
	r.mu.Unlock()
	if r.done != nil {
		r.done()
	}
}

// verdict says what is wrong with an answer, or nothing.
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

package scenario

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world"
)

// Report is what a run found.
type Report struct {
	Scenarios   int            `json:"scenarios"`
	Mismatches  int            `json:"mismatches"`
	Unreachable int            `json:"unreachable"` // published as such, and found so
	Nodes       int            `json:"nodes"`
	Edges       int            `json:"edges"`
	Patches     int            `json:"patches,omitempty"` // of a map that changes
	Changes     int            `json:"changes,omitempty"` // edges that these blocked or gave back
	ChangeUS    float64        `json:"change_us,omitempty"`
	MeanUS      float64        `json:"mean_us"` // a search, cold
	P99US       float64        `json:"p99_us"`
	Wrong       []string       `json:"wrong,omitempty"` // the first few mismatches
	Metrics     []MetricReport `json:"metrics,omitempty"`
}

// MetricReport is what a run found in one metric of a road graph.
type MetricReport struct {
	Metric     string  `json:"metric"`
	Scenarios  int     `json:"scenarios"`
	Mismatches int     `json:"mismatches"`
	MeanUS     float64 `json:"mean_us"`
	P99US      float64 `json:"p99_us"`
}

const maxWrong = 10

// tally gathers answers.
type tally struct {
	took        []time.Duration
	wrong       []string
	unreachable int
}

func (t *tally) add(took time.Duration, d codec.Distance, problem string) {
	t.took = append(t.took, took)
	if problem != "" {
		t.wrong = append(t.wrong, problem)
	} else if d == codec.Unreachable {
		t.unreachable++
	}
}

func (t *tally) join(o tally) {
	t.took = append(t.took, o.took...)
	t.wrong = append(t.wrong, o.wrong...)
	t.unreachable += o.unreachable
}

func (t *tally) report(w *world.World) Report {
	slices.Sort(t.wrong)
	r := Report{
		Scenarios: len(t.took), Mismatches: len(t.wrong), Unreachable: t.unreachable,
		Nodes: w.Nodes(), Edges: w.Edges(), Wrong: t.wrong[:min(len(t.wrong), maxWrong)],
	}
	r.MeanUS, r.P99US = summarize(t.took)
	return r
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

// sheet is a list of questions with published answers.
type sheet interface {
	size() int
	// ask is the i-th question.
	ask(i int) (from, to codec.NodeID)
	// judge says what is wrong with the answer to the i-th question, or nothing.
	judge(i int, d codec.Distance) string
}

// answer answers a sheet on all processors, with a core on each.
func answer(ctx context.Context, w *world.World, s sheet, done func()) (all tally, err error) {
	workers := min(runtime.GOMAXPROCS(0), s.size())
	tallies, errs := make([]tally, workers), make([]error, workers)
	var next atomic.Int64
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() { errs[i] = work(ctx, w, s, &next, done, &tallies[i]) })
	}
	group.Wait()
	for _, t := range tallies {
		all.join(t)
	}
	return all, errors.Join(errs...)
}

// work answers questions with a core of its own until none is left.
func work(ctx context.Context, w *world.World, s sheet, next *atomic.Int64, done func(), t *tally) error {
	e, err := start(w)
	if err != nil {
		return err
	}
	for err == nil {
		i := int(next.Add(1)) - 1
		if i >= s.size() {
			break
		}
		from, to := s.ask(i)
		began := time.Now()
		d := e.Distance(from, to)
		t.add(time.Since(began), d, s.judge(i, d))
		if done != nil {
			done()
		}
		err = ctx.Err()
	}
	return errors.Join(err, e.stop())
}

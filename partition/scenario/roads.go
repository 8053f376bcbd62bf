package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world"
)

// Roads says which published queries of a road graph to answer.
type Roads struct {
	Dir     string   // a RoutingKit folder
	Metrics []string // the vectors to take as weights
	Sample  int      // how many queries in each metric, drawn by Seed; 0: all
	Seed    uint64
}

// CheckRoads answers a RoutingKit folder's queries in every metric, and wants
// the published lengths exactly. done is called as in Check; it may be told
// how many answers there are to be.
func CheckRoads(ctx context.Context, roads Roads, total func(int), done func()) (Report, error) {
	var all tally
	var metrics []MetricReport
	var w *world.World
	for i, metric := range roads.Metrics {
		g, err := world.ReadRoutingKit(roads.Dir, metric)
		if err != nil {
			return Report{}, err
		}
		routes, err := world.ReadRoutes(roads.Dir, metric)
		if err != nil {
			return Report{}, err
		}
		var b world.Builder
		if w, err = b.Build(g, 1); err != nil {
			return Report{}, err
		}
		if err := drivable(routes, len(b.Numbers)); err != nil {
			return Report{}, fmt.Errorf("the queries of RoutingKit folder %s, metric %s: %w", roads.Dir, metric, err)
		}
		routes = sample(routes, roads.Sample, roads.Seed)
		if i == 0 && total != nil {
			total(len(routes) * len(roads.Metrics))
		}
		t, err := answer(ctx, w, &drives{metric, b.Numbers, codec.Distance(w.Scale), routes}, done)
		if err != nil {
			return Report{}, fmt.Errorf("metric %s: %w", metric, err)
		}
		r := t.report(w)
		metrics = append(metrics, MetricReport{metric, r.Scenarios, r.Mismatches, r.MeanUS, r.P99US})
		all.join(t)
	}
	if w == nil {
		return Report{}, world.Refuse("checking %s: no metric is named", roads.Dir)
	}
	r := all.report(w)
	r.Metrics = metrics
	return r, nil
}

// drivable refuses queries that cannot be asked in a graph of so many nodes.
func drivable(routes []world.Route, nodes int) error {
	if len(routes) == 0 {
		return world.Refuse("there are none")
	}
	for i, q := range routes {
		if int(q.From) >= nodes || int(q.To) >= nodes {
			return world.Refuse("query %d leads from node %d to node %d, but the graph has nodes 0 to %d", i, q.From, q.To, nodes-1)
		}
	}
	return nil
}

// sample draws n routes, in the order of the source.
func sample(routes []world.Route, n int, seed uint64) []world.Route {
	if n <= 0 || n >= len(routes) {
		return routes
	}
	r := rand.New(rand.NewPCG(seed, 0))
	drawn := make([]world.Route, 0, n)
	for i, route := range routes { // each of the rest is as likely
		if r.IntN(len(routes)-i) < n-len(drawn) {
			drawn = append(drawn, route)
		}
	}
	return drawn
}

// drives are a road graph's queries.
type drives struct {
	metric  string
	numbers []codec.NodeID // the world's node of each of the source's
	scale   codec.Distance
	all     []world.Route
}

func (s *drives) size() int { return len(s.all) }

func (s *drives) ask(i int) (from, to codec.NodeID) {
	return s.numbers[s.all[i].From], s.numbers[s.all[i].To]
}

func (s *drives) judge(i int, d codec.Distance) string {
	q, length := s.all[i], uint32(world.NoRoute)
	if d != codec.Unreachable {
		length = uint32(d / s.scale)
	}
	if length == q.Length {
		return ""
	}
	return fmt.Sprintf("%s from %d to %d: published length %s, the engine says %s", s.metric, q.From, q.To, lengthText(q.Length), lengthText(length))
}

func lengthText(length uint32) string {
	if length == world.NoRoute {
		return "none"
	}
	return fmt.Sprint(length)
}

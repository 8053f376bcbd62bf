package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/huntgraph/huntgraph/partition/overlay"
)

// SearchConfig says what to search, and how often.
type SearchConfig struct {
	Ground
	Seed    uint64 // of the congestion, the goals and the players
	Cold    int    // first answers for new goals
	Goals   int    // goals that players walk to
	Players int    // players a goal
	Checked int    // answers that are compared with a plain Dijkstra
}

// SearchResult is how fast the hierarchy of a map answers. The map is one
// hierarchy without the bound on a shard's size; BytesPerEdge counts all that a
// shard of this size would hold. Cold is a new goal's first answer; warm a
// move's, with all refinement that it leads to. The floor is a plain Dijkstra
// from player to goal, the rival gonum's.
type SearchResult struct {
	Nodes          int     `json:"nodes"`
	Edges          int     `json:"edges"`
	BuildS         float64 `json:"build_s"`
	BytesPerEdge   float64 `json:"bytes_per_edge"`
	ColdP50US      float64 `json:"cold_p50_us"`
	ColdP99US      float64 `json:"cold_p99_us"`
	WarmMeanUS     float64 `json:"warm_mean_us"`
	WarmP99US      float64 `json:"warm_p99_us"`
	WarmMoves      int     `json:"warm_moves"`
	SettledMax     int     `json:"settled_max"`
	DijkstraMeanUS float64 `json:"dijkstra_mean_us"`
	GonumMeanUS    float64 `json:"gonum_mean_us"`
	Mismatches     int     `json:"mismatches"`
	Checked        int     `json:"checked"`
}

const gonumQueries = 3 // each takes seconds

// Search measures the search hierarchy of a map.
func Search(ctx context.Context, cfg SearchConfig) (r SearchResult, err error) {
	if cfg.Cold < 1 || cfg.Goals < 1 || cfg.Players < 1 || cfg.Checked < 1 {
		return r, fmt.Errorf("bench search: want at least one cold answer, goal, player and checked answer")
	}
	t, err := loadTerrain(cfg.Ground, cfg.Seed)
	if err != nil {
		return r, err
	}
	defer func() {
		if e := t.close(); err == nil {
			err = e
		}
	}()
	r.Nodes, r.Edges = len(t.First)-1, len(t.Head)
	r.BuildS, r.BytesPerEdge = t.build.Seconds(), t.bytesPerEdge()
	t.search.SettledMax = 0
	r.cold(t, cfg)
	if err := r.warm(ctx, t, cfg); err != nil {
		return r, err
	}
	r.SettledMax = t.search.SettledMax
	return r, r.check(ctx, t, cfg)
}

// cold times the first answer for new goals.
func (r *SearchResult) cold(t *terrain, cfg SearchConfig) {
	f := t.Field(0)
	took := make([]time.Duration, cfg.Cold)
	for i := range took {
		goal, player := t.node(), t.node()
		began := time.Now()
		t.Aim(f, &t.search, []overlay.Goal{{Node: goal}})
		t.Refine(f, &t.search, player)
		t.Next(f, player)
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	r.ColdP50US, r.ColdP99US = us(took[len(took)/2]), us(took[len(took)*99/100])
}

func us(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// warm times the moves of players that walk to goals they share, all of a
// goal's players in turn.
func (r *SearchResult) warm(ctx context.Context, t *terrain, cfg SearchConfig) error {
	f := t.Field(0)
	var took []time.Duration
	players := make([]uint32, cfg.Players)
	for range cfg.Goals {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t.Aim(f, &t.search, []overlay.Goal{{Node: t.node()}})
		for i := range players {
			players[i] = t.node()
		}
		for walking := len(players); walking > 0; {
			for i, node := range players[:walking] {
				began := time.Now()
				t.Refine(f, &t.search, node)
				edge, ok := t.Next(f, node)
				took = append(took, time.Since(began))
				if !ok {
					walking--
					players[i] = players[walking]
					break
				}
				players[i] = t.Head[edge] - t.FirstNode
			}
		}
	}
	slices.Sort(took)
	sum := time.Duration(0)
	for _, d := range took {
		sum += d
	}
	r.WarmMoves, r.WarmMeanUS = len(took), us(sum)/float64(len(took))
	r.WarmP99US = us(took[len(took)*99/100])
	return nil
}

// check compares answers with the floor's and times floor and rival.
func (r *SearchResult) check(ctx context.Context, t *terrain, cfg SearchConfig) error {
	f, floor, rival := t.Field(0), newPlain(t.Overlay), gonum{t.Overlay}
	var floorTook, rivalTook time.Duration
	for i := range cfg.Checked {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		goal, player := t.node(), t.node()
		t.Aim(f, &t.search, []overlay.Goal{{Node: goal}})
		t.Refine(f, &t.search, player)
		got, _ := t.At(f, player)
		began := time.Now()
		want := floor.distance(player, goal)
		floorTook += time.Since(began)
		if got != want || !leads(t, f, player, want) {
			r.Mismatches++
		}
		if i < gonumQueries {
			began = time.Now()
			if rival.distance(player, goal) != want {
				r.Mismatches++
			}
			rivalTook += time.Since(began)
		}
	}
	r.Checked = cfg.Checked
	r.DijkstraMeanUS = us(floorTook) / float64(cfg.Checked)
	r.GonumMeanUS = us(rivalTook) / float64(min(cfg.Checked, gonumQueries))
	return nil
}

// leads reports whether the hints from a node make a way of that length.
func leads(t *terrain, f *overlay.Field, node, length uint32) bool {
	sum := uint32(0)
	for {
		t.Refine(f, &t.search, node)
		edge, ok := t.Next(f, node)
		if !ok {
			rest, _ := t.At(f, node)
			return rest == 0 && sum == length
		}
		sum += t.Weight(edge)
		node = t.Head[edge] - t.FirstNode
	}
}

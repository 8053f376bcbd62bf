package scenario

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/partition/world"
	"github.com/huntgraph/huntgraph/partition/world/maptest"
)

// folder is a RoutingKit folder with the answers to every query there is, by
// Floyd and Warshall.
type folder map[string][]uint32

func roadFolder(seed uint64, nodes int) folder {
	r := rand.New(rand.NewPCG(seed, 0))
	f := folder{"first_out": {0}, "latitude": make([]uint32, nodes), "longitude": make([]uint32, nodes)}
	way := make([][]uint64, nodes)
	for v := range way {
		way[v] = slices.Repeat([]uint64{world.NoRoute}, nodes)
	}
	for v := range nodes {
		way[v][v] = 0
		for range 1 + r.IntN(3) {
			h, base := r.IntN(nodes), uint32(r.IntN(4))
			f["head"], f["time"] = append(f["head"], uint32(h)), append(f["time"], base)
			way[v][h] = min(way[v][h], uint64(base))
		}
		f["first_out"] = append(f["first_out"], uint32(len(f["head"])))
	}
	for k := range way {
		for i := range way {
			for j := range way {
				way[i][j] = min(way[i][j], way[i][k]+way[k][j])
			}
		}
	}
	for i := range way {
		for j, d := range way[i] {
			f["source_node"], f["target_node"] = append(f["source_node"], uint32(i)), append(f["target_node"], uint32(j))
			f["query_reference_time_length"] = append(f["query_reference_time_length"], uint32(d))
		}
	}
	return f
}

func (f folder) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, words := range f {
		var b []byte
		for _, w := range words {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		if err := os.WriteFile(filepath.Join(dir, "test_"+name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRoads: directed graphs with loops, parallel arcs, arcs of weight 0 and
// nodes out of reach give the published lengths exactly.
func TestRoads(t *testing.T) {
	const nodes = 30
	none := 0
	for seed := range uint64(12) {
		roads := Roads{Dir: roadFolder(seed, nodes).write(t), Metrics: []string{"time"}}
		r, err := CheckRoads(t.Context(), roads, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Mismatches != 0 || r.Scenarios != nodes*nodes || len(r.Metrics) != 1 || r.Metrics[0].Scenarios != r.Scenarios {
			t.Errorf("seed %d: %+v", seed, r)
		}
		none += r.Unreachable
	}
	if none == 0 {
		t.Error("every node was in reach of every other: the test is too easy")
	}
}

// TestRoadsFindsMistakes spoils single published lengths.
func TestRoadsFindsMistakes(t *testing.T) {
	f := roadFolder(1, 30)
	lengths := f["query_reference_time_length"]
	for _, c := range []struct {
		name string
		at   func(uint32) bool
		to   func(uint32) uint32
		says string
	}{
		{"longer by 1", func(d uint32) bool { return d > 0 && d < world.NoRoute }, func(d uint32) uint32 { return d - 1 }, "published length"},
		{"said to be out of reach", func(d uint32) bool { return d > 0 && d < world.NoRoute }, func(uint32) uint32 { return world.NoRoute }, "published length none"},
		{"said to be in reach", func(d uint32) bool { return d == world.NoRoute }, func(uint32) uint32 { return 7 }, "the engine says none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := slices.IndexFunc(lengths, c.at)
			right := lengths[i]
			lengths[i] = c.to(right)
			r, err := CheckRoads(t.Context(), Roads{Dir: f.write(t), Metrics: []string{"time"}}, nil, nil)
			lengths[i] = right
			if err != nil || r.Mismatches != 1 || !strings.Contains(r.Wrong[0], c.says) {
				t.Errorf("%+v: %v", r, err)
			}
		})
	}
	refused := func(name, says string) {
		_, err := CheckRoads(t.Context(), Roads{Dir: f.write(t), Metrics: []string{"time"}}, nil, nil)
		if !errors.Is(err, world.ErrInput) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; expected %q", name, err, says)
		}
	}
	f["source_node"][3] = 30
	refused("a query of a node that is not there", "query 3 leads from node 30")
	f["source_node"], f["target_node"], f["query_reference_time_length"] = nil, nil, nil
	refused("no query", "there are none")
}

func TestSample(t *testing.T) {
	all := make([]world.Route, 1000)
	for i := range all {
		all[i].From = uint32(i)
	}
	a, b, other := sample(all, 50, 1), sample(all, 50, 1), sample(all, 50, 2)
	if len(a) != 50 || len(other) != 50 || !slices.Equal(a, b) || slices.Equal(a, other) {
		t.Errorf("%v\n%v\n%v", a, b, other)
	}
	if !slices.IsSortedFunc(a, func(x, y world.Route) int { return int(x.From) - int(y.From) }) || len(slices.Compact(a)) != 50 {
		t.Errorf("%v", a)
	}
	if len(sample(all, 0, 1)) != 1000 || len(sample(all, 1000, 1)) != 1000 {
		t.Error("a sample of all is not all")
	}
}

// TestLuxembourg answers some of the published queries of a real road graph.
func TestLuxembourg(t *testing.T) {
	roads := Roads{
		Dir: filepath.Join(maptest.Dir(t), "luxembourg"), Metrics: []string{"travel_time", "geo_distance"},
		Sample: 100, Seed: 1,
	}
	r, err := CheckRoads(t.Context(), roads, nil, nil)
	if err != nil || r.Mismatches != 0 || r.Scenarios != 200 || r.Unreachable == 0 {
		t.Errorf("%+v: %v", r, err)
	}
}

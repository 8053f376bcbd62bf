package world

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/partition/world/maptest"
)

// arcs are a road graph as a source has it: any arcs at all.
type arcs struct {
	nodes            int
	tail, head, base []uint32
}

func randomArcs(t *rapid.T, nodes, heaviest int) arcs {
	a := arcs{nodes: nodes}
	zeros := rapid.IntRange(0, 60).Draw(t, "arcs of weight 0, percent")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	for range rapid.IntRange(0, 4*nodes).Draw(t, "arcs") {
		base := uint32(r.IntN(heaviest))
		if r.IntN(100) < zeros {
			base = 0
		}
		a.tail, a.head, a.base = append(a.tail, uint32(r.IntN(nodes))), append(a.head, uint32(r.IntN(nodes))), append(a.base, base)
	}
	return a
}

func (a arcs) graph() *Graph {
	d := dimacs{tail: a.tail, head: a.head, base: a.base, x: make([]int32, a.nodes), y: make([]int32, a.nodes)}
	return d.graph()
}

const nowhere = math.MaxUint64

// table is every distance there is, by Floyd and Warshall.
func (a arcs) table() [][]uint64 {
	all := make([][]uint64, a.nodes)
	for i := range all {
		all[i] = slices.Repeat([]uint64{nowhere}, a.nodes)
		all[i][i] = 0
	}
	for i, tail := range a.tail {
		all[tail][a.head[i]] = min(all[tail][a.head[i]], uint64(a.base[i]))
	}
	for k := range all {
		for i := range all {
			for j := range all {
				if all[i][k] != nowhere && all[k][j] != nowhere {
					all[i][j] = min(all[i][j], all[i][k]+all[k][j])
				}
			}
		}
	}
	return all
}

func (g *Graph) arcs() arcs {
	a := arcs{nodes: len(g.X), head: g.Head, base: g.Base}
	for v := range uint32(a.nodes) {
		a.tail = append(a.tail, slices.Repeat([]uint32{v}, int(g.First[v+1]-g.First[v]))...)
	}
	return a
}

// TestTidyKeepsDistances: whatever arcs a source has, of weight 0 too, a length
// in the graph divided by its scale is the source's.
func TestTidyKeepsDistances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := randomArcs(t, rapid.IntRange(2, 12).Draw(t, "nodes"), 5)
		want, g := a.table(), a.graph()
		done, err := g.tidy()
		if err != nil {
			t.Fatal(err)
		}
		if done.loops+done.parallel+len(g.Head) != len(a.head) {
			t.Fatalf("%v: %d arcs of %d", done, len(g.Head), len(a.head))
		}
		for i, row := range g.arcs().table() {
			for j, d := range row {
				if d != nowhere {
					d /= uint64(g.Scale)
				}
				if d != want[i][j] {
					t.Fatalf("from %d to %d it is %d, expected %d, scale %d", i, j, d, want[i][j], g.Scale)
				}
			}
		}
		if _, err := g.rows(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestSpan: no shortest way with one more edge is longer than the bound.
func TestSpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomArcs(t, rapid.IntRange(2, 14).Draw(t, "nodes"), 1000).graph()
		if _, err := g.tidy(); err != nil {
			t.Fatal(err)
		}
		w, err := Build(g, 1)
		if err != nil {
			return // nothing is connected both ways
		}
		r := rows{w.First, w.Head, w.Base}
		span := r.span(0, uint32(w.Nodes()), w.Cut[0].Main, 0)
		rough := r.span(0, uint32(w.Nodes()), w.Cut[0].Main, math.MaxUint64)
		all := (&Graph{X: w.X, First: w.First, Head: w.Head, Base: w.Base}).arcs()
		for _, row := range all.table() {
			for e, tail := range all.tail {
				if d := row[tail]; d != nowhere && d+uint64(all.base[e]) > min(span, rough) {
					t.Fatalf("a way is %d long, the bounds are %d and %d", d+uint64(all.base[e]), span, rough)
				}
			}
		}
	})
}

// TestSpanIsTight: a ring of heavy edges with dead ends, where the sum of all
// weights would be refused.
func TestSpanIsTight(t *testing.T) {
	const n, heavy = 64, 1 << 25
	a := arcs{nodes: 2 * n}
	add := func(u, v, base uint32) {
		a.tail, a.head, a.base = append(a.tail, u, v), append(a.head, v, u), append(a.base, base, base)
	}
	for v := range uint32(n) {
		add(v, (v+1)%n, 1000)
		add(v, (v+n/2)%n, heavy)
		a.tail, a.head, a.base = append(a.tail, v), append(a.head, n+v), append(a.base, heavy) // a dead end
	}
	g := a.graph()
	if _, err := g.tidy(); err != nil {
		t.Fatal(err)
	}
	w, err := Build(g, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := (rows{w.First, w.Head, w.Base}).span(0, 2*n, w.Cut[0].Main, MaxPath)
	if want := uint64(32*1000*2 + heavy + heavy); got != want {
		t.Errorf("the bound is %d, expected %d", got, want)
	}
}

const (
	roads = "c two squares\np sp 4 7\na 1 2 5\na 2 1 4\na 2 2 9\na 2 3 0\na 3 2 7\na 1 2 3\na 3 4 1\n"
	spots = "c\np aux sp co 4\nv 1 -1000 2000\nv 2 0 0\nv 4 7 8\n\nv 3 5 6"
)

func parseRoads(gr, co string) (*Graph, error) {
	return ParseDimacs(strings.NewReader(gr), "r.gr", strings.NewReader(co), "r.co")
}

func TestParseDimacs(t *testing.T) {
	g, err := parseRoads(roads, spots)
	if err != nil {
		t.Fatal(err)
	}
	if g.Scale != 2 || !slices.Equal(g.First, []uint32{0, 1, 3, 5, 5}) || !slices.Equal(g.Head, []uint32{1, 0, 2, 1, 3}) ||
		!slices.Equal(g.Base, []uint32{6, 8, 1, 14, 2}) || !slices.Equal(g.X, []int32{-1000, 0, 5, 7}) || !slices.Equal(g.Y, []int32{-2000, 0, -6, -8}) ||
		g.Source != "DIMACS graph r.gr, 4 nodes, 7 arcs, 1 loops and 1 parallel arcs left out, weights times 2" {
		t.Errorf("%+v", g)
	}
	w, err := Build(g, 1)
	if err != nil || w.Scale != 2 {
		t.Fatal(err)
	}
	if again, err := parse(fileOf(t, w)); err != nil || again.Scale != 2 {
		t.Errorf("after a file the scale is %d: %v", again.Scale, err)
	}
}

func TestParseDimacsRefuses(t *testing.T) {
	long := "c " + strings.Repeat("x", maxLine)
	for _, c := range []struct {
		name, gr, co string
		line, column int
		says         string
	}{
		{"empty", "", spots, 1, 1, "p sp"},
		{"foreign", "type octile\n", spots, 1, 1, "expected"},
		{"arc first", "a 1 2 3\n", spots, 1, 1, "before the line"},
		{"two heads", "p sp 2 1\np sp 2 1\n", spots, 2, 1, "second"},
		{"one node", "p sp 1 0\n", spots, 1, 6, "2 to"},
		{"nodes no number", "p sp x 0\n", spots, 1, 6, "\"x\""},
		{"too many arcs said", "p sp 2 268435457\n", spots, 1, 8, "to 268435456"},
		{"node 0", "p sp 4 1\na 0 1 5\n", spots, 2, 3, "1 to 4"},
		{"node out of range", "p sp 4 1\na 1  5 5\n", spots, 2, 6, "1 to 4"},
		{"negative weight", "p sp 4 1\na 1 2 -1\n", spots, 2, 7, "-1"},
		{"blocked", "p sp 4 1\na 1 2 4294967295\n", spots, 2, 7, "4294967295"},
		{"a word too many", "p sp 4 1\na 1 2 5 6\n", spots, 2, 1, "expected"},
		{"an arc too many", "p sp 4 1\na 1 2 5\na 2 1 5\n", spots, 3, 1, "more than the 1"},
		{"an arc too few", "p sp 4 2\na 1 2 5\n", spots, 2, 1, "1 of 2"},
		{"a long line", "p sp 4 1\n" + long, spots, 2, 1, "longer"},
		{"no coordinates", roads, "", 1, 1, "0 of 4"},
		{"coordinates of another graph", roads, "p aux sp co 5\n", 1, 13, "4 to 4"},
		{"a node without", roads, "v 1 2 3\n", 1, 1, "1 of 4"},
		{"a node twice", roads, "v 1 2 3\nv 1 2 3\n", 2, 1, "node 1"},
		{"a coordinate too big", roads, "v 1 2 2147483648\n", 1, 7, "2147483647"},
		{"coordinates in degrees", roads, "v 1 6.1 49.6\n", 1, 5, "6.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseRoads(c.gr, c.co)
			var where *ParseError
			if !errors.As(err, &where) || where.Line != c.line || where.Column != c.column || !strings.Contains(where.Reason, c.says) {
				t.Errorf("%v; expected line %d, column %d: %q", err, c.line, c.column, c.says)
			}
		})
	}
	if _, err := parseRoads("p sp 4 2\na 1 2 0\na 2 3 4000000000\n", spots); err == nil || !strings.Contains(err.Error(), "coarser") {
		t.Errorf("weights that do not fit when scaled: %v", err)
	}
}

func FuzzParseDimacs(f *testing.F) {
	f.Add(roads, spots)
	f.Add("p sp 2 1\r\na 1 2 0\r\n", "v 1 0 0\nv 2 0 0")
	f.Fuzz(func(t *testing.T, gr, co string) {
		if strings.Contains(gr, "p sp") && len(gr) > 1<<10 {
			return // a line may tell of many nodes, which takes memory and no more
		}
		g, err := parseRoads(gr, co)
		if err != nil {
			return
		}
		if _, err := g.rows(); err != nil {
			t.Errorf("what was accepted is no graph: %v", err)
		}
	})
}

func someVectors() vectors {
	return vectors{
		firstOut: []uint32{0, 1, 3, 3}, head: []uint32{1, 0, 2}, metric: []uint32{4, 5, 6},
		latitude: []float32{49.5, 50, -0.25}, longitude: []float32{6, -6.125, 0},
	}
}

func TestVectors(t *testing.T) {
	v := someVectors()
	g, err := v.graph()
	if err != nil || !slices.Equal(g.X, []int32{6e6, -6_125_000, 0}) || !slices.Equal(g.Y, []int32{-49_500_000, -50e6, 250_000}) || g.Scale != 1 {
		t.Errorf("%+v: %v", g, err)
	}
	for _, c := range []struct {
		name   string
		change func(*vectors)
		says   string
	}{
		{"empty", func(v *vectors) { *v = vectors{} }, "0 entries"},
		{"a latitude missing", func(v *vectors) { v.latitude = v.latitude[:2] }, "2 latitudes"},
		{"a weight missing", func(v *vectors) { v.metric = v.metric[:2] }, "2 weights"},
		{"rows start late", func(v *vectors) { v.firstOut[0] = 1 }, "from 1 to 3"},
		{"rows end early", func(v *vectors) { v.firstOut[3] = 2 }, "from 0 to 2"},
		{"a row backwards", func(v *vectors) { v.firstOut[1] = 4 }, "entry 2: 3 after 4"},
		{"head out of range", func(v *vectors) { v.head[1] = 3 }, "entry 1: node 3 of 3"},
		{"beyond a pole", func(v *vectors) { v.latitude[0] = 91 }, "node 0"},
		{"no number", func(v *vectors) { v.longitude[2] = float32(math.NaN()) }, "node 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := someVectors()
			c.change(&v)
			if _, err := v.graph(); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, expected %q", err, c.says)
			}
		})
	}
}

func FuzzVectors(f *testing.F) {
	bytesFrom := func(words any) []byte {
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, words); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	v := someVectors()
	f.Add(bytesFrom(v.firstOut), bytesFrom(v.head), bytesFrom(v.metric), bytesFrom(v.latitude), bytesFrom(v.longitude))
	f.Fuzz(func(t *testing.T, a, b, c, d, e []byte) {
		v := vectors{make([]uint32, len(a)/4), make([]uint32, len(b)/4), make([]uint32, len(c)/4), make([]float32, len(d)/4), make([]float32, len(e)/4)}
		copy(bytesOf(v.firstOut), a)
		copy(bytesOf(v.head), b)
		copy(bytesOf(v.metric), c)
		copy(bytesOf(v.latitude), d)
		copy(bytesOf(v.longitude), e)
		g, err := v.graph()
		if err != nil {
			return
		}
		if _, err := g.rows(); err != nil {
			t.Errorf("what was accepted is no graph: %v", err)
		}
	})
}

func TestRoutingKitRefuses(t *testing.T) {
	whole := func(t *testing.T) string {
		dir := t.TempDir()
		for name, words := range map[string]int{"first_out": 3, "head": 0, "time": 0, "latitude": 2, "longitude": 2, "source_node": 1, "target_node": 1, "query_reference_time_length": 1} {
			if err := os.WriteFile(filepath.Join(dir, "x_"+name), make([]byte, 4*words), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for _, c := range []struct {
		name, metric string
		change       func(dir string) error
		says         string
	}{
		{"whole", "time", func(string) error { return nil }, ""},
		{"no folder", "time", os.RemoveAll, "no such file"},
		{"no first_out", "time", func(dir string) error { return os.Remove(dir + "/x_first_out") }, "0 files"},
		{"two graphs", "time", func(dir string) error { return os.WriteFile(dir+"/first_out", nil, 0o644) }, "2 files"},
		{"another metric", "size", func(string) error { return nil }, "x_size"},
		{"a path as metric", "../time", func(string) error { return nil }, "no name of a vector"},
		{"half a word", "time", func(dir string) error { return os.WriteFile(dir+"/x_latitude", make([]byte, 7), 0o644) }, "7 bytes"},
		{"a target missing", "time", func(dir string) error { return os.WriteFile(dir+"/x_target_node", nil, 0o644) }, "0 targets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := whole(t)
			if err := c.change(dir); err != nil {
				t.Fatal(err)
			}
			_, err1 := ReadRoutingKit(dir, c.metric)
			_, err2 := ReadRoutes(dir, c.metric)
			if err := errors.Join(err1, err2); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, expected %q", err, c.says)
			}
		})
	}
}

// TestLuxembourg holds the real road graph against what is known of it.
func TestLuxembourg(t *testing.T) {
	dir := filepath.Join(maptest.Dir(t), "luxembourg")
	for _, metric := range []string{"travel_time", "geo_distance"} {
		g, err := ReadRoutingKit(dir, metric)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("RoutingKit folder luxembourg, metric %s, 76595 nodes, 175323 arcs, 649 loops and 2450 parallel arcs left out, weights times 28", metric)
		if g.Source != want {
			t.Errorf("it is %s", g.Source)
		}
		routes, err := ReadRoutes(dir, metric)
		if err != nil || len(routes) != 100_000 {
			t.Errorf("%d routes: %v", len(routes), err)
		}
		for _, partitions := range []int{1, 4} {
			w, err := Build(g, partitions)
			if err != nil {
				t.Fatal(err)
			}
			if partitions == 1 {
				if w.Cut[0].Main != 74_430 {
					t.Errorf("the main part has %d nodes", w.Cut[0].Main)
				}
				checkMapped(t, w)
				continue
			}
			checkBalance(t, w)
		}
	}
}

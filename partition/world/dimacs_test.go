package world

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/partition/world/maptest"
)

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
	if g.Scale != 5 || !slices.Equal(g.First, []uint32{0, 1, 3, 5, 5}) || !slices.Equal(g.Head, []uint32{1, 0, 2, 1, 3}) ||
		!slices.Equal(g.Base, []uint32{15, 20, 4, 35, 5}) || !slices.Equal(g.X, []int32{-1000, 0, 5, 7}) || !slices.Equal(g.Y, []int32{-2000, 0, -6, -8}) ||
		g.Source != "DIMACS graph r.gr, 4 nodes, 7 arcs, 1 loops and 1 parallel arcs left out, weights times 5" {
		t.Errorf("%+v", g)
	}
	w, err := Build(g, 1)
	if err != nil || w.Scale != 5 {
		t.Fatal(err)
	}
	if again, err := parse(fileOf(t, w)); err != nil || again.Scale != 5 {
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
		{"too heavy", "p sp 4 1\na 1 2 134217729\n", spots, 2, 7, "to 134217728"},
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

// TestLuxembourgAsDimacs: the same roads in both formats are the same graph.
func TestLuxembourgAsDimacs(t *testing.T) {
	dir := filepath.Join(maptest.Dir(t), "luxembourg")
	f, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	var first, head, base []uint32
	var north, east []float32
	if err := errors.Join(readVector(f, "first_out", &first), readVector(f, "head", &head), readVector(f, "travel_time", &base),
		readVector(f, "latitude", &north), readVector(f, "longitude", &east)); err != nil {
		t.Fatal(err)
	}
	want, err := ReadRoutingKit(dir, "travel_time")
	if err != nil {
		t.Fatal(err)
	}
	var gr, co bytes.Buffer
	fmt.Fprintf(&gr, "c Luxembourg\np sp %d %d\n", len(first)-1, len(head))
	fmt.Fprintf(&co, "c Luxembourg\np aux sp co %d\n", len(first)-1)
	for v := range len(first) - 1 {
		for e := first[v]; e < first[v+1]; e++ {
			fmt.Fprintf(&gr, "a %d %d %d\n", v+1, head[e]+1, base[e])
		}
		fmt.Fprintf(&co, "v %d %d %d\n", v+1, micro(east[v]), micro(north[v]))
	}
	got, err := ParseDimacs(&gr, "l.gr", &co, "l.co")
	if err != nil {
		t.Fatal(err)
	}
	if got.Scale != want.Scale || !slices.Equal(got.First, want.First) || !slices.Equal(got.Head, want.Head) ||
		!slices.Equal(got.Base, want.Base) || !slices.Equal(got.X, want.X) || !slices.Equal(got.Y, want.Y) {
		t.Error("the graphs differ")
	}
}

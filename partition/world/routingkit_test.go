package world

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/partition/world/maptest"
)

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
	v = someVectors()
	v.metric[1] = NoRoute
	g, err = v.graph()
	if err != nil || len(g.Head) != 2 || !strings.Contains(g.Source, "3 arcs, 1 of infinite weight, 0 loops") {
		t.Errorf("an arc of infinite weight: %+v: %v", g, err)
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
		{"too heavy", func(v *vectors) { v.metric[1] = NoRoute - 1 }, "arc 1 weighs 2147483646"},
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
		want := fmt.Sprintf("RoutingKit folder luxembourg, metric %s, 76595 nodes, 175323 arcs, 0 of infinite weight, 649 loops and 2450 parallel arcs left out, 26 nodes and 52 arcs fewer since arcs of weight 0 make nodes one, weights times 5", metric)
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
			checkFits(t, w)
			if partitions == 1 {
				if w.Cut[0].Main != 74_404 {
					t.Errorf("the main part has %d nodes", w.Cut[0].Main)
				}
				checkMapped(t, w)
				continue
			}
			checkBalance(t, w)
		}
	}
}

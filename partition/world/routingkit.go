package world

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// NoRoute is RoutingKit's inf_weight: the length of a query without an answer,
// and the weight of an arc that no way may use.
const NoRoute = 1<<31 - 1

// vectors are a RoutingKit graph: what its files hold, as they hold it.
type vectors struct {
	firstOut, head, metric []uint32
	latitude, longitude    []float32
}

// ReadRoutingKit reads a folder of RoutingKit vectors, which are raw and little
// endian: first_out, head and the metric (u32), latitude and longitude (f32).
// The files may have a common prefix, as in luxembourg_head. Nodes keep their
// numbers; they are drawn in micro-degrees, north up. The lightest of parallel
// arcs stays, loops are left out, and see Graph.Scale for arcs of weight 0.
func ReadRoutingKit(dir, metric string) (*Graph, error) {
	f, err := openFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("reading RoutingKit folder %s: %w", dir, err)
	}
	var v vectors
	err = errors.Join(
		readVector(f, "first_out", &v.firstOut), readVector(f, "head", &v.head), readVector(f, metric, &v.metric),
		readVector(f, "latitude", &v.latitude), readVector(f, "longitude", &v.longitude))
	if err != nil {
		return nil, fmt.Errorf("reading RoutingKit folder %s: %w", dir, err)
	}
	g, err := v.graph()
	if err != nil {
		return nil, fmt.Errorf("RoutingKit folder %s, metric %s: %w", dir, metric, err)
	}
	g.Name = filepath.Base(filepath.Clean(dir))
	g.Source = fmt.Sprintf("RoutingKit folder %s, metric %s, %s", g.Name, metric, g.Source)
	return g, nil
}

// Route is a query of a RoutingKit folder with its published answer.
type Route struct {
	From, To uint32 // the source's nodes
	Length   uint32 // NoRoute: there is none
}

// ReadRoutes reads a RoutingKit folder's queries and their lengths in a metric.
func ReadRoutes(dir, metric string) ([]Route, error) {
	var from, to, length []uint32
	f, err := openFolder(dir)
	if err == nil {
		err = errors.Join(readVector(f, "source_node", &from), readVector(f, "target_node", &to),
			readVector(f, "query_reference_"+metric+"_length", &length))
	}
	if err == nil && (len(from) != len(length) || len(to) != len(length)) {
		err = Refuse("%d sources, %d targets and %d lengths: they must be as many", len(from), len(to), len(length))
	}
	if err != nil {
		return nil, fmt.Errorf("reading the queries of RoutingKit folder %s: %w", dir, err)
	}
	all := make([]Route, len(length))
	for i := range all {
		all[i] = Route{from[i], to[i], length[i]}
	}
	return all, nil
}

// folder is where a RoutingKit graph's files are: a path up to the vector's name.
type folder string

func openFolder(dir string) (folder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	const key = "first_out"
	var found []string
	for _, e := range entries {
		if name := e.Name(); name == key || strings.HasSuffix(name, "_"+key) {
			found = append(found, strings.TrimSuffix(name, key))
		}
	}
	if len(found) != 1 {
		return "", Refuse("%d files in it are named first_out or ..._first_out, expected 1: is this a RoutingKit folder?", len(found))
	}
	return folder(filepath.Clean(dir) + string(filepath.Separator) + found[0]), nil
}

// readVector reads one file whole.
func readVector[T uint32 | float32](in folder, name string, to *[]T) error {
	if !littleEndian {
		return errBigEndian
	}
	if name == "" || strings.ContainsAny(name, `/\`) {
		return Refuse("%q is no name of a vector", name)
	}
	f, err := os.Open(string(in) + name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case info.Size()%4 != 0:
		return Refuse("%s has %d bytes, which is no multiple of 4", f.Name(), info.Size())
	case info.Size() > 4*MaxSourceEdges:
		return Refuse("%s has %d bytes: at most %d", f.Name(), info.Size(), int64(4*MaxSourceEdges))
	}
	*to = make([]T, info.Size()/4)
	if _, err := io.ReadFull(f, bytesOf(*to)); err != nil {
		return fmt.Errorf("reading %s: %w", f.Name(), err)
	}
	return nil
}

// graph checks the vectors and makes a graph of them, of which Source tells the size.
func (v *vectors) graph() (*Graph, error) {
	n := len(v.firstOut) - 1
	switch {
	case n < MinMain:
		return nil, Refuse("first_out has %d entries: a world needs at least %d nodes", n+1, MinMain)
	case len(v.latitude) != n || len(v.longitude) != n:
		return nil, Refuse("%d latitudes and %d longitudes for %d nodes", len(v.latitude), len(v.longitude), n)
	case len(v.metric) != len(v.head):
		return nil, Refuse("%d weights for %d arcs", len(v.metric), len(v.head))
	case v.firstOut[0] != 0 || int(v.firstOut[n]) != len(v.head):
		return nil, Refuse("first_out runs from %d to %d, expected 0 to %d, the arcs of head", v.firstOut[0], v.firstOut[n], len(v.head))
	}
	g := &Graph{X: make([]int32, n), Y: make([]int32, n), First: v.firstOut, Head: v.head, Base: v.metric}
	for i := range n {
		if v.firstOut[i] > v.firstOut[i+1] {
			return nil, Refuse("first_out, entry %d: %d after %d", i+1, v.firstOut[i+1], v.firstOut[i])
		}
		east, north := float64(v.longitude[i]), float64(v.latitude[i])
		if !(math.Abs(east) <= 180) || !(math.Abs(north) <= 90) {
			return nil, Refuse("node %d lies at longitude %g, latitude %g: expected -180 to 180 and -90 to 90 degrees", i, east, north)
		}
		g.X[i], g.Y[i] = micro(v.longitude[i]), -micro(v.latitude[i])
	}
	for e, h := range v.head {
		if int(h) >= n {
			return nil, Refuse("head, entry %d: node %d of %d", e, h, n)
		}
	}
	arcs := len(v.head)
	closed := g.dropClosed()
	done, err := g.tidy()
	g.Source = fmt.Sprintf("%d nodes, %d arcs, %d of infinite weight, %v, weights times %d", n, arcs, closed, done, g.Scale)
	return g, err
}

// micro is an angle in micro-degrees.
func micro(degrees float32) int32 { return int32(math.Round(float64(degrees) * 1e6)) }

// dropClosed leaves out the arcs of infinite weight, which no way may use.
func (g *Graph) dropClosed() int {
	return g.drop(func(_, e uint32) bool { return g.Base[e] == NoRoute })
}

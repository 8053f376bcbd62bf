package world

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/huntgraph/huntgraph/partition"
)

// ReadDimacs reads a graph in the DIMACS challenge's format: arcs from a .gr
// file, and where to draw the nodes, in micro-degrees, from a .co file.
// Either may be packed by gzip, as .gr.gz. Places of "" are beside the arcs.
func ReadDimacs(arcs, places string) (*Graph, error) {
	gr, err := openPacked(arcs)
	if err != nil {
		return nil, fmt.Errorf("reading a DIMACS graph: %w", err)
	}
	defer gr.Close()
	if places == "" {
		places = besideDimacs(arcs)
	}
	co, err := openPacked(places)
	if errors.Is(err, os.ErrNotExist) {
		return nil, Refuse("DIMACS graph %s has no coordinates: %w; name their file with --co", arcs, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the coordinates of a DIMACS graph: %w", err)
	}
	defer co.Close()
	return ParseDimacs(gr, filepath.Base(arcs), co, filepath.Base(places))
}

// IsDimacs reports whether a file's name is that of a DIMACS graph.
func IsDimacs(path string) bool {
	return strings.HasSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".gr")
}

// besideDimacs is the file of coordinates beside a graph: of its name, packed or
// not, whichever is there, in the spelling of its ending.
func besideDimacs(arcs string) string {
	stem := arcs
	if strings.HasSuffix(strings.ToLower(stem), ".gz") {
		stem = stem[:len(stem)-len(".gz")]
	}
	co := ".co"
	if strings.HasSuffix(stem, ".GR") {
		co = ".CO"
	}
	stem = stem[:len(stem)-len(filepath.Ext(stem))] + co
	if _, err := os.Stat(stem); err != nil {
		if _, err := os.Stat(stem + ".gz"); err == nil {
			return stem + ".gz"
		}
	}
	return stem
}

// packed is a file that is unpacked while it is read.
type packed struct {
	*gzip.Reader
	file *os.File
}

func (p *packed) Close() error { return errors.Join(p.Reader.Close(), p.file.Close()) }

func openPacked(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil || !strings.HasSuffix(strings.ToLower(path), ".gz") {
		return f, err
	}
	unpack, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.Join(Refuse("unpacking %s: %w", path, err), f.Close())
	}
	return &packed{unpack, f}, nil
}

// ParseDimacs reads a graph line by line; the names stand in its errors, the
// first names the world. Nodes, which DIMACS counts from 1, count from 0 in the
// graph and are drawn north up. The lightest of parallel arcs stays, loops are
// left out, and see Graph.Scale for arcs of weight 0. A format error is a *ParseError.
func ParseDimacs(gr io.Reader, name string, co io.Reader, coName string) (*Graph, error) {
	d := dimacs{words: words{file: name, in: bufio.NewReaderSize(gr, maxLine)}}
	if err := d.all(d.arc); err != nil {
		return nil, err
	}
	if d.x == nil {
		return nil, d.fail(1, "the file ends without a line \"p sp NODES ARCS\": is this a DIMACS graph?")
	}
	if len(d.tail) != d.arcs {
		return nil, d.fail(1, "the file ends after %d of %d arcs", len(d.tail), d.arcs)
	}
	d.words = words{file: coName, in: bufio.NewReaderSize(co, maxLine)}
	if err := d.all(d.place); err != nil {
		return nil, err
	}
	if d.placed != len(d.x) {
		return nil, d.fail(1, "the file ends after the coordinates of %d of %d nodes", d.placed, len(d.x))
	}
	g := d.graph()
	done, err := g.tidy()
	if err != nil {
		return nil, fmt.Errorf("DIMACS graph %s: %w", name, err)
	}
	g.Name = name
	g.Source = fmt.Sprintf("DIMACS graph %s, %d nodes, %d arcs, %v, weights times %d", name, len(d.x), d.arcs, done, g.Scale)
	return g, nil
}

// dimacs is a graph while it is being read.
type dimacs struct {
	words
	arcs             int
	tail, head, base []uint32
	x, y             []int32
	placed           int
}

const unplaced = math.MinInt32 // no coordinate is

// arc takes a line of a .gr file: "p sp NODES ARCS" or "a TAIL HEAD WEIGHT".
func (d *dimacs) arc() error {
	switch kind := d.text(0); {
	case kind == "p" && d.n == 4 && d.text(1) == "sp":
		if d.x != nil {
			return d.fail(1, "a second line \"p sp\"")
		}
		nodes, err := d.number(2, MinMain, MaxSourceNodes)
		if err != nil {
			return err
		}
		arcs, err := d.number(3, 0, MaxSourceEdges)
		if err != nil {
			return err
		}
		d.arcs = int(arcs)
		d.x, d.y = make([]int32, nodes), make([]int32, nodes)
		for i := range d.x {
			d.x[i] = unplaced
		}
		return nil
	case kind == "a" && d.n == 4:
		if d.x == nil {
			return d.fail(1, "an arc before the line \"p sp NODES ARCS\"")
		}
		if len(d.tail) == d.arcs {
			return d.fail(1, "more than the %d arcs that the line \"p sp\" told", d.arcs)
		}
		tail, err1 := d.number(1, 1, int64(len(d.x)))
		head, err2 := d.number(2, 1, int64(len(d.x)))
		base, err3 := d.number(3, 0, partition.MaxBase)
		d.tail, d.head, d.base = append(d.tail, uint32(tail-1)), append(d.head, uint32(head-1)), append(d.base, uint32(base))
		return firstOf(err1, err2, err3)
	}
	if isEdgeList(d.line) {
		return d.fail(1, "found %.40q: %s", d.line, edgeList)
	}
	return d.fail(1, "found %.40q, expected \"c ...\", \"p sp NODES ARCS\" or \"a TAIL HEAD WEIGHT\"", d.line)
}

// edgeList says what is missing in the edge lists of the SNAP collection.
const edgeList = "this looks like an edge list (SNAP), which has neither weights nor coordinates: make a DIMACS graph of it, a .gr file with a .co file"

// isEdgeList reports whether a line is one of an edge list: a comment, or numbers only.
func isEdgeList(line []byte) bool {
	words := bytes.Fields(line)
	for _, w := range words {
		if _, err := strconv.ParseUint(string(w), 10, 64); err != nil {
			return len(words) > 0 && words[0][0] == '#'
		}
	}
	return len(words) == 2 || len(words) == 3
}

// place takes a line of a .co file: "p aux sp co NODES" or "v NODE X Y".
func (d *dimacs) place() error {
	switch kind := d.text(0); {
	case kind == "p" && d.n == 5 && d.text(1) == "aux" && d.text(2) == "sp" && d.text(3) == "co":
		_, err := d.number(4, int64(len(d.x)), int64(len(d.x)))
		return err
	case kind == "v" && d.n == 4:
		node, err1 := d.number(1, 1, int64(len(d.x)))
		x, err2 := d.number(2, -math.MaxInt32, math.MaxInt32)
		y, err3 := d.number(3, -math.MaxInt32, math.MaxInt32)
		if err := firstOf(err1, err2, err3); err != nil {
			return err
		}
		if d.x[node-1] != unplaced {
			return d.fail(1, "node %d has coordinates already", node)
		}
		d.x[node-1], d.y[node-1] = int32(x), int32(-y)
		d.placed++
		return nil
	}
	return d.fail(1, "found %.40q, expected \"c ...\", \"p aux sp co NODES\" or \"v NODE X Y\"", d.line)
}

// graph sorts the arcs by tail.
func (d *dimacs) graph() *Graph {
	order, first := groupBy(d.tail, len(d.x))
	g := &Graph{X: d.x, Y: d.y, First: first, Head: make([]uint32, len(order)), Base: make([]uint32, len(order))}
	for i, e := range order {
		g.Head[i], g.Base[i] = d.head[e], d.base[e]
	}
	return g
}

package world

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	// Straight and Diagonal are the weights of grid steps: their ratio is that
	// of 1 to the square root of 2 with an error of 1.5e-6.
	Straight = 408
	Diagonal = 577
)

// Grid is a map of cells, walkable or not, row by row.
type Grid struct {
	Name, Source  string
	Width, Height int
	Open          []bool // Width * Height, the cell in column x and row y at y*Width + x
}

// ParseError says where a text file is wrong. Lines and columns count from 1.
type ParseError struct {
	File         string
	Line, Column int
	Reason       string
}

// Is marks the error as one of ErrInput.
func (e *ParseError) Is(target error) bool { return target == ErrInput }

func (e *ParseError) Error() string {
	return fmt.Sprintf("%s, line %d, column %d: %s", e.File, e.Line, e.Column, e.Reason)
}

// ReadMap reads a Moving AI .map file.
func ReadMap(path string) (*Grid, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading a map: %w", err)
	}
	defer f.Close()
	return ParseMap(f, filepath.Base(path))
}

// ParseMap reads a Moving AI map of at most MaxMapBytes; name stands in its
// errors and names the world. A format error is a *ParseError.
func ParseMap(r io.Reader, name string) (*Grid, error) {
	text, err := readBounded(r, MaxMapBytes)
	if err != nil {
		return nil, fmt.Errorf("reading map %s: %w", name, err)
	}
	p := lines{file: name, rest: text}
	g := &Grid{Name: name}
	if err := p.header(g); err != nil {
		return nil, err
	}
	g.Open = make([]bool, 0, g.Width*g.Height)
	for y := range g.Height {
		if err := p.row(g, y); err != nil {
			return nil, err
		}
	}
	if err := p.end("%d rows", g.Height); err != nil {
		return nil, err
	}
	g.Source = fmt.Sprintf("Moving AI map %s, %d x %d cells, SHA-256 %x", name, g.Width, g.Height, sha256.Sum256(text))
	return g, nil
}

func readBounded(r io.Reader, limit int) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(text) > limit {
		err = fmt.Errorf("it is longer than %d bytes", limit)
	}
	return text, err
}

// lines walks over a text and knows where it is.
type lines struct {
	file string
	line int
	rest []byte
}

func (p *lines) more() bool { return len(p.rest) > 0 }

func (p *lines) next() []byte {
	line, rest, _ := bytes.Cut(p.rest, []byte("\n"))
	p.rest = rest
	p.line++
	return bytes.TrimSuffix(line, []byte("\r"))
}

// end refuses anything but blank lines up to the end of the file.
func (p *lines) end(after string, count int) error {
	for p.more() {
		if line := p.next(); len(bytes.TrimSpace(line)) > 0 {
			return p.fail(1, "found %.40q, expected the end of the file after "+after, line, count)
		}
	}
	return nil
}

func (p *lines) fail(column int, format string, args ...any) error {
	return &ParseError{p.file, p.line, column, fmt.Sprintf(format, args...)}
}

func (p *lines) header(g *Grid) error {
	if line := p.next(); string(bytes.Join(bytes.Fields(line), []byte(" "))) != "type octile" {
		switch {
		case isEdgeList(line):
			return p.fail(1, "found %.40q: %s", line, edgeList)
		case bytes.HasPrefix(line, []byte("\x1f\x8b")):
			return p.fail(1, "the file is packed by gzip: unpack it; of packed files only .gr.gz and .co.gz are read")
		case bytes.HasPrefix(line, []byte("p sp ")) || bytes.HasPrefix(line, []byte("c ")):
			return p.fail(1, "found %.40q: this looks like a DIMACS graph, whose name must end in .gr or .gr.gz", line)
		}
		return p.fail(1, "found %.40q, expected \"type octile\": is this a Moving AI grid map?", line)
	}
	if err := firstOf(p.keyed("height", &g.Height, 1, MaxMapSide), p.keyed("width", &g.Width, 1, MaxMapSide)); err != nil {
		return err
	}
	if line := p.next(); string(bytes.TrimSpace(line)) != "map" {
		return p.fail(1, "found %.40q, expected \"map\"", line)
	}
	return nil
}

func (p *lines) row(g *Grid, y int) error {
	if !p.more() {
		p.line++
		return p.fail(1, "the file ends after %d of %d rows", y, g.Height)
	}
	line := p.next()
	for x, c := range line {
		if x == g.Width {
			return p.fail(x+1, "the row is longer than %d cells", g.Width)
		}
		switch c {
		case '.', 'G', 'S':
			g.Open = append(g.Open, true)
		case '@', 'O', 'T', 'W':
			g.Open = append(g.Open, false)
		default:
			return p.fail(x+1, "found %q, expected a cell: . G S (walkable) or @ O T W (not)", c)
		}
	}
	if len(line) < g.Width {
		return p.fail(len(line)+1, "the row ends after %d of %d cells", len(line), g.Width)
	}
	return nil
}

// Graph links every walkable cell with its walkable neighbours: straight at
// weight Straight, and diagonally at Diagonal where both cells beside the
// step are walkable. Nodes are numbered row by row.
func (g *Grid) Graph() *Graph {
	out := &Graph{Name: g.Name, Source: g.Source, First: []uint32{0}}
	id := make([]uint32, len(g.Open))
	for i, open := range g.Open {
		if open {
			id[i] = uint32(len(out.X))
			out.X, out.Y = append(out.X, int32(i%g.Width)), append(out.Y, int32(i/g.Width))
		}
	}
	for i := range out.X {
		x, y := int(out.X[i]), int(out.Y[i])
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				if dx == 0 && dy == 0 || !g.open(x+dx, y+dy) || !g.open(x+dx, y) || !g.open(x, y+dy) {
					continue
				}
				weight := uint32(Straight)
				if dx != 0 && dy != 0 {
					weight = Diagonal
				}
				out.Head, out.Base = append(out.Head, id[(y+dy)*g.Width+x+dx]), append(out.Base, weight)
			}
		}
		out.First = append(out.First, uint32(len(out.Head)))
	}
	return out
}

func (g *Grid) open(x, y int) bool {
	return x >= 0 && y >= 0 && x < g.Width && y < g.Height && g.Open[y*g.Width+x]
}

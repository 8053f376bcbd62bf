package world

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// Scenario is one line of a Moving AI .scen file: a query with its published answer.
type Scenario struct {
	File           string // where it stands
	Line           int    // from 1
	Bucket         int
	Map            string
	Width, Height  int
	StartX, StartY int32
	GoalX, GoalY   int32
	Length         float64 // the published length, a straight step being 1, or NoPath
}

// NoPath is the length that says in so many words that there is no path.
const NoPath = -1

// Unreachable reports whether the published answer is that there is no path:
// the older sets say so by a length of 0 between different cells.
func (s *Scenario) Unreachable() bool {
	return s.Length == NoPath || s.Length == 0 && (s.StartX != s.GoalX || s.StartY != s.GoalY)
}

// ReadScen reads a .scen file.
func ReadScen(path string) ([]Scenario, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading scenarios: %w", err)
	}
	defer f.Close()
	return ParseScen(f, filepath.Base(path))
}

// ParseScen reads scenarios of at most MaxScenBytes; name stands in its
// errors. A format error is a *ParseError.
func ParseScen(r io.Reader, name string) ([]Scenario, error) {
	text, err := readBounded(r, MaxScenBytes)
	if err != nil {
		return nil, fmt.Errorf("reading scenarios %s: %w", name, err)
	}
	p := lines{file: name, rest: text}
	if line := p.next(); !bytes.HasPrefix(line, []byte("version ")) {
		return nil, p.fail(1, "found %.40q, expected \"version 1\": is this a Moving AI scenario file?", line)
	}
	var all []Scenario
	for p.more() {
		line := p.next()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		s, err := p.scenario(line)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, p.fail(1, "the file ends without a scenario")
	}
	return all, nil
}

// length reads a published length.
func (p *lines) length(column int, text []byte) (float64, error) {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !(n == NoPath || n >= 0 && n <= 1e9) {
		return 0, p.fail(column, "length is %.40q, expected a number from 0 to 1e9, or -1: there is no path", text)
	}
	return n, nil
}

func (p *lines) scenario(line []byte) (Scenario, error) {
	s := Scenario{File: p.file, Line: p.line}
	fields := bytes.Split(line, []byte("\t"))
	if len(fields) == 1 {
		fields = bytes.Split(line, []byte(" ")) // the oldest sets have blanks
	}
	if len(fields) != 9 {
		return s, p.fail(1, "found %d fields, expected 9 with tabs or single blanks between: bucket, map, width, height, start x, start y, goal x, goal y, length", len(fields))
	}
	s.Map = string(fields[1])
	column := 1
	for i, f := range fields {
		var n int
		var err error
		switch i {
		case 1:
		case 8:
			if s.Length, err = p.length(column, f); err != nil {
				return s, err
			}
		default:
			if n, err = strconv.Atoi(string(f)); err != nil || n < 0 || n > MaxMapSide {
				return s, p.fail(column, "found %.40q, expected a whole number from 0 to %d", f, MaxMapSide)
			}
		}
		column += len(f) + 1
		switch i {
		case 0:
			s.Bucket = n
		case 2:
			s.Width = n
		case 3:
			s.Height = n
		case 4:
			s.StartX = int32(n)
		case 5:
			s.StartY = int32(n)
		case 6:
			s.GoalX = int32(n)
		case 7:
			s.GoalY = int32(n)
		}
	}
	return s, nil
}

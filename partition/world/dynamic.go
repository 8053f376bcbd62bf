package world

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// Dynamic is a scenario of the dynamic grid path-planning competition: a map
// that starts all walkable, patches that change it, and queries in between.
type Dynamic struct {
	Width, Height int
	Patches       []*Grid
	Steps         []DynamicStep
}

// DynamicStep is a line of the scenario: it puts a patch on the map with its
// upper left cell at AtX, AtY, or asks for a length as the map then stands.
type DynamicStep struct {
	Patch    int // an index into Patches, or -1: a query
	AtX, AtY int
	Query    Scenario // Line is set for both
}

// ReadDynamic reads a .scen file of version 2, and its .patch file beside it.
func ReadDynamic(path string) (*Dynamic, error) {
	name, text, err := readText(path)
	if err != nil {
		return nil, fmt.Errorf("reading a dynamic scenario: %w", err)
	}
	d := new(Dynamic)
	p := dynamicLines{lines: lines{file: name, rest: text}}
	patches, err := p.header(d)
	if err != nil {
		return nil, err
	}
	if patches != filepath.Base(patches) {
		return nil, p.fail(7, "the patch file %.40q must lie beside the scenario", patches)
	}
	patchName, patchText, err := readText(filepath.Join(filepath.Dir(path), patches))
	if err != nil {
		return nil, fmt.Errorf("reading the patches of %s: %w", name, err)
	}
	if d.Patches, err = parsePatches(patchText, patchName); err != nil {
		return nil, err
	}
	if err := p.steps(d); err != nil {
		return nil, err
	}
	return d, nil
}

func readText(path string) (name string, text []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	text, err = readBounded(f, MaxScenBytes)
	return filepath.Base(path), text, err
}

// ParseDynamic reads a scenario and its patches; the names stand in the errors.
// A format error is a *ParseError.
func ParseDynamic(scen io.Reader, name string, patches io.Reader, patchName string) (*Dynamic, error) {
	text, err1 := readBounded(scen, MaxScenBytes)
	patchText, err2 := readBounded(patches, MaxScenBytes)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("reading a dynamic scenario: %w", err)
	}
	d := new(Dynamic)
	p := dynamicLines{lines: lines{file: name, rest: text}}
	_, err := p.header(d)
	if err == nil {
		d.Patches, err = parsePatches(patchText, patchName)
	}
	if err == nil {
		err = p.steps(d)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// dynamicLines walks over a scenario, whose queries have a length in each metric.
type dynamicLines struct {
	lines
	metrics int
	octile  int // which of them is the one of grids
}

// header reads up to the line before the commands, and returns the patch file.
func (p *dynamicLines) header(d *Dynamic) (patches string, err error) {
	version := 0
	if err := p.keyed("version", &version, 1, 1<<30); err != nil {
		return "", err
	}
	if version != 2 {
		return "", p.fail(9, "version %d, expected 2: is this a scenario with patches?", version)
	}
	if err := firstOf(p.keyed("height", &d.Height, 1, MaxMapSide), p.keyed("width", &d.Width, 1, MaxMapSide)); err != nil {
		return "", err
	}
	if err := p.costs(); err != nil {
		return "", err
	}
	line := p.next()
	key, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
	if string(key) != "patch" || len(value) == 0 {
		return "", p.fail(1, "found %.40q, expected \"patch FILE\"", line)
	}
	if line := p.next(); string(bytes.TrimSpace(line)) != "commands" {
		return "", p.fail(1, "found %.40q, expected \"commands\"", line)
	}
	return string(value), nil
}

// costs reads the line "cost N METRIC...", of which one is "octile".
func (p *dynamicLines) costs() error {
	line := p.next()
	f := bytes.Fields(line)
	if len(f) < 2 || string(f[0]) != "cost" || string(f[1]) != strconv.Itoa(len(f)-2) {
		return p.fail(1, "found %.40q, expected \"cost N METRIC...\" with N metrics, as \"cost 1 octile\"", line)
	}
	p.metrics, p.octile = len(f)-2, -1
	for i, metric := range f[2:] {
		if string(metric) != "octile" {
			continue
		}
		if p.octile >= 0 {
			return p.fail(1, "the metric octile is named twice")
		}
		p.octile = i
	}
	if p.octile < 0 {
		return p.fail(1, "found %.40q: none of the metrics is octile", line)
	}
	return nil
}

// steps reads the lines "P bucket patch x y" and "Q bucket sx sy gx gy LENGTH...",
// with a length in each metric.
func (p *dynamicLines) steps(d *Dynamic) error {
	queries := 0
	for p.more() {
		line := p.next()
		f := bytes.Fields(line)
		if len(f) == 0 {
			continue
		}
		var s DynamicStep
		var err error
		switch {
		case string(f[0]) == "P" && len(f) == 5:
			s, err = p.patch(d, f[1:])
		case string(f[0]) == "Q" && len(f) == 6+p.metrics:
			s, err = p.query(d, f[1:])
			queries++
		default:
			err = p.fail(1, "found %.40q, expected \"P bucket patch x y\" or \"Q bucket sx sy gx gy\" with %d lengths", line, p.metrics)
		}
		if err != nil {
			return err
		}
		d.Steps = append(d.Steps, s)
	}
	if queries == 0 {
		return p.fail(1, "the file ends without a query")
	}
	return nil
}

func (p *dynamicLines) patch(d *Dynamic, f [][]byte) (s DynamicStep, err error) {
	var n [4]int
	if err := p.numbers(f, n[:]); err != nil {
		return s, err
	}
	s = DynamicStep{Patch: n[1], AtX: n[2], AtY: n[3], Query: Scenario{File: p.file, Line: p.line, Bucket: n[0]}}
	if s.Patch >= len(d.Patches) {
		return s, p.fail(1, "patch %d of %d", s.Patch, len(d.Patches))
	}
	if g := d.Patches[s.Patch]; s.AtX+g.Width > d.Width || s.AtY+g.Height > d.Height {
		return s, p.fail(1, "patch %d, %d x %d cells, does not lie in the map of %d x %d", s.Patch, g.Width, g.Height, d.Width, d.Height)
	}
	return s, nil
}

func (p *dynamicLines) query(d *Dynamic, f [][]byte) (s DynamicStep, err error) {
	var n [5]int
	if err := p.numbers(f, n[:]); err != nil {
		return s, err
	}
	s = DynamicStep{Patch: -1, Query: Scenario{
		File: p.file, Line: p.line, Bucket: n[0], Width: d.Width, Height: d.Height,
		StartX: int32(n[1]), StartY: int32(n[2]), GoalX: int32(n[3]), GoalY: int32(n[4]),
	}}
	if max(n[1], n[3]) >= d.Width || max(n[2], n[4]) >= d.Height {
		return s, p.fail(1, "the cells %d %d and %d %d do not both lie in the map of %d x %d", n[1], n[2], n[3], n[4], d.Width, d.Height)
	}
	for i, text := range f[len(n):] {
		length, err := p.length(1, text)
		if err != nil {
			return s, err
		}
		if i == p.octile {
			s.Query.Length = length
		}
	}
	return s, nil
}

// numbers reads as many words as there are places for.
func (p *dynamicLines) numbers(words [][]byte, to []int) error {
	for i := range to {
		n, err := strconv.Atoi(string(words[i]))
		if err != nil || n < 0 || n > MaxMapSide {
			return p.fail(1, "found %.40q, expected a whole number from 0 to %d", words[i], MaxMapSide)
		}
		to[i] = n
	}
	return nil
}

func parsePatches(text []byte, name string) ([]*Grid, error) {
	p := lines{file: name, rest: text}
	if line := p.next(); string(bytes.TrimSpace(line)) != "type patch" {
		return nil, p.fail(1, "found %.40q, expected \"type patch\"", line)
	}
	count, left := 0, MaxMapSide*MaxMapSide
	if err := p.keyed("patches", &count, 1, 1<<20); err != nil {
		return nil, err
	}
	var all []*Grid
	for i := range count {
		g, number := &Grid{Name: name}, 0
		if err := firstOf(p.keyed("patch", &number, i, i), p.keyed("height", &g.Height, 1, MaxMapSide), p.keyed("width", &g.Width, 1, MaxMapSide)); err != nil {
			return nil, err
		}
		if line := p.next(); string(bytes.TrimSpace(line)) != "map" {
			return nil, p.fail(1, "found %.40q, expected \"map\"", line)
		}
		if left -= g.Width * g.Height; left < 0 {
			return nil, p.fail(1, "the patches have more than %d cells", MaxMapSide*MaxMapSide)
		}
		for y := range g.Height {
			if err := p.row(g, y); err != nil {
				return nil, err
			}
		}
		all = append(all, g)
	}
	return all, p.end("%d patches, as many as the header tells", count)
}

// keyed reads a line of a word and a number.
func (p *lines) keyed(key string, to *int, least, most int) error {
	line := p.next()
	word, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
	n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
	if string(word) != key || err != nil {
		return p.fail(1, "found %.40q, expected \"%s N\"", line, key)
	}
	if n < least || n > most {
		return p.fail(len(key)+2, "%s is %d, expected %d to %d", key, n, least, most)
	}
	*to = n
	return nil
}

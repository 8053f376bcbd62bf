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
	p := lines{file: name, rest: text}
	patches, err := p.dynamicHeader(d)
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
	p := lines{file: name, rest: text}
	_, err := p.dynamicHeader(d)
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

// dynamicHeader reads up to the line that names the patch file.
func (p *lines) dynamicHeader(d *Dynamic) (patches string, err error) {
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
	if line := p.next(); string(bytes.TrimSpace(line)) != "cost 1 octile" {
		return "", p.fail(1, "found %.40q, expected \"cost 1 octile\"", line)
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

// steps reads the lines "P bucket patch x y" and "Q bucket sx sy gx gy length".
func (p *lines) steps(d *Dynamic) error {
	for p.more() {
		line := p.next()
		f := bytes.Fields(line)
		if len(f) == 0 {
			continue
		}
		var n [5]int
		for i := range min(len(f)-1, len(n)) {
			v, err := strconv.Atoi(string(f[i+1]))
			if err != nil || v < 0 || v > MaxMapSide {
				return p.fail(1, "found %.40q, expected a whole number from 0 to %d", f[i+1], MaxMapSide)
			}
			n[i] = v
		}
		s := DynamicStep{Patch: -1, Query: Scenario{Line: p.line, Bucket: n[0]}}
		switch {
		case string(f[0]) == "P" && len(f) == 5:
			s.Patch, s.AtX, s.AtY = n[1], n[2], n[3]
			if s.Patch >= len(d.Patches) {
				return p.fail(1, "patch %d of %d", s.Patch, len(d.Patches))
			}
			if g := d.Patches[s.Patch]; s.AtX+g.Width > d.Width || s.AtY+g.Height > d.Height {
				return p.fail(1, "patch %d, %d x %d cells, does not lie in the map of %d x %d", s.Patch, g.Width, g.Height, d.Width, d.Height)
			}
		case string(f[0]) == "Q" && len(f) == 7:
			q := &s.Query
			q.Width, q.Height = d.Width, d.Height
			q.StartX, q.StartY, q.GoalX, q.GoalY = int32(n[1]), int32(n[2]), int32(n[3]), int32(n[4])
			var err error
			if q.Length, err = strconv.ParseFloat(string(f[6]), 64); err != nil || !(q.Length >= 0 && q.Length <= 1e9) {
				return p.fail(1, "length is %.40q, expected a number from 0 to 1e9", f[6])
			}
		default:
			return p.fail(1, "found %.40q, expected \"P bucket patch x y\" or \"Q bucket sx sy gx gy length\"", line)
		}
		d.Steps = append(d.Steps, s)
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
	return all, nil
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

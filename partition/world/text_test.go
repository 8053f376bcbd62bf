package world

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const mapHead = "type octile\nheight 2\nwidth 3\nmap\n"

func TestParseMap(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		line, column int // 0: it parses
	}{
		{"plain", mapHead + ".G.\nS@T\n", 0, 0},
		{"line ends of Windows", strings.ReplaceAll(mapHead+"...\n@OW\n", "\n", "\r\n"), 0, 0},
		{"no last line end", mapHead + "...\n...", 0, 0},
		{"blank lines at the end", mapHead + "...\n...\n\n\n", 0, 0},
		{"empty", "", 1, 1},
		{"foreign", "\x7fELF", 1, 1},
		{"other type", "type hex\nheight 2\nwidth 3\nmap\n...\n...\n", 1, 1},
		{"no height", "type octile\nwidth 3\nheight 2\nmap\n...\n...\n", 2, 1},
		{"width no number", "type octile\nheight 2\nwidth x\nmap\n...\n...\n", 3, 1},
		{"height zero", "type octile\nheight 0\nwidth 3\nmap\n", 2, 8},
		{"width too big", "type octile\nheight 2\nwidth 8193\nmap\n", 3, 7},
		{"no map line", "type octile\nheight 2\nwidth 3\n...\n...\n", 4, 1},
		{"unknown cell", mapHead + "...\n.x.\n", 6, 2},
		{"row too short", mapHead + "..\n...\n", 5, 3},
		{"row too long", mapHead + "...\n....\n", 6, 4},
		{"row missing", mapHead + "...\n", 6, 1},
		{"row too many", mapHead + "...\n...\n...\n", 7, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := ParseMap(strings.NewReader(c.text), "m.map")
			if c.line == 0 {
				if err != nil || g.Width != 3 || g.Height != 2 || len(g.Open) != 6 {
					t.Fatalf("%+v, %v", g, err)
				}
				return
			}
			expectAt(t, err, "m.map", c.line, c.column)
		})
	}
}

func expectAt(t *testing.T, err error, file string, line, column int) {
	t.Helper()
	var at *ParseError
	if !errors.As(err, &at) {
		t.Fatalf("%v, expected a ParseError", err)
	}
	if at.File != file || at.Line != line || at.Column != column || at.Reason == "" {
		t.Errorf("%v, expected line %d, column %d", at, line, column)
	}
}

func TestParseMapTooLong(t *testing.T) {
	if _, err := ParseMap(strings.NewReader(strings.Repeat(".", MaxMapBytes+1)), "m"); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Error(err)
	}
}

func TestGridSteps(t *testing.T) {
	// The middle is closed: no diagonal may cut its corners.
	g, err := ParseMap(strings.NewReader("type octile\nheight 3\nwidth 4\nmap\n....\n.@..\n....\n"), "m")
	if err != nil {
		t.Fatal(err)
	}
	graph := g.Graph()
	var straight, diagonal int
	for _, w := range graph.Base {
		switch w {
		case Straight:
			straight++
		case Diagonal:
			diagonal++
		}
	}
	// 11 cells: 13 straight pairs, 4 diagonal ones (the two squares at the right).
	if len(graph.X) != 11 || straight != 26 || diagonal != 8 || straight+diagonal != len(graph.Base) {
		t.Errorf("%d cells, %d straight and %d diagonal steps of %d", len(graph.X), straight, diagonal, len(graph.Base))
	}
}

func TestParseScen(t *testing.T) {
	const good = "0\tmaps/dao/a b.map\t49\t48\t1\t11\t2\t12\t1.41421\n"
	all, err := ParseScen(strings.NewReader("version 1\r\n"+strings.Replace(good, "\n", "\r\n", 1)+"\n3"+good[1:]), "m.scen")
	want := Scenario{"m.scen", 2, 0, "maps/dao/a b.map", 49, 48, 1, 11, 2, 12, 1.41421}
	second := want
	second.Line, second.Bucket = 4, 3
	if err != nil || !slices.Equal(all, []Scenario{want, second}) {
		t.Fatalf("%+v, %v", all, err)
	}
	all, err = ParseScen(strings.NewReader("version 1.0\n56 maps/AR0044SR.map 512 512 82 422 65 205 224.04\n"), "m.scen")
	if old := (Scenario{"m.scen", 2, 56, "maps/AR0044SR.map", 512, 512, 82, 422, 65, 205, 224.04}); err != nil || !slices.Equal(all, []Scenario{old}) {
		t.Fatalf("with blanks: %+v, %v", all, err)
	}
	all, err = ParseScen(strings.NewReader("version 1\n"+strings.Replace(good, "1.41421", "-1", 1)), "m.scen")
	if err != nil || !all[0].Unreachable() {
		t.Errorf("without a path: %+v, %v", all, err)
	}
	for _, c := range []struct {
		name, text   string
		line, column int
	}{
		{"empty", "", 1, 1},
		{"no version", good, 1, 1},
		{"spaces for tabs and in a name", "version 1\n" + strings.ReplaceAll(good, "\t", " "), 2, 1},
		{"negative", "version 1\n" + strings.Replace(good, "\t11\t", "\t-1\t", 1), 2, 28},
		{"not a number", "version 1\n" + good + strings.Replace(good, "0\t", "x\t", 1), 3, 1},
		{"length not a number", "version 1\n" + strings.Replace(good, "1.41421", "NaN", 1), 2, 36},
		{"length below 0", "version 1\n" + strings.Replace(good, "1.41421", "-2", 1), 2, 36},
		{"no scenario", "version 1\n\n", 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseScen(strings.NewReader(c.text), "m.scen")
			expectAt(t, err, "m.scen", c.line, c.column)
		})
	}
}

func FuzzParseMap(f *testing.F) {
	f.Add(mapHead + ".G.\nS@T\n")
	f.Add("type octile\nheight 1\nwidth 8192\nmap\n")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ParseMap(strings.NewReader(text), "m")
		if err == nil && len(g.Open) != g.Width*g.Height {
			t.Errorf("%d cells of %d x %d", len(g.Open), g.Width, g.Height)
		}
	})
}

func FuzzParseScen(f *testing.F) {
	f.Add("version 1\n0\tm\t49\t48\t1\t11\t2\t12\t1.41421\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ParseScen(strings.NewReader(text), "m")
		if err != nil && all != nil {
			t.Error("scenarios beside an error")
		}
	})
}

package world

import (
	"errors"
	"strings"
	"testing"
)

const (
	changes = "version 2\nheight 3\nwidth 4\ncost 1 octile\npatch p.patch\ncommands\nQ 0 0 1 2 2 2.5\nP 1 1 2 0\n"
	patches = "type patch\npatches 2\npatch 0\nheight 1\nwidth 1\nmap\n@\npatch 1\nheight 3\nwidth 2\nmap\n.@\n@@\n..\n"
)

func parseDynamic(scen, patch string) (*Dynamic, error) {
	return ParseDynamic(strings.NewReader(scen), "d.scen", strings.NewReader(patch), "p.patch")
}

func TestParseDynamic(t *testing.T) {
	d, err := parseDynamic(changes, patches)
	if err != nil {
		t.Fatal(err)
	}
	if d.Width != 4 || d.Height != 3 || len(d.Patches) != 2 || len(d.Steps) != 2 {
		t.Fatalf("%+v", d)
	}
	if p := d.Patches[1]; p.Width != 2 || p.Height != 3 || !p.Open[0] || p.Open[1] || p.Open[3] || !p.Open[5] {
		t.Errorf("%+v", p)
	}
	want := Scenario{File: "d.scen", Line: 7, Width: 4, Height: 3, StartX: 0, StartY: 1, GoalX: 2, GoalY: 2, Length: 2.5}
	if s := d.Steps[0]; s.Patch != -1 || s.Query != want {
		t.Errorf("%+v", s)
	}
	if s := d.Steps[1]; s.Patch != 1 || s.AtX != 2 || s.AtY != 0 || s.Query.Line != 8 || s.Query.Bucket != 1 {
		t.Errorf("%+v", s)
	}
}

// TestParseDynamicMetrics: the length in the metric of grids is taken, wherever it stands.
func TestParseDynamicMetrics(t *testing.T) {
	text := strings.ReplaceAll(changes, "1 octile", "3 manhattan octile euclidean")
	d, err := parseDynamic(strings.ReplaceAll(text, " 2.5\n", " 3 2.5 2.23\n")+"Q 0 0 1 2 2 -1 -1 -1\n", patches)
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Steps[0].Query; s.Length != 2.5 || s.Unreachable() {
		t.Errorf("%+v", s)
	}
	if s := d.Steps[2].Query; !s.Unreachable() {
		t.Errorf("%+v is not said to have no path", s)
	}
}

func TestParseDynamicRefuses(t *testing.T) {
	swap := strings.ReplaceAll
	for _, c := range []struct {
		name, scen, patch string
		file              string
		line              int
		says              string
	}{
		{"empty", "", patches, "d.scen", 1, "version N"},
		{"a plain scenario", "version 1\n", patches, "d.scen", 1, "expected 2"},
		{"too high", swap(changes, "height 3", "height 9999"), patches, "d.scen", 2, "9999"},
		{"a metric short", swap(changes, "1 octile", "2 octile"), patches, "d.scen", 4, "N metrics"},
		{"another metric", swap(changes, "1 octile", "1 euclidean"), patches, "d.scen", 4, "none of the metrics"},
		{"a metric twice", swap(changes, "1 octile", "2 octile octile"), patches, "d.scen", 4, "twice"},
		{"a length for no metric", changes + "Q 0 1 1 1 1 2 2\n", patches, "d.scen", 9, "1 lengths"},
		{"a length short", swap(changes, "1 octile", "2 octile euclidean"), patches, "d.scen", 7, "2 lengths"},
		{"a length below none", changes + "Q 0 1 1 1 1 -2\n", patches, "d.scen", 9, "-2"},
		{"a column outside", changes + "Q 0 1 1 4 1 2\n", patches, "d.scen", 9, "4 1 do not both lie"},
		{"a row outside", changes + "Q 0 1 3 1 1 2\n", patches, "d.scen", 9, "1 3 and"},
		{"no query", swap(changes, "Q 0 0 1 2 2 2.5\n", ""), patches, "d.scen", 7, "without a query"},
		{"a patch too many", changes, patches + "patch 2\nheight 1\nwidth 1\nmap\n@\n", "p.patch", 15, "2 patches"},
		{"no patch file", swap(changes, "patch p.patch\n", "patch\n"), patches, "d.scen", 5, "patch FILE"},
		{"no commands", swap(changes, "commands\n", ""), patches, "d.scen", 6, "commands"},
		{"other command", changes + "R 1\n", patches, "d.scen", 9, "expected"},
		{"a field missing", changes + "Q 0 1 1 1 1\n", patches, "d.scen", 9, "expected"},
		{"no number", changes + "P 0 x 1 1\n", patches, "d.scen", 9, "\"x\""},
		{"no length", changes + "Q 0 1 1 1 1 far\n", patches, "d.scen", 9, "far"},
		{"no such patch", changes + "P 0 2 0 0\n", patches, "d.scen", 9, "patch 2 of 2"},
		{"over the rim", changes + "P 0 1 3 0\n", patches, "d.scen", 9, "does not lie"},
		{"no patches", changes, "", "p.patch", 1, "type patch"},
		{"a patch too few", changes, swap(patches, "patches 2", "patches 3"), "p.patch", 15, "patch N"},
		{"numbers out of order", changes, swap(patches, "patch 1\n", "patch 0\n"), "p.patch", 8, "expected 1 to 1"},
		{"a row short", changes, swap(patches, "@@", "@"), "p.patch", 13, "ends after 1 of 2"},
		{"too many cells", changes, swap(patches, "height 3\nwidth 2", "height 8192\nwidth 8192"), "p.patch", 11, "67108864"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseDynamic(c.scen, c.patch)
			var where *ParseError
			if !errors.As(err, &where) || where.File != c.file || where.Line != c.line || !strings.Contains(where.Reason, c.says) {
				t.Errorf("%v; expected %s, line %d: %q", err, c.file, c.line, c.says)
			}
		})
	}
}

func FuzzParseDynamic(f *testing.F) {
	f.Add(changes, patches)
	f.Fuzz(func(t *testing.T, scen, patch string) {
		d, err := parseDynamic(scen, patch)
		if err != nil {
			return
		}
		for _, s := range d.Steps {
			if s.Patch >= 0 && (s.AtX+d.Patches[s.Patch].Width > d.Width || s.AtY+d.Patches[s.Patch].Height > d.Height) {
				t.Errorf("%+v lies beyond %d x %d", s, d.Width, d.Height)
			}
		}
	})
}

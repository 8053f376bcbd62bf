package scenario

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/partition/world"
	"github.com/huntgraph/huntgraph/partition/world/maptest"
)

const wall = "type patch\npatches 2\npatch 0\nheight 3\nwidth 1\nmap\n@\n@\n@\npatch 1\nheight 1\nwidth 1\nmap\n.\n"

// TestPlay: a wall comes, hides everything, and opens at one end.
func TestPlay(t *testing.T) {
	const steps = "version 2\nheight 3\nwidth 5\ncost 1 octile\npatch p\ncommands\n" +
		"Q 0 0 0 4 0 4\nP 0 0 2 0\nQ 0 0 0 4 0 0\nQ 0 0 1 4 1 3\nP 0 1 2 2\nQ 0 0 0 4 0 6.82842712\nQ 0 0 0 4 0 8\nP 0 0 2 0\nQ 0 0 0 4 0 -1\n"
	d, err := world.ParseDynamic(strings.NewReader(steps), "s", strings.NewReader(wall), "p")
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	r, err := Play(t.Context(), d, func() { told++ })
	if err != nil {
		t.Fatal(err)
	}
	if r.Scenarios != 6 || r.Patches != 3 || r.Mismatches != 2 || r.Unreachable != 2 || told != 9 {
		t.Errorf("%+v", r)
	}
	for i, line := range []string{"line     10: published length 3, the engine finds no way", "line     13: published length 8, the engine says 6.828"} {
		if i < len(r.Wrong) && !strings.HasPrefix(r.Wrong[i], line) {
			t.Errorf("%q, expected %q", r.Wrong[i], line)
		}
	}
}

// TestPlayUnaskable: a query of a cell that a patch has closed is refused by its line.
func TestPlayUnaskable(t *testing.T) {
	const steps = "version 2\nheight 3\nwidth 5\ncost 1 octile\npatch p\ncommands\n" +
		"Q 0 2 0 2 2 2\nP 0 0 2 0\nQ 0 2 0 2 0 0\n"
	d, err := world.ParseDynamic(strings.NewReader(steps), "s", strings.NewReader(wall), "p")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Play(t.Context(), d, nil); !errors.Is(err, world.ErrInput) || !strings.Contains(err.Error(), "s, line 9") {
		t.Errorf("%v; expected line 9", err)
	}
}

// TestArenaChanges plays the beginning of the published scenario.
func TestArenaChanges(t *testing.T) {
	d, err := world.ReadDynamic(filepath.Join(maptest.Dir(t), "gppc-dynamic", "dao_arena2.scen"))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Patches) != 336 || len(d.Steps) != 439+2000 {
		t.Errorf("%d patches, %d steps", len(d.Patches), len(d.Steps))
	}
	last := 0
	for i := 0; i < len(d.Steps) && last < 2; i++ { // up to the second change of the map
		if d.Steps[i].Patch >= 0 && (i == 0 || d.Steps[i-1].Patch < 0) {
			if last++; last == 2 {
				d.Steps = d.Steps[:i]
			}
		}
	}
	r, err := Play(t.Context(), d, nil)
	if err != nil || r.Mismatches != 0 || r.Scenarios < 10 || r.Patches < 3 || r.Changes < 100 {
		t.Errorf("%+v: %v", r, err)
	}
}

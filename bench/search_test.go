package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rooms is a map of 484 rooms with doors, 220 cells wide: enough nodes for nested cells.
func rooms(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("type octile\nheight 220\nwidth 220\nmap\n")
	for y := range 220 {
		for x := range 220 {
			wall := x%10 == 9 && y%10 != 4 || y%10 == 9 && x%10 != 3
			text.WriteByte("."[0] + byte(btoi(wall))*('@'-'.'))
		}
		text.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "rooms.map")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestSearch(t *testing.T) {
	r, err := Search(t.Context(), SearchConfig{Ground: Ground{Map: rooms(t)}, Seed: 2, Cold: 20, Goals: 3, Players: 4, Checked: 20})
	if err != nil {
		t.Fatal(err)
	}
	if r.Mismatches != 0 || r.Checked != 20 || r.WarmMoves < 20 || r.SettledMax == 0 || r.DijkstraMeanUS == 0 || r.GonumMeanUS == 0 {
		t.Errorf("%+v", r)
	}
}

func TestUpdate(t *testing.T) {
	r, err := Update(t.Context(), UpdateConfig{Ground: Ground{Map: rooms(t)}, Seed: 2, Changes: 200, Ticks: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.MismatchesAfter != 0 || r.ZeroChangeShare == 0 || r.ZeroChangeShare == 1 || r.RebuildUS == 0 {
		t.Errorf("%+v", r)
	}
}

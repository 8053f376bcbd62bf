package world

import (
	"errors"
	"strings"
	"testing"
)

// islands is a map of rooms above a field of single cells between walls.
func islands(t *testing.T) *Grid {
	t.Helper()
	const side = 60
	var text strings.Builder
	text.WriteString("type octile\nheight 60\nwidth 60\nmap\n")
	for y := range side {
		for x := range side {
			open := y%10 != 0 && x%10 != 0 || (x+y)%10 == 5
			if y >= side/10 {
				open = x%2 == 0 && y%2 == 0
			}
			if open {
				text.WriteByte('.')
			} else {
				text.WriteByte('@')
			}
		}
		text.WriteByte('\n')
	}
	g, err := ParseMap(strings.NewReader(text.String()), "islands.map")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestRiders: single cells between walls make no partition of their own, but
// ride along with those where somebody can move, about as many with each.
func TestRiders(t *testing.T) {
	g := islands(t).Graph()
	single := 0
	for v := range g.X {
		if g.First[v] == g.First[v+1] {
			single++
		}
	}
	if single < len(g.X)/5 {
		t.Fatalf("only %d of %d cells are single: the test shows nothing", single, len(g.X))
	}
	for _, partitions := range []int{1, 2, 4, 7} {
		w, err := Build(g, partitions)
		if err != nil {
			t.Fatal(err)
		}
		checkFits(t, w)
		for p, c := range w.Cut {
			if int(c.Main)*partitions < (len(g.X)-single)/4 || int(c.Nodes-c.Main)*partitions > 4*single {
				t.Errorf("partition %d of %d has %d nodes, %d of them in its main part", p, partitions, c.Nodes, c.Main)
			}
		}
	}
}

// TestNobodyCanMove: a map of single cells is refused, whatever it is cut into.
func TestNobodyCanMove(t *testing.T) {
	g, err := ParseMap(strings.NewReader("type octile\nheight 1\nwidth 7\nmap\n.@.@.@.\n"), "dots.map")
	if err != nil {
		t.Fatal(err)
	}
	for _, partitions := range []int{1, 2} {
		if _, err := Build(g.Graph(), partitions); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), "connected") {
			t.Errorf("%d partitions: %v", partitions, err)
		}
	}
}

package partition

import (
	"math/rand/v2"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestDescribe: the tables shown are those that New lays out.
func TestDescribe(t *testing.T) {
	topo := graph(rand.New(rand.NewPCG(1, 1)), 200, 3)
	l, err := Describe(&topo)
	if err != nil {
		t.Fatal(err)
	}
	size, err := MemorySize(&topo, codec.Rules{})
	sum := 0
	for _, table := range l.Tables {
		sum += table.Bytes
	}
	if err != nil || l.Bytes != size || sum != size {
		t.Errorf("%d bytes, the tables take %d, New needs %d: %v", l.Bytes, sum, size, err)
	}
	if len(l.Levels) != 3 || l.Levels[0].Cells != len(topo.Cells)/2 || l.Levels[0].MaxNodes != 9 || l.Levels[2].MaxNodes != 81 {
		t.Errorf("%+v", l.Levels)
	}
	for i, level := range l.Levels {
		if level.MaxPoints > level.MaxNodes || level.Points > level.Cells*level.MaxPoints || level.Entries > level.Points*level.MaxPoints {
			t.Errorf("level %d: %+v", i+1, level)
		}
	}
}

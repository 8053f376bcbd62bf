package control

import (
	"maps"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

func TestFloors(t *testing.T) {
	e, err := StartEtcd(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	for _, s := range []struct {
		name  string
		put   []codec.Watermark
		fails bool
		want  map[codec.PartitionID]codec.Watermark
	}{
		{"none", nil, false, nil},
		{"first", []codec.Watermark{mark(0, 3, 5, 1)}, false, map[codec.PartitionID]codec.Watermark{0: mark(0, 3, 5, 1)}},
		{"another partition", []codec.Watermark{mark(1, 2, 9, 2)}, false, map[codec.PartitionID]codec.Watermark{0: mark(0, 3, 5, 1), 1: mark(1, 2, 9, 2)}},
		{"lower does not count", []codec.Watermark{mark(0, 2, 99, 3)}, false, map[codec.PartitionID]codec.Watermark{0: mark(0, 3, 5, 1), 1: mark(1, 2, 9, 2)}},
		{"another record", []codec.Watermark{mark(0, 3, 5, 7)}, true, map[codec.PartitionID]codec.Watermark{0: mark(0, 3, 5, 1), 1: mark(1, 2, 9, 2)}},
		{"higher", []codec.Watermark{mark(0, 4, 1, 4)}, false, map[codec.PartitionID]codec.Watermark{0: mark(0, 4, 1, 4), 1: mark(1, 2, 9, 2)}},
	} {
		t.Run(s.name, func(t *testing.T) {
			if err := PutFloors(t.Context(), e.Client(), "a/b", s.put); (err != nil) != s.fails {
				t.Fatal(err)
			}
			got, err := GetFloors(t.Context(), e.Client(), "a/b")
			if err != nil || !maps.Equal(got, s.want) {
				t.Errorf("%v, %v; want %v", got, err, s.want)
			}
		})
	}
	if got, err := GetFloors(t.Context(), e.Client(), "a/c"); err != nil || len(got) != 0 {
		t.Errorf("another hunt's: %v, %v", got, err)
	}
}

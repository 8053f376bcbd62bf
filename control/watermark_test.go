package control

import (
	"bytes"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

func mark(p codec.PartitionID, round codec.Round, seq, state uint64) codec.Watermark {
	return codec.Watermark{Partition: p, Index: codec.Index{Round: round, Seq: seq}, State: state, Chain: codec.Hash{byte(state)}}
}

func TestWatermarks(t *testing.T) {
	e, err := StartEtcd(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	put := func(node string, ms ...codec.Watermark) error {
		return PutWatermarks(t.Context(), e.Client(), node, "a/b", ms)
	}
	steps := []struct {
		name  string
		node  string
		marks []codec.Watermark
		fails bool
		want  []codec.Watermark
	}{
		{"first", "n1", []codec.Watermark{mark(0, 1, 5, 1), mark(1, 1, 7, 2)}, false, []codec.Watermark{mark(0, 1, 5, 1), mark(1, 1, 7, 2)}},
		{"higher", "n1", []codec.Watermark{mark(0, 1, 6, 3), mark(1, 2, 1, 4)}, false, []codec.Watermark{mark(0, 1, 6, 3), mark(1, 2, 1, 4)}},
		{"the same again", "n1", []codec.Watermark{mark(0, 1, 6, 3)}, false, []codec.Watermark{mark(0, 1, 6, 3), mark(1, 2, 1, 4)}},
		{"lower does not count", "n1", []codec.Watermark{mark(1, 1, 99, 5)}, false, []codec.Watermark{mark(0, 1, 6, 3), mark(1, 2, 1, 4)}},
		{"a partition that moved", "n2", []codec.Watermark{mark(1, 2, 8, 6)}, false, []codec.Watermark{mark(0, 1, 6, 3), mark(1, 2, 8, 6)}},
		{"a fork", "n1", []codec.Watermark{mark(0, 1, 6, 7)}, true, []codec.Watermark{mark(0, 1, 6, 3), mark(1, 2, 8, 6)}},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			if err := put(s.node, s.marks...); (err != nil) != s.fails {
				t.Fatal(err)
			}
			got, err := GetWatermarks(t.Context(), e.Client(), "a/b")
			if err != nil || len(got) != len(s.want) {
				t.Fatalf("%v, %v", got, err)
			}
			for _, w := range s.want {
				if got[w.Partition] != w {
					t.Errorf("got %+v, want %+v", got[w.Partition], w)
				}
			}
		})
	}
	if err := put("n3", mark(0, 1, 6, 8)); err != nil {
		t.Fatal(err)
	}
	if _, err := GetWatermarks(t.Context(), e.Client(), "a/b"); err == nil {
		t.Error("two nodes with different states at one index pass")
	}
	if _, err := e.Client().Put(t.Context(), watermarkKey("a/c", "n1"), "HGWMxxxxxxxxxxx"); err != nil {
		t.Fatal(err)
	}
	if _, err := GetWatermarks(t.Context(), e.Client(), "a/c"); err == nil {
		t.Error("damaged watermarks pass")
	}
	if got, err := GetWatermarks(t.Context(), e.Client(), "a/none"); err != nil || len(got) != 0 {
		t.Errorf("a hunt without watermarks: %v, %v", got, err)
	}
}

// TestWatermarksDamaged: no flipped byte and no cut passes.
func TestWatermarksDamaged(t *testing.T) {
	good := watermarks{3: mark(3, 1, 2, 3), 1: mark(1, 1, 2, 3)}.encode()
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if _, err := decodeWatermarks(bad); err == nil {
			t.Errorf("byte %d flipped passes", i)
		}
		if _, err := decodeWatermarks(good[:i]); err == nil {
			t.Errorf("cut at %d passes", i)
		}
	}
}

func FuzzWatermarks(f *testing.F) {
	f.Add([]byte{})
	f.Add(watermarks{}.encode())
	f.Add(watermarks{3: mark(3, 1, 2, 3), 1: mark(1, 1, 2, 3)}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeWatermarks(b)
		if err != nil {
			return
		}
		again, err := decodeWatermarks(m.encode())
		if err != nil || len(again) != len(m) {
			t.Fatalf("%v, %v", again, err)
		}
		for p, w := range m {
			if again[p] != w {
				t.Errorf("partition %d: %+v, then %+v", p, w, again[p])
			}
		}
	})
}

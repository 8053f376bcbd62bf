package actor

import (
	"errors"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// markAt is a mark of a record of the bed's journal.
func (b *bed) markAt(at codec.Index) codec.Watermark {
	b.t.Helper()
	record := b.journal.rounds[at.Round][at.Seq-1]
	h, _, err := codec.ParseRecord(record)
	if err != nil {
		b.t.Fatal(err)
	}
	return codec.Watermark{Index: at, State: h.State, Chain: hashOf(record)}
}

// TestMarks: each mark is held against its record, wherever a replay begins, and
// before anything is released.
func TestMarks(t *testing.T) {
	b, a := played(t)
	all, cuts := b.ends()
	newest := len(all) - 3
	b.snap(all[newest], cuts[newest]) // a replay begins there
	early, late := b.markAt(all[2]), a.Durable()
	for _, tc := range []struct {
		name  string
		marks func() []codec.Watermark
		at    codec.Index
		err   error
	}{
		{"none", func() []codec.Watermark { return nil }, codec.Index{}, nil},
		{"one that says nothing", func() []codec.Watermark { return make([]codec.Watermark, 1) }, codec.Index{}, nil},
		{"right ones", func() []codec.Watermark { return []codec.Watermark{late, early} }, codec.Index{}, nil},
		{"another record before the snapshot", func() []codec.Watermark {
			m := early
			m.Chain[3] ^= 1
			return []codec.Watermark{late, m}
		}, early.Index, ErrMark},
		{"another state", func() []codec.Watermark {
			m := early
			m.State++
			return []codec.Watermark{m}
		}, early.Index, ErrMark},
		{"a record beyond the end, known to the ring alone", func() []codec.Watermark {
			m := late
			m.Index.Seq += 2
			return []codec.Watermark{late, m}
		}, codec.Index{Round: late.Index.Round, Seq: late.Index.Seq + 1}, ErrMissing},
		{"a round beyond the end", func() []codec.Watermark {
			m := late
			m.Index = codec.Index{Round: late.Index.Round + 1, Seq: 7}
			return []codec.Watermark{m}
		}, codec.Index{Round: late.Index.Round, Seq: late.Index.Seq + 1}, ErrMissing},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b.groups = nil
			cfg := b.config(1)
			cfg.Marks = tc.marks()
			_, err := Replay(t.Context(), cfg.replay())
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if at := (*ReplayError)(nil); tc.err != nil && (!errors.As(err, &at) || at.Index != tc.at) {
				t.Errorf("%v, want index %v", err, tc.at)
			}
			if tc.err != nil && len(b.groups) > 0 {
				t.Errorf("%d groups were released before", len(b.groups))
			}
		})
	}
}

// TestMarksOfDeletedRounds: what was deleted behind a durable snapshot is not
// missed; a journal of which nothing is left is.
func TestMarksOfDeletedRounds(t *testing.T) {
	b, _ := played(t)
	all, cuts := b.ends()
	old := b.markAt(all[2])
	b.snap(all[len(all)-3], cuts[len(all)-3])
	delete(b.journal.rounds, 1)
	cfg := b.config(1)
	cfg.Marks = []codec.Watermark{old}
	if _, err := Replay(t.Context(), cfg.replay()); err != nil {
		t.Errorf("round 1 was deleted: %v", err)
	}
	clear(b.journal.rounds)
	clear(b.journal.snapshots)
	var at *ReplayError
	if _, err := Replay(t.Context(), cfg.replay()); !errors.Is(err, ErrMissing) || !errors.As(err, &at) {
		t.Errorf("all is gone: %v", err)
	}
}

// TestNeighbourMark: a partition's last record says how far the next one was
// durable, also when nothing is known of that one any more.
func TestNeighbourMark(t *testing.T) {
	b := newBed(t)
	if _, ok, err := NeighbourMark(t.Context(), 0, b.journal); ok || err != nil {
		t.Errorf("an empty journal: %v, %v", ok, err)
	}
	mark := codec.Watermark{Partition: 3, Index: codec.Index{Round: 2, Seq: 9}, State: 4, Chain: codec.Hash{5}}
	cfg := b.config(1)
	if _, err := Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := NeighbourMark(t.Context(), 0, b.journal); ok || err != nil {
		t.Errorf("a record that knows nothing: %v, %v", ok, err)
	}
	old := mark
	old.Index.Seq--
	for i, known := range []codec.Watermark{mark, {}, old} {
		cfg.Epoch, cfg.Neighbour = codec.Epoch(2+i), func() codec.Watermark { return known }
		if _, err := Open(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := NeighbourMark(t.Context(), 0, b.journal); got != mark || !ok || err != nil {
			t.Errorf("%d: %+v, %v, %v; want %+v", i, got, ok, err, mark)
		}
	}
	b.journal.rounds[1][3][0]++
	if _, _, err := NeighbourMark(t.Context(), 0, b.journal); !errors.Is(err, ErrRecord) {
		t.Errorf("a last record that cannot be read: %v", err)
	}
}

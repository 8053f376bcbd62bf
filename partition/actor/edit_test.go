package actor

import (
	"errors"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestBranch: a branch differs from the tick of the edited input on, and from no
// tick before; one that changes nothing never differs.
func TestBranch(t *testing.T) {
	b, _ := played(t)
	// the moves of the journal, and the tick that each belongs to
	type place struct {
		at   codec.Index
		n    int
		tick codec.Cut
		in   codec.Input
	}
	var moves []place
	b.records(func(at codec.Index, h codec.RecordHeader, body []byte) {
		if h.Kind != codec.RecordTicks {
			return
		}
		next, _, inputs, err := codec.ParseTicks(body)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for len(inputs) > 0 {
			var in codec.Input
			if inputs, err = codec.ParseInput(inputs, &in); err != nil {
				t.Fatal(err)
			}
			if in.Kind == codec.InputTicks {
				next += codec.Tick(in.Count)
				continue
			}
			if n++; in.Kind == codec.InputMove {
				moves = append(moves, place{at, n, codec.Cut{Round: at.Round, Tick: next}, in})
			}
		}
	})
	if len(moves) != 8 {
		t.Fatalf("%d moves", len(moves))
	}
	last, third := moves[7], moves[2]
	back := last.in
	back.Edge = 2*((last.in.Edge/2)%200) + 1 // the other way round the ring
	weight := codec.Input{Kind: codec.InputWeight, Edge: 3, Weight: 77}
	from, to := codec.Cut{Round: 1, Tick: 3}, last.tick
	cfg := b.config(1)
	for _, c := range []struct {
		name    string
		from    codec.Cut
		edit    Edit
		first   codec.Cut
		refused int
		players int
		err     error
	}{
		{"nothing", from, Edit{}, codec.Cut{}, 0, 0, nil},
		{"nothing, from the last tick of a round on", codec.Cut{Round: 1, Tick: 200}, Edit{}, codec.Cut{}, 0, 0, nil},
		{"nothing, from a round's start on", codec.Cut{Round: 2}, Edit{}, codec.Cut{}, 0, 0, nil},
		{"the same", from, Edit{EditSet, third.at, third.n, third.in}, codec.Cut{}, 0, 0, nil},
		{"the last move dropped", from, Edit{Kind: EditDrop, At: last.at, Input: last.n}, last.tick, 0, 1, nil},
		{"a move dropped, and those after it refused", from, Edit{Kind: EditDrop, At: third.at, Input: third.n}, third.tick, 5, 1, nil},
		{"a record's inputs dropped", from, Edit{Kind: EditDrop, At: last.at}, last.tick, 0, 1, nil},
		{"the other way", from, Edit{EditSet, last.at, last.n, back}, last.tick, 0, 1, nil},
		{"a weight before", from, Edit{EditInsert, third.at, third.n, weight}, third.tick, 0, 0, nil},
		{"an input that is refused", from, Edit{EditInsert, last.at, last.n, third.in}, codec.Cut{}, 1, 0, nil},
		{"an input that is not there", from, Edit{Kind: EditDrop, At: last.at, Input: 99}, codec.Cut{}, 0, 0, ErrEdit},
		{"an input before the range", codec.Cut{Round: last.tick.Round, Tick: last.tick.Tick - 1}, Edit{Kind: EditDrop, At: third.at, Input: third.n}, codec.Cut{}, 0, 0, ErrEdit},
	} {
		got, err := Branch(t.Context(), cfg.replay(), c.from, to, c.edit)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if err != nil || c.err != nil {
			continue
		}
		ticks := int(to.Tick) - int(c.from.Tick)
		for round := c.from.Round; round < to.Round; round++ {
			ticks += 200 + 1 // and the state right after the round's start
		}
		if got.First != c.first || got.Refused < c.refused || (got.Differing > 0) != (c.first != codec.Cut{}) ||
			got.Players != c.players || got.Ticks != ticks || (got.State == got.Branch) != (got.Differing == 0) {
			t.Errorf("%s: %+v; want %d ticks, the first to differ %v, %d players", c.name, got, ticks, c.first, c.players)
		}
	}
	if _, err := Branch(t.Context(), cfg.replay(), from, codec.Cut{Round: 99, Tick: 1}, Edit{}); !errors.Is(err, ErrMissing) {
		t.Errorf("beyond the end: %v", err)
	}
	record := b.journal.rounds[last.at.Round][last.at.Seq-1]
	record[len(record)-4]++ // the edge of its move, or its count of ticks
	var wrong *ReplayError
	if _, err := Branch(t.Context(), cfg.replay(), from, to, Edit{}); !errors.As(err, &wrong) || wrong.Index != last.at {
		t.Errorf("a damaged record %v: %v", last.at, err)
	}
}

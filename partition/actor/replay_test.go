package actor

import (
	"errors"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// replayTo rebuilds the state right after a tick, from a round on.
func (b *bed) replayTo(from codec.Round, to codec.Cut) (History, error) {
	cfg := b.config(1)
	cfg.From = from
	r := cfg.replay()
	r.Release, r.To = nil, to
	return Replay(b.t.Context(), r)
}

// records calls fn with every record of the journal, in order.
func (b *bed) records(fn func(at codec.Index, h codec.RecordHeader, body []byte)) {
	b.t.Helper()
	for round := codec.Round(1); len(b.journal.rounds[round]) > 0; round++ {
		for i, record := range b.journal.rounds[round] {
			h, body, err := codec.ParseRecord(record)
			if err != nil {
				b.t.Fatal(err)
			}
			fn(codec.Index{Round: round, Seq: uint64(i + 1)}, h, body)
		}
	}
}

// goOn applies what of a record's inputs comes after the tick that the core stands at.
func goOn(t *testing.T, c *partition.Core, now codec.Tick, inputs []byte) {
	t.Helper()
	var in codec.Input
	for len(inputs) > 0 {
		var err error
		if inputs, err = codec.ParseInput(inputs, &in); err != nil {
			t.Fatal(err)
		}
		switch {
		case in.Kind == codec.InputTicks:
			for range in.Count {
				if now++; now > c.TickNow()+1 {
					c.Tick()
				}
			}
		case now > c.TickNow():
			if code := c.Step(&in); code != codec.CodeOK {
				t.Fatal(code)
			}
		}
	}
}

// TestReplayTo: a replay stops at the tick that it is told, where a record ends
// with the state that the record names, and in the middle of one with a state
// that leads there.
func TestReplayTo(t *testing.T) {
	b, _ := played(t)
	middles := 0
	b.records(func(at codec.Index, h codec.RecordHeader, body []byte) {
		to := codec.Cut{Round: at.Round}
		var first codec.Tick
		var inputs []byte
		if h.Kind == codec.RecordTicks {
			var last codec.Tick
			first, last, inputs, _ = codec.ParseTicks(body)
			if to.Tick = first + (last-first)/2; to.Tick != last {
				middles++
			}
		}
		for _, from := range []codec.Round{0, 1} {
			got, err := b.replayTo(from, to)
			if err != nil || got.Core.Round() != to.Round || got.Core.TickNow() != to.Tick {
				t.Fatalf("to %+v from round %d: at tick %d of round %d, %v", to, from, got.Core.TickNow(), got.Core.Round(), err)
			}
			goOn(t, got.Core, first, inputs)
			if got.Core.Hash() != h.State {
				t.Errorf("to %+v from round %d: hash %016x, the record says %016x", to, from, got.Core.Hash(), h.State)
			}
		}
	})
	if middles == 0 {
		t.Error("no record held two ticks: nothing was stopped in the middle of one")
	}
}

// TestReplayToNowhere: a tick that the journal does not reach is an error that says so.
func TestReplayToNowhere(t *testing.T) {
	b, a := played(t)
	end := codec.Cut{Round: a.core.Round(), Tick: a.core.TickNow()}
	for _, to := range []codec.Cut{{Round: end.Round, Tick: end.Tick + 1}, {Round: end.Round + 1}, {Round: 1, Tick: 9999}} {
		var at *ReplayError
		if _, err := b.replayTo(0, to); !errors.As(err, &at) || !errors.Is(err, ErrMissing) {
			t.Errorf("to %+v, the journal ends at %+v: %v", to, end, err)
		}
	}
}

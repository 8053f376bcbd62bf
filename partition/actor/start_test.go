package actor

import (
	"errors"
	"slices"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// ends are the indices of the journal's tick records and the ticks at which they end.
func (b *bed) ends() (all []codec.Index, cuts []codec.Cut) {
	b.records(func(at codec.Index, h codec.RecordHeader, body []byte) {
		if h.Kind == codec.RecordTicks {
			_, last, _, err := codec.ParseTicks(body)
			if err != nil {
				b.t.Fatal(err)
			}
			all, cuts = append(all, at), append(cuts, codec.Cut{Round: at.Round, Tick: last})
		}
	})
	return all, cuts
}

// snap stores the snapshot of a tick record.
func (b *bed) snap(at codec.Index, cut codec.Cut) {
	b.t.Helper()
	h, err := b.replayTo(1, cut)
	if err != nil {
		b.t.Fatal(err)
	}
	b.journal.snapshots[at] = packed(b.t, h.Core.AppendSnapshot(nil))
}

// TestStart: a snapshot after any record and the rest of the journal give the
// state that the whole journal gives, and release the rest of what it releases.
func TestStart(t *testing.T) {
	b, a := played(t)
	live, mark := b.groups, a.Durable()
	all, cuts := b.ends()
	for i := 0; i < len(all); i += 5 {
		clear(b.journal.snapshots)
		b.snap(all[i], cuts[i])
		b.groups = nil
		cfg := b.config(1)
		cfg.Marks = []codec.Watermark{mark}
		h, err := Replay(t.Context(), cfg.replay())
		if err != nil || h.Last != mark || h.Core.Hash() != a.core.Hash() || h.Snapshot.At != all[i] || len(h.Fallbacks) > 0 {
			t.Fatalf("from %v: %+v, want %+v (%v)", all[i], h, mark, err)
		}
		if err := h.Core.CheckHash(); err != nil {
			t.Error(err)
		}
		rest := live[len(live)-len(b.groups):]
		if len(b.groups) != h.Records || len(rest) > 0 && rest[0].Durable.Index.Compare(all[i]) <= 0 {
			t.Fatalf("from %v: %d groups of %d records", all[i], len(b.groups), h.Records)
		}
		for j, g := range b.groups {
			if g.Durable != rest[j].Durable || string(g.Frames) != string(rest[j].Frames) {
				t.Fatalf("from %v: group %v is released differently", all[i], g.Durable.Index)
			}
		}
	}
}

// TestStartBefore: with From a replay starts before that round and releases from
// it on; with To it starts before that tick.
func TestStartBefore(t *testing.T) {
	b, _ := played(t)
	all, cuts := b.ends()
	for i := 20; i < len(all); i += 20 {
		b.snap(all[i], cuts[i])
	}
	b.groups = nil
	h, err := Replay(t.Context(), func() ReplayConfig { c := b.config(1); c.From = 2; return c.replay() }())
	if err != nil || h.Snapshot.At.Round != 1 || b.groups[0].Durable.Index != (codec.Index{Round: 2, Seq: 1}) {
		t.Errorf("from round 2: started at %v, released from %v on (%v)", h.Snapshot.At, b.groups[0].Durable.Index, err)
	}
	for i, cut := range cuts {
		h, err := b.replayTo(0, cut)
		if want := i / 20 * 20; err != nil || h.Records > 40 || want > 0 && h.Snapshot.At != all[want] {
			t.Fatalf("to %+v: started at %v, want %v (%v)", cut, h.Snapshot.At, all[want], err)
		}
	}
}

// TestFallback: a snapshot that is of no use is named, and one before it is used.
func TestFallback(t *testing.T) {
	older, newer := 30, 60
	for _, c := range []struct {
		name  string
		spoil func(b *bed, old, now codec.Index)
		bad   int
	}{
		{"sound", func(*bed, codec.Index, codec.Index) {}, 0},
		{"a bit flipped", func(b *bed, _, now codec.Index) { s := b.journal.snapshots[now]; s[len(s)/2] ^= 1 }, 1},
		{"cut off", func(b *bed, _, now codec.Index) {
			s := b.journal.snapshots[now]
			b.journal.snapshots[now] = s[:len(s)-3]
		}, 1},
		{"empty", func(b *bed, _, now codec.Index) { b.journal.snapshots[now] = nil }, 1},
		{"another index's", func(b *bed, old, now codec.Index) { b.journal.snapshots[now] = b.journal.snapshots[old] }, 1},
		{"both swapped", func(b *bed, old, now codec.Index) {
			s := b.journal.snapshots
			s[now], s[old] = s[old], s[now]
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, a := played(t)
			all, cuts := b.ends()
			b.snap(all[older], cuts[older])
			b.snap(all[newer], cuts[newer])
			c.spoil(b, all[older], all[newer])
			mark := a.Durable()
			h, err := b.replay(0, &mark)
			if err != nil || h.Core.Hash() != a.core.Hash() || len(h.Fallbacks) != c.bad {
				t.Fatalf("%d fallbacks, want %d: %v (%v)", len(h.Fallbacks), c.bad, h.Fallbacks, err)
			}
			want := []codec.Index{all[newer], all[older], {}}[c.bad]
			if h.Snapshot.At != want {
				t.Errorf("started at %v, want %v", h.Snapshot.At, want)
			}
			for i, f := range h.Fallbacks {
				if f.Index != []codec.Index{all[newer], all[older]}[i] || !errors.Is(f, ErrSnapshot) {
					t.Errorf("fallback %d: %v", i, f)
				}
			}
		})
	}
}

// TestOldRoundsGone: what is left of a journal is replayed from its first
// snapshot on, and what is not left is not made up.
func TestOldRoundsGone(t *testing.T) {
	b, a := played(t)
	all, cuts := b.ends()
	second := slices.IndexFunc(all, func(at codec.Index) bool { return at.Round == 2 }) + 10
	b.snap(all[second], cuts[second])
	b.snap(all[second+20], cuts[second+20])
	delete(b.journal.rounds, 1)
	mark := a.Durable()
	h, err := b.replay(1, &mark)
	if err != nil || h.Snapshot.At != all[second] || h.Core.Hash() != a.core.Hash() {
		t.Errorf("started at %v, want %v (%v)", h.Snapshot.At, all[second], err)
	}
	if _, err := b.replayTo(0, cuts[second-1]); !errors.Is(err, ErrStart) {
		t.Errorf("to a tick that nothing leads to: %v", err)
	}
	if h, err := b.replayTo(0, cuts[second]); err != nil || h.Records != 0 {
		t.Errorf("to the tick of the first snapshot: %+v, %v", h, err)
	}
}

package delta_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control/delta"
)

const first = 100

// subscriber follows the frames as a gateway does.
type subscriber struct {
	base    []uint32
	weights []uint32
	seq     codec.DeltaSeq
}

func newSubscriber(base []uint32) *subscriber {
	return &subscriber{base: base, weights: slices.Clone(base)}
}

// take applies the answer to a subscription and returns how it resumed.
func (s *subscriber) take(frames []byte) (resume codec.Resume, deltas int, err error) {
	var last codec.DeltaSeq
	var lastEdge codec.EdgeID
	for len(frames) > 0 {
		kind, payload, rest, err := codec.Next(frames)
		if err != nil {
			return 0, 0, err
		}
		frames = rest
		if kind == codec.TypeDelta {
			d, err := codec.ParseDelta(payload)
			switch {
			case err != nil:
				return 0, 0, err
			case resume == codec.ResumeReplay && d.Seq != last+1:
				return 0, 0, fmt.Errorf("delta %d after %d", d.Seq, last)
			case resume == codec.ResumeSnapshot && (d.Seq != last || d.Edge <= lastEdge):
				return 0, 0, fmt.Errorf("snapshot entry %+v in a snapshot of %d after edge %d", d, last, lastEdge)
			}
			last, lastEdge = d.Seq, d.Edge
			s.weights[d.Edge-first] = uint32(d.Weight)
			deltas++
			continue
		}
		e, err := codec.ParseEvent(payload)
		if err != nil {
			return 0, 0, err
		}
		switch e.Kind {
		case codec.EventDeltasFollow:
			resume, last = e.Resume, codec.DeltaSeq(e.Value)
			if resume == codec.ResumeSnapshot {
				copy(s.weights, s.base)
			} else if last != s.seq {
				return 0, 0, fmt.Errorf("a replay from %d for a subscriber at %d", last, s.seq)
			}
		case codec.EventDeltasEnd:
			if codec.DeltaSeq(e.Value) != last || len(frames) > 0 {
				return 0, 0, fmt.Errorf("end at %d after %d with %d bytes left", e.Value, last, len(frames))
			}
			s.seq = last
		}
	}
	return resume, deltas, nil
}

func flat(n int) []uint32 { return slices.Repeat([]uint32{408}, n) }

func grown(t *testing.T, n int) *delta.Log {
	t.Helper()
	l := delta.New(first, flat(4))
	for i := range n {
		if err := l.Append(codec.Delta{Seq: codec.DeltaSeq(i + 1), Edge: first + codec.EdgeID(i%4), Weight: codec.Weight(500 + i)}); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestReplay(t *testing.T) {
	cases := []struct {
		name   string
		grown  int
		from   codec.DeltaSeq
		resume codec.Resume
		deltas int
	}{
		{"new log, new subscriber", 0, 0, codec.ResumeSnapshot, 0},
		{"new subscriber", 10, 0, codec.ResumeSnapshot, 4},
		{"nothing missing", 10, 10, codec.ResumeReplay, 0},
		{"one missing", 10, 9, codec.ResumeReplay, 1},
		{"all but the first", 10, 1, codec.ResumeReplay, 9},
		{"ahead of the log", 10, 11, codec.ResumeSnapshot, 4},
		{"at the ring's end", delta.RingDeltas + 10, 10, codec.ResumeReplay, delta.RingDeltas},
		{"beyond the ring's end", delta.RingDeltas + 10, 9, codec.ResumeSnapshot, 4},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := grown(t, c.grown)
			s := newSubscriber(flat(4))
			s.seq = c.from
			resume, deltas, err := s.take(l.AppendReplay(nil, c.from, 3, 7))
			if err != nil || resume != c.resume || deltas != c.deltas || s.seq != l.Seq() {
				t.Errorf("resume %d with %d deltas to %d, %v; want %d with %d", resume, deltas, s.seq, err, c.resume, c.deltas)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	cases := []struct {
		name string
		d    codec.Delta
		want string
	}{
		{"gap", codec.Delta{Seq: 5, Edge: first}, "delta 5 of edge 100 came after delta 3"},
		{"again", codec.Delta{Seq: 3, Edge: first}, "delta 3 of edge 100 came after delta 3"},
		{"edge below", codec.Delta{Seq: 4, Edge: first - 1}, "edge 99, the partition has 100 to 103"},
		{"edge above", codec.Delta{Seq: 4, Edge: first + 4}, "edge 104, the partition has 100 to 103"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := grown(t, 3)
			if err := l.Append(c.d); err == nil || !strings.Contains(err.Error(), c.want) || l.Seq() != 3 {
				t.Errorf("%v at %d; want %q at 3", err, l.Seq(), c.want)
			}
		})
	}
	if err := grown(t, 3).Seed(1, flat(3)); err == nil {
		t.Error("seeded with too few weights")
	}
}

// TestSeedForgets: what the ring held before a seed is not replayed.
func TestSeedForgets(t *testing.T) {
	l := grown(t, 10)
	if err := l.Seed(12, flat(4)); err != nil {
		t.Fatal(err)
	}
	s := newSubscriber(flat(4))
	s.seq = 8
	if resume, deltas, err := s.take(l.AppendReplay(nil, 8, 1, 1)); resume != codec.ResumeSnapshot || deltas != 0 || err != nil {
		t.Errorf("resume %d with %d deltas, %v; want an empty snapshot", resume, deltas, err)
	}
}

// TestSubscribersEndWhereTheLogIs: whenever and from wherever one subscribes,
// also over a restart of the log, its weights are the model's.
func TestSubscribersEndWhereTheLogIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		edges := rapid.IntRange(1, 8).Draw(t, "edges")
		base := flat(edges)
		model := slices.Clone(base)
		l := delta.New(first, base)
		subs := []*subscriber{newSubscriber(base), newSubscriber(base), newSubscriber(base)}
		t.Repeat(map[string]func(*rapid.T){
			"change": func(t *rapid.T) {
				// Mostly a few; now and then enough to run the ring over.
				n := rapid.OneOf(rapid.IntRange(1, 5), rapid.SampledFrom([]int{1, delta.RingDeltas + 1})).Draw(t, "n")
				e := rapid.IntRange(0, edges-1).Draw(t, "edge")
				for i := range n {
					at := (e + i) % edges
					model[at] = uint32(408 + (i+e)%3*51) // back to base as well
					err := l.Append(codec.Delta{Seq: l.Seq() + 1, Edge: first + codec.EdgeID(at), Weight: codec.Weight(model[at])})
					if err != nil {
						t.Fatal(err)
					}
				}
			},
			"restart": func(t *rapid.T) {
				fresh := delta.New(first, base)
				if err := fresh.Seed(l.Seq(), model); err != nil {
					t.Fatal(err)
				}
				l = fresh
			},
			"subscribe": func(t *rapid.T) {
				s := subs[rapid.IntRange(0, len(subs)-1).Draw(t, "subscriber")]
				if _, _, err := s.take(l.AppendReplay(nil, s.seq, 1, 1)); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(s.weights, model) {
					t.Fatalf("the subscriber has %v, the partition %v", s.weights, model)
				}
			},
			"": func(t *rapid.T) {
				for i, w := range model {
					if got := l.Weight(first + codec.EdgeID(i)); got != codec.Weight(w) {
						t.Fatalf("edge %d: %d, want %d", first+i, got, w)
					}
				}
			},
		})
	})
}

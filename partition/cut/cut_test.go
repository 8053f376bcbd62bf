package cut

import (
	"errors"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// pair is two partitions: nodes 0..9 and 10..19, an edge 9 -> 10 of weight 5
// and one 12 -> 3 of weight 7, and inside them 9 <- 3 of 100 and 12 <- 10 of 20.
func pair() []Border {
	return []Border{
		{Points: []codec.NodeID{3, 9}, Outside: []codec.NodeID{10}, Tails: []uint16{1}, Heads: []uint16{0}},
		{Points: []codec.NodeID{10, 12}, Outside: []codec.NodeID{3}, Tails: []uint16{1}, Heads: []uint16{0}},
	}
}

const never = uint32(codec.Unreachable)

func report(p codec.PartitionID, at codec.Cut, now codec.Tick) *Report {
	none := codec.Reach{Distance: codec.Unreachable, Treasure: codec.NoTreasure}
	r := &Report{Partition: p, Cut: at, Now: now}
	if p == 0 {
		r.Clique = []uint32{0, never, 100, 0} // from 3 to 9: 100
		r.Inside = []codec.Reach{{Distance: 1000, Treasure: 4}, none}
		r.Weights = []uint32{5}
	} else {
		r.Clique = []uint32{0, never, 20, 0} // from 10 to 12: 20
		r.Inside = []codec.Reach{none, {Distance: 2000, Treasure: 2}}
		r.Weights = []uint32{7}
	}
	return r
}

// told collects what each partition is sent, by frame type.
type told struct {
	t      *testing.T
	border map[codec.PartitionID]codec.Reach
	types  map[codec.PartitionID][]codec.Type
	next   codec.Tick
}

func newTold(t *testing.T) *told {
	return &told{t, map[codec.PartitionID]codec.Reach{}, map[codec.PartitionID][]codec.Type{}, 0}
}

func (w *told) send(p codec.PartitionID, frames []byte) {
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			w.t.Fatal(err)
		}
		frames = rest
		w.types[p] = append(w.types[p], typ)
		switch typ {
		case codec.TypeBorder:
			f, err := codec.ParseBorder(payload)
			if err != nil {
				w.t.Fatal(err)
			}
			w.border[p] = f.Reaches.At(0)
		case codec.TypeSwitch:
			f, err := codec.ParseSwitch(payload)
			if err != nil {
				w.t.Fatal(err)
			}
			w.next = f.Next
		}
	}
}

func give(t *testing.T, c *Coordinator, r *Report) *told {
	t.Helper()
	w := newTold(t)
	if err := c.Report(r, w.send); err != nil {
		t.Fatal(err)
	}
	return w
}

func coordinator(t *testing.T) *Coordinator {
	t.Helper()
	c, err := New(codec.Rules{RefreshTicks: 30}, pair())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCut follows a cut from its reports to the next refresh.
func TestCut(t *testing.T) {
	c, at := coordinator(t), codec.Cut{Round: 2, Tick: 30}
	if w := give(t, c, report(0, at, 31)); len(w.types) != 0 {
		t.Fatalf("after one report of two: %v", w.types)
	}
	w := give(t, c, report(1, at, 33))
	// from 10 by way of 12 and 3: 20 + 7 + 1000; from 3 its own treasure is nearest
	if w.border[0] != (codec.Reach{Distance: 1027, Treasure: 4}) || w.border[1] != (codec.Reach{Distance: 1000, Treasure: 4}) {
		t.Errorf("beyond the borders: %v", w.border)
	}
	again := give(t, c, report(1, at, 34))
	if len(again.types) != 1 || len(again.types[1]) != 2 {
		t.Errorf("one that reports again is told again, and nobody else: %v", again.types)
	}
	w = newTold(t)
	c.Prepared(codec.Prepared{Partition: 0, Cut: at, Now: 35}, w.send)
	if len(w.types) != 0 {
		t.Fatalf("one of two is prepared: %v", w.types)
	}
	c.Prepared(codec.Prepared{Partition: 1, Cut: at, Now: 56}, w.send)
	if len(w.types) != 2 || w.next != 90 { // 56 is too near to 60
		t.Errorf("told %v, the next refresh is at %d, want 90", w.types, w.next)
	}
	if w = give(t, c, report(0, at, 57)); w.next != 90 || len(w.types) != 1 {
		t.Errorf("one that missed the switch: %v, %d", w.types, w.next)
	}
	if w = give(t, c, report(0, at, 90)); w.next != 120 || len(w.types) != 2 {
		t.Errorf("one that missed the refresh too: %v, %d", w.types, w.next)
	}
}

// TestLeftBehind: a coordinator that comes anew finds one partition at a cut
// that the other has left.
func TestLeftBehind(t *testing.T) {
	c := coordinator(t)
	give(t, c, report(0, codec.Cut{Round: 1, Tick: 30}, 65))
	give(t, c, report(1, codec.Cut{Round: 1, Tick: 60}, 61))
	w := give(t, c, report(0, codec.Cut{Round: 1, Tick: 30}, 95))
	if w.next != 120 || len(w.types) != 2 {
		t.Errorf("told %v, next %d; want both to refresh at 120", w.types, w.next)
	}
}

// TestPutOffOnce: a refresh that was announced is not put off by those who ask
// again shortly before it, of whom there may always be one.
func TestPutOffOnce(t *testing.T) {
	c := coordinator(t)
	left, ahead := codec.Cut{Round: 1, Tick: 30}, codec.Cut{Round: 1, Tick: 60}
	give(t, c, report(0, left, 65))
	give(t, c, report(1, ahead, 61))
	for now := codec.Tick(70); now < 90; now++ {
		if w := give(t, c, report(0, left, now)); w.next != 90 {
			t.Fatalf("at tick %d the next refresh is %d, want 90", now, w.next)
		}
	}
	if w := give(t, c, report(0, left, 90)); w.next != 120 {
		t.Errorf("after a refresh that was missed the next is %d, want 120", w.next)
	}
}

func TestBordersThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func([]Border)
	}{
		{"a point of two partitions", func(b []Border) { b[1].Points[0] = 3 }},
		{"a head that is no border point", func(b []Border) { b[0].Outside[0] = 11 }},
		{"an edge with one end", func(b []Border) { b[0].Tails = nil }},
		{"a tail that is not listed", func(b []Border) { b[0].Tails[0] = 2 }},
		{"a head that is not listed", func(b []Border) { b[0].Heads[0] = 1 }},
	} {
		b := pair()
		c.damage(b)
		var border *BorderError
		if _, err := New(codec.Rules{RefreshTicks: 30}, b); !errors.As(err, &border) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	c := coordinator(t)
	short := report(0, codec.Cut{Round: 1}, 0)
	short.Clique = short.Clique[1:]
	if err := c.Report(short, nil); err != ErrReport {
		t.Errorf("a report with a short clique: %v", err)
	}
	if err := c.Report(&Report{Partition: 2}, nil); err != ErrReport {
		t.Errorf("a report of a third partition: %v", err)
	}
}

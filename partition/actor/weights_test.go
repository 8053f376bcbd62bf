package actor

import (
	"maps"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// setWeight sends an order until the partition has time for it.
func setWeight(t *testing.T, a *Actor, g *gateway, s codec.SetWeight) codec.Weighed {
	t.Helper()
	for {
		if err := a.Submit(t.Context(), codec.Batch{Peer: g, Frames: s.Append(nil)}); err != nil {
			t.Fatal(err)
		}
		w, err := codec.ParseWeighed(g.next(t, codec.TypeWeighed))
		if err != nil || w.Key != s.Key {
			t.Fatalf("the answer to %+v is %+v (%v)", s, w, err)
		}
		if w.Code != codec.CodeNotNow {
			return w
		}
	}
}

func weightsOf(c *partition.Core) map[codec.EdgeID]codec.Weight {
	all := map[codec.EdgeID]codec.Weight{}
	c.Weights(func(e codec.EdgeID, w codec.Weight) { all[e] = w })
	return all
}

// TestWeights: a game server's orders are answered, shown as deltas of the tick
// that the answer names, and survive a restart.
func TestWeights(t *testing.T) {
	b := newBed(t)
	a := b.open(10)
	stop := run(t, a, 0)
	server, follower := newGateway(), newGateway()
	if err := a.Submit(t.Context(), codec.Batch{Peer: follower, Frames: codec.Subscribe{}.Append(nil)}); err != nil {
		t.Fatal(err)
	}
	follower.next(t, codec.TypeDurable)
	want := map[codec.EdgeID]codec.Weight{}
	for _, c := range []struct {
		name string
		set  codec.SetWeight
		code codec.Code
	}{
		{"block", codec.SetWeight{Key: 1, Edge: 10, Weight: codec.Blocked}, codec.CodeOK},
		{"set", codec.SetWeight{Key: 2, Edge: 12, Weight: 7}, codec.CodeOK},
		{"no such edge", codec.SetWeight{Key: 3, Edge: 400, Weight: 7}, codec.CodeNoSuchEdge},
		{"a weight above the range", codec.SetWeight{Key: 4, Edge: 10, Weight: codec.Blocked - 1}, codec.CodeBadWeight},
		{"raise", codec.SetWeight{Key: 5, Edge: 12, Weight: 1 << 27}, codec.CodeOK},
	} {
		w := setWeight(t, a, server, c.set)
		if w.Code != c.code {
			t.Fatalf("%s: %v, want %v", c.name, w.Code, c.code)
		}
		if w.Code != codec.CodeOK {
			continue
		}
		want[c.set.Edge] = c.set.Weight
		d, err := codec.ParseDelta(follower.next(t, codec.TypeDelta))
		if err != nil || d.Edge != c.set.Edge || d.Weight != c.set.Weight || d.Round != w.Round || d.Tick != w.Tick {
			t.Errorf("%s: the answer is %+v, the delta %+v (%v)", c.name, w, d, err)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if h, err := b.replay(0, nil); err != nil || !maps.Equal(weightsOf(h.Core), want) {
		t.Errorf("after a replay the weights are %v, want %v (%v)", weightsOf(h.Core), want, err)
	}
	again := b.open(11)
	stop = run(t, again, time.Duration(again.Clock())*time.Second/codec.TicksPerSecond)
	setWeight(t, again, server, codec.SetWeight{Key: 6, Edge: 10})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	delete(want, 10)
	if got := weightsOf(again.core); !maps.Equal(got, want) {
		t.Errorf("after a restart the weights are %v, want %v", got, want)
	}
}

package gateway_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
)

// view is what a client makes of an area's messages: it checks their order (I6).
type view struct {
	t         *testing.T
	through   uint64 // of the deltas
	known     bool
	weights   map[uint32]uint32
	treasures map[uint32]uint32
	positions map[uint64]uint32
	state     *huntpb.State
}

func newView(t *testing.T) *view {
	return &view{t: t, weights: map[uint32]uint32{}, treasures: map[uint32]uint32{}, positions: map[uint64]uint32{}}
}

func (v *view) take(m *huntpb.ServerMessage) {
	switch b := m.Body.(type) {
	case *huntpb.ServerMessage_Deltas:
		d := b.Deltas
		if d.Snapshot {
			clear(v.weights)
		} else if !v.known || d.First != v.through+1 || d.Through != d.First+uint64(len(d.Edges))-1 {
			v.t.Errorf("deltas %d to %d after %d", d.First, d.Through, v.through)
		}
		v.known, v.through = true, d.Through
		for i, e := range d.Edges {
			v.weights[e] = d.Weights[i]
		}
	case *huntpb.ServerMessage_Treasures:
		if b.Treasures.Snapshot {
			clear(v.treasures)
		}
		for i, id := range b.Treasures.Opened {
			v.treasures[id] = b.Treasures.Nodes[i]
		}
		for _, id := range b.Treasures.Claimed {
			delete(v.treasures, id)
		}
	case *huntpb.ServerMessage_Positions:
		if b.Positions.Snapshot {
			clear(v.positions)
		}
		for i, p := range b.Positions.Players {
			if v.positions[p] = b.Positions.Nodes[i]; v.positions[p] == uint32(codec.NoNode) {
				delete(v.positions, p)
			}
		}
	case *huntpb.ServerMessage_State:
		v.state = b.State
	}
}

// walk moves a player n steps along the ring from its node.
func walk(c *raw, from uint32, n uint32) {
	c.t.Helper()
	for i := range n {
		c.say(move(from+i+1, (from+i)%rig.Ring))
		if m := c.next("reply", func(m *huntpb.ServerMessage) bool { return m.GetReply() != nil }); m.GetReply().Code != huntpb.Code_CODE_OK {
			c.t.Fatalf("move: %v", m)
		}
	}
}

// TestSubscribe: a subscriber gets the whole first, then what changes; of its areas only.
func TestSubscribe(t *testing.T) {
	r := rig.Start(t, rig.Options{Partitions: 2})
	walker := join(t, r, 2) // area 0
	walk(walker, 0, 3)

	c := enter(t, r, 1)
	c.say(subscribe(0))
	v := newView(t)
	first := func(m *huntpb.ServerMessage) bool {
		v.take(m)
		return v.known && v.state != nil && len(v.treasures) > 0
	}
	c.next("snapshot", first)
	want := map[uint32]uint32{0: 409, 1: 409, 2: 409}
	if !maps.Equal(v.weights, want) || v.through != 3 {
		t.Errorf("snapshot %v through %d", v.weights, v.through)
	}
	if !maps.Equal(v.treasures, map[uint32]uint32{4: 4, 8: 8, 12: 12}) {
		t.Errorf("treasures %v", v.treasures)
	}

	other := join(t, r, 3) // area 1: not subscribed to
	other.say(move(1, rig.Ring))
	walk(walker, 3, 2) // the treasure at node 4 is claimed
	c.next("claim and deltas", func(m *huntpb.ServerMessage) bool {
		v.take(m)
		return v.through == 5 && len(v.treasures) == 2
	})
	// Positions of the move come as a datagram or before, in the snapshot.
	for v.positions[2] != 5 {
		b, err := c.wt.ReceiveDatagram(c.ctx)
		if err != nil {
			t.Fatal("no position came:", err)
		}
		if len(b) > huntpb.MaxDatagram {
			t.Errorf("a datagram of %d bytes", len(b))
		}
		m := new(huntpb.ServerMessage)
		if err := proto.Unmarshal(b, m); err != nil {
			t.Fatal(err)
		}
		if m.GetPositions().GetArea() != 0 {
			t.Errorf("a position of area %d", m.GetPositions().GetArea())
		}
		v.take(m)
	}

	// Subscribing again brings it all again.
	c.say(subscribe(0))
	again := newView(t)
	c.next("snapshot again", func(m *huntpb.ServerMessage) bool {
		if m.GetDeltas().GetSnapshot() || again.known || m.GetDeltas() == nil {
			again.take(m)
		}
		return again.known && again.state != nil
	})
	if again.through != 5 || !maps.Equal(again.weights, v.weights) || again.positions[2] != 5 {
		t.Errorf("again: %v through %d, positions %v", again.weights, again.through, again.positions)
	}

	// A new round: everything opens anew.
	r.NewRound(0)
	walk(walker, 5, 1)
	c.next("new round", func(m *huntpb.ServerMessage) bool {
		v.take(m)
		return m.GetTreasures().GetRound() == 2 && len(v.treasures) == 3 || v.state.Round == 2 && len(v.treasures) == 3
	})
	// Nothing any more.
	c.say(&huntpb.ClientMessage{Body: &huntpb.ClientMessage_Subscribe{Subscribe: &huntpb.Subscribe{}}})
	c.alive()
	walk(walker, 6, 3)
	c.alive()
}

// TestGap: a partition that leaves a sequence out is asked again, and the
// subscriber gets a snapshot instead of a gap.
func TestGap(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	walker := join(t, r, 2)
	c := enter(t, r, 1)
	c.say(subscribe())
	v := newView(t)
	c.next("snapshot", func(m *huntpb.ServerMessage) bool { v.take(m); return v.known })
	walk(walker, 0, 2)
	r.Gap(0)
	walker.say(move(3, 2))
	c.next("snapshot after the gap", func(m *huntpb.ServerMessage) bool { v.take(m); return v.through >= 4 })
	if !maps.Equal(v.weights, map[uint32]uint32{0: 409, 1: 409, 2: 409}) {
		t.Errorf("weights %v", v.weights)
	}
	if n := r.Metric("hunt_gateway_delta_gaps_total"); n != 1 {
		t.Errorf("%v gaps counted", n)
	}
}

// TestRoundEvents: published events come to every session, the last ones to a
// new one, the round's start and the leaderboard among them.
func TestRoundEvents(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	c := enter(t, r, 1)
	publish := func(e *huntpb.RoundEvent) {
		if err := r.Gateway.Publish(c.ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	publish(&huntpb.RoundEvent{Body: &huntpb.RoundEvent_Started{Started: &huntpb.TreasureRoundStarted{Round: 1}}})
	publish(&huntpb.RoundEvent{Body: &huntpb.RoundEvent_Leaderboard{Leaderboard: &huntpb.LeaderboardUpdated{}}})
	for i := range uint32(100) {
		publish(&huntpb.RoundEvent{Body: &huntpb.RoundEvent_Placed{Placed: &huntpb.TreasurePlaced{Treasure: i}}})
	}
	last := func(m *huntpb.ServerMessage) bool { return m.GetRoundEvent().GetPlaced().GetTreasure() == 99 }
	events := 0
	c.next("the last event", func(m *huntpb.ServerMessage) bool {
		if m.GetRoundEvent() != nil {
			events++
		}
		return last(m)
	})
	if events != 102 {
		t.Errorf("%d events came", events)
	}

	late, _, err := connect(t, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	late.say(hello(r.Token(2)))
	kinds := map[string]int{}
	late.next("the last event", func(m *huntpb.ServerMessage) bool {
		kinds[fmt.Sprintf("%T", m.GetRoundEvent().GetBody())]++
		return last(m)
	})
	if kinds["*huntpb.RoundEvent_Started"] != 1 || kinds["*huntpb.RoundEvent_Leaderboard"] != 1 || kinds["*huntpb.RoundEvent_Placed"] != 28 {
		t.Errorf("a new session is told %v", kinds)
	}
	if err := r.Gateway.Publish(c.ctx, &huntpb.RoundEvent{Body: &huntpb.RoundEvent_Granted{Granted: &huntpb.TreasureGranted{Name: "\xff"}}}); err == nil {
		t.Error("a name that is not UTF-8 was published")
	}
}

// TestSeedIsForServices (I13): of a round's start players get the commitment alone,
// whether they were there or come later; a service gets the seed, and may not
// play. The round's end tells the seed to both.
func TestSeedIsForServices(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	as := func(token string) *raw {
		c, _, err := connect(t, r, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.say(hello(token))
		c.next("welcome", func(m *huntpb.ServerMessage) bool { return m.GetWelcome() != nil })
		return c
	}
	early, service := as(r.Token(1)), as(r.ServiceToken(2))
	seed := []byte("0123456789abcdef0123456789abcdef")
	start := &huntpb.TreasureRoundStarted{Round: 1, Seed: seed, Commitment: []byte("commitment")}
	for _, e := range []*huntpb.RoundEvent{
		{Body: &huntpb.RoundEvent_Started{Started: start}},
		{Body: &huntpb.RoundEvent_Ended{Ended: &huntpb.RoundEnded{Round: 1, Seed: seed}}},
	} {
		if err := r.Gateway.Publish(early.ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if string(start.Seed) != string(seed) {
		t.Error("publishing changed the event")
	}
	for name, c := range map[string]*raw{"a player": early, "a later player": as(r.Token(3)), "a service": service, "a later service": as(r.ServiceToken(4))} {
		told := c.next("the start", func(m *huntpb.ServerMessage) bool { return m.GetRoundEvent().GetStarted() != nil }).GetRoundEvent().GetStarted()
		if knows := string(told.Seed) == string(seed); knows != strings.HasSuffix(name, "service") || len(told.Seed) > 0 && !knows || string(told.Commitment) != "commitment" {
			t.Errorf("%s is told %v", name, told)
		}
		end := c.next("the end", func(m *huntpb.ServerMessage) bool { return m.GetRoundEvent().GetEnded() != nil }).GetRoundEvent().GetEnded()
		if string(end.Seed) != string(seed) {
			t.Errorf("%s is told %v at the end", name, end)
		}
	}
	service.say(&huntpb.ClientMessage{Body: &huntpb.ClientMessage_Join{Join: &huntpb.Join{}}})
	if f := service.fatal(); f.Code != huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN {
		t.Errorf("a service that joins is told %v", f)
	}
}

// TestSlowReader: who does not read its control messages is closed at the cap,
// told why, and counted; the others do not notice (I10).
func TestSlowReader(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	slow := enter(t, r, 1)
	quick := enter(t, r, 2)
	event := &huntpb.RoundEvent{Body: &huntpb.RoundEvent_Granted{Granted: &huntpb.TreasureGranted{Name: string(make([]byte, 4000))}}}
	for batch := 0; r.Metric("hunt_gateway_drops_total", "kind", "session") == 0; batch++ {
		if batch > 100 { // 12 MB: all windows and the cap together are a tenth
			t.Fatal("the slow session is not closed")
		}
		for range 30 {
			if err := r.Gateway.Publish(slow.ctx, event); err != nil {
				t.Fatal(err)
			}
		}
		quick.alive()
	}
	select {
	case <-slow.wt.Context().Done():
	case <-slow.ctx.Done():
		t.Fatal("the session was not ended")
	}
	quick.alive()
	if n := r.Gateway.Stats().Sessions; n > 2 {
		t.Errorf("%d sessions", n)
	}
}

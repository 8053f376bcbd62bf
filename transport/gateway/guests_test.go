package gateway_test

import (
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
)

// enterFrom is enter from an address.
func enterFrom(t *testing.T, r *rig.Rig, address string, player codec.PlayerID) *raw {
	t.Helper()
	c, _, err := connectFrom(t, r, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.say(hello(r.Token(player)))
	c.next("welcome", func(m *huntpb.ServerMessage) bool { return m.GetWelcome() != nil })
	return c
}

// joins sends a join until it is answered with more than "not now".
func (c *raw) joins() huntpb.Code {
	c.t.Helper()
	for {
		c.say(&huntpb.ClientMessage{Body: &huntpb.ClientMessage_Join{Join: &huntpb.Join{}}})
		m := c.next("joined", func(m *huntpb.ServerMessage) bool { return m.GetJoined() != nil && !m.GetJoined().Left })
		if code := m.GetJoined().Code; code != huntpb.Code_CODE_NOT_NOW {
			return code
		}
	}
}

// TestShare: the players of one source take a third of a partition's places, also
// those whose sessions are gone; another source still gets in, and who leaves
// makes room.
func TestShare(t *testing.T) {
	r := rig.Start(t, rig.Options{Seats: 12})
	const attacker, other = "127.0.0.2", "127.0.0.3"
	var last *raw
	in := 0
	for player := codec.PlayerID(1); player <= 8; player++ {
		c := enterFrom(t, r, attacker, player)
		code := c.joins()
		if code == huntpb.Code_CODE_OK {
			in++
			if last != nil {
				last.close() // without a leave: its player stays
			}
			last = c
		} else if code != huntpb.Code_CODE_TABLE_FULL {
			t.Fatalf("player %d: %v", player, code)
		}
	}
	if in != 4 {
		t.Errorf("one source brought %d players into 12 places, want 4", in)
	}
	if n := r.Metric("hunt_gateway_rejected_total", "reason", "share"); n != float64(8-in) {
		t.Errorf("%v joins are counted", n)
	}
	if code := last.joins(); code != huntpb.Code_CODE_OK {
		t.Errorf("a player that is in joins again: %v", code)
	}
	if code := enterFrom(t, r, other, 100).joins(); code != huntpb.Code_CODE_OK {
		t.Errorf("a player of another source: %v", code)
	}
	last.say(&huntpb.ClientMessage{Body: &huntpb.ClientMessage_Leave{Leave: &huntpb.Leave{}}})
	last.next("leave", func(m *huntpb.ServerMessage) bool { return m.GetJoined().GetLeft() })
	next := enterFrom(t, r, attacker, 9)
	for next.joins() != huntpb.Code_CODE_OK { // when it is durable
		if next.ctx.Err() != nil {
			t.Fatal("nobody follows a player that left")
		}
	}
}

package gateway_test

import (
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
	"github.com/huntgraph/huntgraph/transport/token"
)

// enterWith connects and says hello with a token.
func enterWith(t *testing.T, r *rig.Rig, text string) *raw {
	t.Helper()
	c, _, err := connect(t, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.say(hello(text))
	c.next("welcome", func(m *huntpb.ServerMessage) bool { return m.GetWelcome() != nil })
	return c
}

// TestTokenExpires: a session ends when its token does, and is told why.
func TestTokenExpires(t *testing.T) {
	t.Parallel()
	r := rig.Start(t, rig.Options{})
	const life = 6 * time.Second // for a hello on a busy machine
	text := r.TokenOf(token.Claims{Player: 1}, life)
	began := time.Now()
	c := enterWith(t, r, text)
	e := c.next("error", func(m *huntpb.ServerMessage) bool { return m.GetError() != nil }).GetError()
	if e.Code != huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN || !e.Fatal || e.Text != token.ErrExpired.Error() {
		t.Errorf("ended with %v", e)
	}
	t.Logf("a token of %v ended its session after %v", life, time.Since(began))
	select {
	case <-c.wt.Context().Done():
	case <-c.ctx.Done():
		t.Error("the session goes on")
	}
}

// TestSignedName: the name in a token is the player's; without one it is the join's.
func TestSignedName(t *testing.T) {
	for signed, want := range map[string]string{"": "mallory", "ann": "ann"} {
		r := rig.Start(t, rig.Options{})
		c := enterWith(t, r, r.TokenOf(token.Claims{Player: 1, Name: signed}, time.Hour))
		c.say(&huntpb.ClientMessage{Body: &huntpb.ClientMessage_Join{Join: &huntpb.Join{Name: "mallory"}}})
		c.next("joined", func(m *huntpb.ServerMessage) bool {
			return m.GetJoined().GetCode() == huntpb.Code_CODE_OK && m.GetJoined() != nil
		})
		if name := r.NameOf(1); name != codec.NameOf(want) {
			t.Errorf("signed as %q the player is called %q, want %q", signed, name, want)
		}
	}
}

package gateway_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
	"github.com/huntgraph/huntgraph/transport/token"
)

func garbage(n int) []byte {
	random := rand.NewChaCha8([32]byte{7})
	b := make([]byte, n)
	_, _ = random.Read(b)
	return b
}

func framed(payload []byte) []byte {
	return append(protowire.AppendVarint(nil, uint64(len(payload))), payload...)
}

func forge(t *testing.T, seed string, c token.Claims) string {
	t.Helper()
	text, err := token.Mint(ed25519.NewKeyFromSeed([]byte(strings.Repeat(seed, ed25519.SeedSize))), c, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestBeforeHello: what is wrong at the start gets a typed error, is counted,
// and does not touch the session that is there already.
func TestBeforeHello(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	honest := join(t, r, 1)
	for name, tc := range map[string]struct {
		send   []byte
		say    *huntpb.ClientMessage
		code   huntpb.ErrorCode
		reason string
	}{
		"a garbage stream":        {send: append([]byte{0x20}, garbage(500)...), code: huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, reason: "bad_message"},
		"a length without end":    {send: bytes.Repeat([]byte{0xff}, 20), code: huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, reason: "bad_message"},
		"an oversized message":    {send: framed(make([]byte, huntpb.MaxClientMessage+1)), code: huntpb.ErrorCode_ERROR_CODE_OVERSIZED, reason: "oversized"},
		"a gigabyte announced":    {send: protowire.AppendVarint(nil, 1<<30), code: huntpb.ErrorCode_ERROR_CODE_OVERSIZED, reason: "oversized"},
		"an empty message":        {send: []byte{0}, code: huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, reason: "bad_message"},
		"a move":                  {say: move(1, 0), code: huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, reason: "bad_message"},
		"another version":         {say: &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Hello{Hello: &huntpb.Hello{Version: 2, Token: r.Token(2)}}}, code: huntpb.ErrorCode_ERROR_CODE_VERSION, reason: "version"},
		"no token":                {say: hello(""), code: huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN, reason: "bad_token"},
		"a token of another hunt": {say: hello(forge(t, "k", token.Claims{Player: 2, Hunt: "other/room"})), code: huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN, reason: "bad_token"},
		"a forged player":         {say: hello(forge(t, "x", token.Claims{Player: 1, Hunt: rig.Hunt})), code: huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN, reason: "bad_token"},
	} {
		t.Run(name, func(t *testing.T) {
			before := r.Metric("hunt_gateway_handshake_failures_total", "reason", tc.reason)
			c, _, err := connect(t, r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if tc.say != nil {
				c.say(tc.say)
			} else {
				c.write(tc.send)
			}
			if e := c.fatal(); e.Code != tc.code || e.Text == "" {
				t.Errorf("error %v, want %v", e, tc.code)
			}
			if n := r.Metric("hunt_gateway_handshake_failures_total", "reason", tc.reason); n != before+1 {
				t.Errorf("counted %v failures for %s, want %v", n, tc.reason, before+1)
			}
		})
	}
	honest.alive()
}

// TestInSession: what is wrong in a session ends it with a typed error, or not.
func TestInSession(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	for name, tc := range map[string]struct {
		send   []byte
		say    *huntpb.ClientMessage
		code   huntpb.ErrorCode
		fatal  bool
		reason string
	}{
		"garbage":              {send: framed(garbage(100)), code: huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, fatal: true, reason: "bad_message"},
		"an oversized message": {send: framed(make([]byte, huntpb.MaxClientMessage+1)), code: huntpb.ErrorCode_ERROR_CODE_OVERSIZED, fatal: true, reason: "oversized"},
		"a second hello":       {say: hello(r.Token(3)), code: huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, fatal: true, reason: "bad_message"},
		"no such area":         {say: subscribe(0, 1), code: huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, fatal: true, reason: "bad_message"},
		"a move before a join": {say: move(1, 0), code: huntpb.ErrorCode_ERROR_CODE_NOT_JOINED, reason: "not_joined"},
		"a leave before a join": {say: &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Leave{Leave: &huntpb.Leave{}}},
			code: huntpb.ErrorCode_ERROR_CODE_NOT_JOINED, reason: "not_joined"},
	} {
		t.Run(name, func(t *testing.T) {
			before := r.Metric("hunt_gateway_rejected_total", "reason", tc.reason)
			c := enter(t, r, 2)
			if tc.say != nil {
				c.say(tc.say)
			} else {
				c.write(tc.send)
			}
			var e *huntpb.Error
			if tc.fatal {
				e = c.fatal()
			} else {
				e = c.next("error", func(m *huntpb.ServerMessage) bool { return m.GetError() != nil }).GetError()
				c.alive()
			}
			if e.Code != tc.code || e.Fatal != tc.fatal || e.Text == "" {
				t.Errorf("error %v, want %v", e, tc.code)
			}
			if n := r.Metric("hunt_gateway_rejected_total", "reason", tc.reason); n != before+1 {
				t.Errorf("counted %v rejections for %s, want %v", n, tc.reason, before+1)
			}
		})
	}
}

// TestCutMessage: a stream that ends within a message is garbage, one that ends
// between two is a client that goes.
func TestCutMessage(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	c := enter(t, r, 1)
	c.write([]byte{40, 1, 2})
	if err := c.stream.Close(); err != nil {
		t.Fatal(err)
	}
	if e := c.fatal(); e.Code != huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE {
		t.Errorf("error %v", e)
	}
	c = enter(t, r, 1)
	if err := c.stream.Close(); err != nil {
		t.Fatal(err)
	}
	<-c.wt.Context().Done()
	if n := r.Metric("hunt_gateway_rejected_total"); n != 1 {
		t.Errorf("%v rejections", n)
	}
}

// TestReplayedMove: the same sequence twice moves a player once.
func TestReplayedMove(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	c := join(t, r, 1)
	c.say(move(1, 0), move(1, 0), move(3, 1), move(2, 1))
	for _, want := range []struct {
		code huntpb.Code
		last uint32
	}{{huntpb.Code_CODE_OK, 1}, {huntpb.Code_CODE_STALE, 1}, {huntpb.Code_CODE_SKIPPED, 1}, {huntpb.Code_CODE_OK, 2}} {
		m := c.next("reply", func(m *huntpb.ServerMessage) bool { return m.GetReply() != nil }).GetReply()
		if m.Code != want.code || m.LastSeq != want.last || m.Node != want.last {
			t.Errorf("reply %v, want %v", m, want)
		}
	}
}

// TestManyMessages: five hundred pings at once are more than the rate allows:
// they wait, the session is told at most once a second, and all are answered in
// their order; another session does not notice.
func TestManyMessages(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	other := join(t, r, 2)
	c := join(t, r, 1)
	const pings = 500
	var all []byte
	for stamp := range uint64(pings) {
		b, err := huntpb.AppendDelimited(all, ping(stamp))
		if err != nil {
			t.Fatal(err)
		}
		all = b
	}
	began := time.Now()
	c.write(all)
	other.alive()
	complaints := 0
	for stamp := uint64(0); stamp < pings; {
		m := c.next("pong", func(m *huntpb.ServerMessage) bool { return m.GetPong() != nil || m.GetError() != nil })
		if e := m.GetError(); e != nil {
			complaints++
			if e.Code != huntpb.ErrorCode_ERROR_CODE_RATE || e.Fatal {
				t.Errorf("error %v", e)
			}
			continue
		}
		if m.GetPong().Stamp != stamp {
			t.Fatalf("pong %d, want %d", m.GetPong().Stamp, stamp)
		}
		stamp++
	}
	took := time.Since(began)
	if least := 2 * time.Second; took < least { // a burst of 200, then 100 a second
		t.Errorf("%d messages went through in %v, want %v at least", pings, took, least)
	}
	if most := 1 + int(took/time.Second); complaints < 1 || complaints > most {
		t.Errorf("%d complaints in %v", complaints, took)
	}
	if n := r.Metric("hunt_gateway_held_total"); n == 0 {
		t.Error("no message is counted as held")
	}
	c.alive()
}

// TestManyInFlight: a session's moves without a reply are bounded. Each move is
// answered, or rejected and counted.
func TestManyInFlight(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	c := join(t, r, 1)
	const moves = 150
	var all []byte
	for seq := range uint32(moves) {
		b, err := huntpb.AppendDelimited(all, move(seq+1, seq%rig.Ring))
		if err != nil {
			t.Fatal(err)
		}
		all = b
	}
	c.write(all)
	c.say(ping(1))
	answered, complaints := 0, 0
	rejected := func() int { return int(r.Metric("hunt_gateway_rejected_total", "reason", "in_flight")) }
	ponged := false
	for !ponged || answered+rejected() < moves {
		m := c.next("answer", func(m *huntpb.ServerMessage) bool { return true })
		switch {
		case m.GetReply() != nil:
			answered++
		case m.GetPong() != nil: // the gateway has read all
			ponged = true
		case m.GetError() != nil:
			complaints++
		}
	}
	if (rejected() > 0) != (complaints > 0) { // a fast partition answers before the bound is reached
		t.Errorf("%d rejected, %d complaints", rejected(), complaints)
	}
	c.alive()
}

// TestOrigin: pages that are not on the list open no session; those that are do,
// whatever the spelling.
func TestOrigin(t *testing.T) {
	r := rig.Start(t, rig.Options{Origins: []string{"http://127.0.0.1:8080", "http://localhost:80/", "https://Play.Example:443", "http://[0:0:0:0:0:0:0:1]:8080"}})
	for origin, want := range map[string]int{
		"":                       http.StatusOK,
		"http://127.0.0.1:8080":  http.StatusOK,
		"http://127.0.0.1:8081":  http.StatusForbidden,
		"https://127.0.0.1:8080": http.StatusForbidden,
		"http://localhost":       http.StatusOK,
		"https://play.example":   http.StatusOK,
		"http://[::1]:8080":      http.StatusOK,
		"http://play.example":    http.StatusForbidden,
		"http://localhost:8080":  http.StatusForbidden,
		"null":                   http.StatusForbidden,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		if _, status, err := connect(t, r, header); status != want {
			t.Errorf("origin %q: status %d, %v; want %d", origin, status, err, want)
		}
	}
	if n := r.Metric("hunt_gateway_handshake_failures_total", "reason", "origin"); n != 5 {
		t.Errorf("%v counted", n)
	}
}

// TestExtraStreams: a session has one stream; others are reset, and who goes on is closed.
func TestExtraStreams(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	c := enter(t, r, 1)
	for range 3 {
		extra, err := c.wt.OpenStreamSync(c.ctx)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := huntpb.AppendDelimited(nil, hello(r.Token(2)))
		_, _ = extra.Write(b) // may fail: it is being reset
		if _, err := extra.Read(make([]byte, 1)); err == nil {
			t.Fatal("an extra stream is answered")
		}
	}
	uni, err := c.wt.OpenUniStreamSync(c.ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = uni.Write([]byte{1})
	<-uni.Context().Done()
	c.alive()
	if n := r.Metric("hunt_gateway_rejected_total", "reason", "stream"); n != 4 {
		t.Errorf("%v streams counted", n)
	}
	for c.ctx.Err() == nil {
		extra, err := c.wt.OpenStreamSync(c.ctx)
		if err != nil {
			break // the session is over
		}
		_, _ = extra.Write([]byte{1})
		_, _ = extra.Read(make([]byte, 1))
	}
	select {
	case <-c.wt.Context().Done():
	case <-c.ctx.Done():
		t.Fatal("the session outlives any number of streams")
	}
	join(t, r, codec.PlayerID(1)).alive()
}

// TestPackets: a client that keeps the gateway busy with what nobody reads is ended.
func TestPackets(t *testing.T) {
	t.Parallel()
	r := rig.Start(t, rig.Options{})
	c := enter(t, r, 1)
	for c.wt.SendDatagram([]byte("nobody reads this")) == nil {
		if c.ctx.Err() != nil {
			t.Fatal("the session goes on")
		}
	}
	<-c.wt.Context().Done()
	if n := r.Metric("hunt_gateway_rejected_total", "reason", "packets"); n != 1 {
		t.Errorf("%v connections are counted", n)
	}
	join(t, r, 1).alive()
}

// TestSilence: who connects and says nothing is not kept, with a session or without.
func TestSilence(t *testing.T) {
	t.Parallel()
	r := rig.Start(t, rig.Options{})
	for name, silent := range map[string]func(t *testing.T){
		"a session without a hello": func(t *testing.T) {
			c, _, err := connect(t, r, nil)
			if err != nil {
				t.Fatal(err)
			}
			c.write([]byte{200}) // the stream is there, the message is not
			if e := c.fatal(); e.Code != huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE || !strings.Contains(e.Text, "hello") {
				t.Errorf("error %v", e)
			}
		},
		"a connection without a session": func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), rig.Wait)
			defer cancel()
			conn, err := quic.DialAddr(ctx, r.Gateway.Addr().String(),
				&tls.Config{NextProtos: []string{http3.NextProtoH3}, InsecureSkipVerify: true}, &quic.Config{EnableDatagrams: true})
			if err != nil {
				t.Fatal(err)
			}
			select {
			case <-conn.Context().Done():
			case <-ctx.Done():
				t.Error("it is kept")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			silent(t)
		})
	}
}

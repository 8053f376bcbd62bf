package client_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	quicproxy "github.com/quic-go/quic-go/integrationtests/tools/proxy"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/client"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
)

// path is the way to a rig's gateway, which a test can cut.
type path struct {
	url  string
	dead atomic.Bool  // nothing passes
	deaf atomic.Int64 // so many packets of the gateway pass, then nothing more; negative: all
}

func newPath(t *testing.T, r *rig.Rig) *path {
	t.Helper()
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	p := new(path)
	p.deaf.Store(-1)
	proxy := &quicproxy.Proxy{Conn: udp, ServerAddr: r.Gateway.Addr(),
		DropPacket: func(d quicproxy.Direction, _, _ net.Addr, _ []byte) bool {
			if d == quicproxy.DirectionOutgoing && p.deaf.Load() >= 0 && p.deaf.Add(-1) < 0 {
				p.dead.Store(true)
			}
			return p.dead.Load()
		}}
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = proxy.Close(), udp.Close() })
	p.url = strings.Replace(r.URL, r.Gateway.Addr().String(), udp.LocalAddr().String(), 1)
	return p
}

const (
	short   = 200 * time.Millisecond
	tooLate = 5 * time.Second // 100 ms are meant; a machine may be slow, and the fault was 45 s
)

// inTime holds a call to its context.
func inTime(t *testing.T, what string, call func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), short)
	defer cancel()
	began := time.Now()
	err := call(ctx)
	late := time.Since(began) - short
	t.Logf("%-20s %6d ms after its context: %v", what, late.Milliseconds(), err)
	if late > tooLate {
		t.Errorf("%s: returned %v after its context", what, late)
	}
}

// TestContexts: every call returns with its context while the path is dead.
func TestContexts(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	p := newPath(t, r)
	options := func(player codec.PlayerID) client.Options {
		return client.Options{URL: p.url, CertHashes: r.Hashes(), Token: r.Token(player)}
	}
	session := func(player codec.PlayerID) *client.Session {
		t.Helper()
		s, err := client.Dial(deadline(t), options(player))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		join(t, s)
		return s
	}
	plain, full := session(1), session(2)
	b, err := client.NewBot(client.BotOptions{Options: options(3), Rate: 100})
	if err != nil {
		t.Fatal(err)
	}
	replies, onReply := feed[*huntpb.Reply](t)
	playing := options(4)
	playing.Handlers.OnReply = onReply
	bot, err := client.NewBot(client.BotOptions{Options: playing, Rate: 100})
	if err != nil {
		t.Fatal(err)
	}
	botCtx, stopBot := context.WithCancel(context.Background())
	defer stopBot()
	ran := make(chan error, 1)
	go func() { ran <- bot.Run(botCtx) }()
	until(t, replies, "reply", func(*huntpb.Reply) bool { return true })
	p.dead.Store(true)

	areas := make([]codec.AreaID, 4000)
	inTime(t, "Dial", func(ctx context.Context) error {
		_, err := client.Dial(ctx, options(5))
		return err
	})
	for name, s := range map[string]*client.Session{"quiet": plain, "full": full} {
		if name == "full" { // QUIC takes no more of it
			for range 20 {
				inTime(t, name+" Subscribe", func(ctx context.Context) error { return s.Subscribe(ctx, areas...) })
			}
		}
		inTime(t, name+" Join", func(ctx context.Context) error { _, err := s.Join(ctx, "ann"); return err })
		inTime(t, name+" Seek", func(ctx context.Context) error { _, err := s.Seek(ctx, "ann", 1); return err })
		inTime(t, name+" Leave", func(ctx context.Context) error { _, err := s.Leave(ctx); return err })
		inTime(t, name+" Move", func(ctx context.Context) error { _, err := s.Move(ctx, 0); return err })
		inTime(t, name+" Route", func(ctx context.Context) error { _, err := s.Route(ctx); return err })
		inTime(t, name+" Subscribe", func(ctx context.Context) error { return s.Subscribe(ctx, areas...) })
		inTime(t, name+" Close", func(context.Context) error { return s.Close() })
	}
	inTime(t, "Bot.Run, dialling", b.Run)
	inTime(t, "Bot.Run, playing", func(ctx context.Context) error {
		<-ctx.Done()
		stopBot()
		return <-ran
	})
}

// TestDialContext: dialling ends with its context wherever in it the path dies.
func TestDialContext(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	for packets := range int64(12) {
		p := newPath(t, r)
		p.deaf.Store(packets)
		inTime(t, "Dial", func(ctx context.Context) error {
			s, err := client.Dial(ctx, client.Options{URL: p.url, CertHashes: r.Hashes(), Token: r.Token(1)})
			if err == nil {
				s.Close()
			}
			return err
		})
	}
}

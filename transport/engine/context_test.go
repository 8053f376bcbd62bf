package engine

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	quicproxy "github.com/quic-go/quic-go/integrationtests/tools/proxy"

	"github.com/huntgraph/huntgraph/transport/identity"
)

// TestOpenContext: opening ends with its context while nothing gets through, on a
// connection that is there and on one that has to be made.
func TestOpenContext(t *testing.T) {
	s := startSystem(t)
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var dead atomic.Bool
	proxy := &quicproxy.Proxy{Conn: udp, ServerAddr: s.server.Addr().(*net.UDPAddr),
		DropPacket: func(quicproxy.Direction, net.Addr, net.Addr, []byte) bool { return dead.Load() }}
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = proxy.Close(), udp.Close() })
	s.route.Addr = udp.LocalAddr().String()
	known := s.client()
	fresh, err := NewClient(ClientConfig{Identity: testIdentity(t, identity.Gateway, "g2"), Hunt: testHunt, Bind: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fresh.Close(); err != nil {
			t.Error(err)
		}
	})
	link, replies := s.echo(known, 0)
	s.roundTrip(link, replies, 1)
	dead.Store(true)
	for name, c := range map[string]*Client{"a connection that is there": known, "a new connection": fresh} {
		for range 3 {
			const short = 200 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), short)
			began := time.Now()
			_, err := c.Open(ctx, s.to(1), func([]byte) {})
			late := time.Since(began) - short
			cancel()
			t.Logf("%s: %v after its context: %v", name, late.Round(time.Millisecond), err)
			if err == nil || late > 3*time.Second { // 100 ms are meant; the handshake itself gives up after 5 s
				t.Errorf("%s: Open returned %v after its context with %v", name, late, err)
			}
		}
	}
}

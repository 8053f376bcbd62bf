package attack

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/jepsen"
	"github.com/huntgraph/huntgraph/transport/client"
)

// Sessions that say hello and then hold their slot with half a length. A started
// message has 10 s, so all of them are ended; meanwhile another player plays.
func TestHalfMessages(t *testing.T) {
	const sessions = 120
	h := start(t, "--bots", "0")
	a := from(t, "127.0.0.2")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	before := h.rss(t)
	var held []*session
	var mu sync.Mutex
	each(sessions, 16, func(i int) {
		s, err := a.enter(ctx, h, codec.PlayerID(1000+i))
		if err == nil {
			_, err = s.stream.Write([]byte{0x80})
		}
		if err != nil {
			return // counted below
		}
		mu.Lock()
		defer mu.Unlock()
		held = append(held, s)
	})
	if len(held) < sessions/2 {
		t.Fatalf("only %d of %d sessions began", len(held), sessions)
	}
	t.Logf("%d sessions cost the hunt %d KiB each", len(held), (h.rss(t)-before)/int64(len(held))>>10)
	h.othersGetIn(ctx, t)
	for _, s := range held {
		select {
		case <-s.Context().Done():
		case <-time.After(45 * time.Second):
			t.Fatal("a session with half a message is kept")
		}
	}
	if n := h.metric(t, "hunt_gateway_rejected_total", `reason="bad_message"`); n < float64(len(held)) {
		t.Errorf("%v half messages are counted, want %d", n, len(held))
	}
}

// Handshakes from an address that never answers, as from a forged one. They take
// nobody's slot: another player gets in meanwhile, and the hunt does not grow.
func TestUnansweredHandshakes(t *testing.T) {
	const length, grows = 7 * time.Second, 150 << 20
	h := start(t, "--bots", "0")
	gateway, err := url.Parse(h.Gateway)
	must(t, err)
	to, err := net.ResolveUDPAddr("udp", gateway.Host)
	must(t, err)
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Skip("this machine has no address 127.0.0.2: ", err)
	}
	deaf := &quic.Transport{Conn: &mute{PacketConn: udp, seen: map[string]bool{}}}
	defer func() { _, _ = udp.Close(), deaf.Close() }()

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	before := h.rss(t)
	attack, end := context.WithTimeout(ctx, length)
	defer end()
	var attacking sync.WaitGroup
	var begun atomic.Int64
	for range 32 {
		attacking.Go(func() {
			for attack.Err() == nil && begun.Add(1) < 20_000 {
				short, cancel := context.WithTimeout(attack, 20*time.Millisecond)
				_, _ = deaf.Dial(short, to, &tls.Config{
					NextProtos: []string{http3.NextProtoH3}, InsecureSkipVerify: true, CurvePreferences: []tls.CurveID{tls.X25519},
				}, &quic.Config{EnableDatagrams: true})
				cancel()
			}
		})
	}
	pause(attack, length*3/5) // what begins now finds the attack's handshakes there
	h.othersGetIn(ctx, t)
	grown := h.rss(t) - before
	attacking.Wait()
	t.Logf("%d handshakes in %v; the hunt grew by %d MiB", begun.Load(), length, grown>>20)
	if grown > grows {
		t.Errorf("the hunt grew by %d MiB, want at most %d", grown>>20, grows>>20)
	}
}

// mute sends the first packet of each connection and hears nothing.
type mute struct {
	net.PacketConn
	mu   sync.Mutex
	seen map[string]bool // connection ids
}

func (m *mute) WriteTo(b []byte, to net.Addr) (int, error) {
	if len(b) < 6 || b[0]&0x80 == 0 || len(b) < 6+int(b[5]) {
		return len(b), nil
	}
	id := string(b[6 : 6+int(b[5])])
	m.mu.Lock()
	seen := m.seen[id]
	m.seen[id] = true
	m.mu.Unlock()
	if seen {
		return len(b), nil
	}
	return m.PacketConn.WriteTo(b, to)
}

func (m *mute) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		if _, _, err := m.PacketConn.ReadFrom(b); err != nil {
			return 0, nil, err
		}
	}
}

// othersGetIn expects an honest player to get in within 2 s beside an attack, once
// in three tries: the machine may be busy with something else.
func (h *hunt) othersGetIn(ctx context.Context, t *testing.T) {
	t.Helper()
	var took []time.Duration
	for range 3 {
		took = append(took, h.getIn(ctx, t))
		if took[len(took)-1] <= 2*time.Second {
			t.Logf("another player got in after %v", took)
			return
		}
	}
	t.Errorf("another player got in after %v, want 2 s", took)
}

// getIn is how long an honest player of this machine takes to get in; it tries
// again as a bot does.
func (h *hunt) getIn(ctx context.Context, t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	for try := 0; ; try++ {
		err := h.tryIn(ctx)
		if err == nil {
			return time.Since(began)
		}
		if time.Since(began) > 30*time.Second {
			t.Logf("another player did not get in within 30 s: %v", err)
			return time.Since(began)
		}
		pause(ctx, 50*time.Millisecond)
	}
}

func (h *hunt) tryIn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	o, err := jepsen.SessionOf(ctx, h.Page, 1)
	if err != nil {
		return err
	}
	s, err := client.Dial(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	j, err := s.Join(ctx, "honest")
	if err == nil && j.Code != huntpb.Code_CODE_OK {
		err = errors.New("the join is answered with " + j.Code.String())
	}
	return err
}

// each calls f with 0 to n-1, some of them at a time.
func each(n, atOnce int, f func(i int)) {
	var working sync.WaitGroup
	var next atomic.Int64
	for range atOnce {
		working.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	working.Wait()
}

package attack

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
)

// hopProtocol is the engine hop's, as TLS names it.
const hopProtocol = "hunt-engine/2"

// nodePort is a hunt whose node's port is attacked, and an identity of its cluster.
type nodePort struct {
	*hunt
	dir, addr string
}

// startNode starts a hunt on a folder, whose node listens at a known address.
func startNode(t *testing.T) nodePort {
	t.Helper()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0") // a port that was free a moment ago
	must(t, err)
	n := nodePort{dir: t.TempDir(), addr: udp.LocalAddr().String()}
	must(t, udp.Close())
	n.hunt = start(t, "--bots", "0", "--data-dir", n.dir, "--node", n.addr)
	return n
}

// identity is what `hunt admin identity` issues.
func (n nodePort) identity(t *testing.T, role string) *identity.Identity {
	t.Helper()
	out := filepath.Join(t.TempDir(), role+".pem")
	said, err := exec.Command(n.bin, "admin", "identity", "--data-dir", n.dir, "--role", role, "--name", "test", "--out", out).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	data, err := os.ReadFile(out)
	must(t, err)
	i, err := identity.Parse(data)
	must(t, err)
	return i
}

// enter is how long a gateway with an identity takes to be let in by the node.
func (n nodePort) enter(ctx context.Context, t *testing.T, self *identity.Identity) time.Duration {
	t.Helper()
	config := self.Client(hopProtocol, codec.Hash{})
	config.VerifyConnection = nil // the node's certificate is checked; a route would name its key
	began := time.Now()
	var last error
	for ctx.Err() == nil {
		conn, err := quic.DialAddr(ctx, n.addr, config, &quic.Config{HandshakeIdleTimeout: time.Second})
		if err == nil {
			last = n.greet(ctx, conn)
			_ = conn.CloseWithError(0, "")
			if last == nil {
				return time.Since(began)
			}
		} else {
			last = err
		}
	}
	t.Fatalf("a gateway of the cluster was not let in within %v: %v", time.Since(began), last)
	return 0
}

// greet asks the node for a hunt that it does not have: the answer shows that it reads the stream.
func (n nodePort) greet(ctx context.Context, conn *quic.Conn) error {
	stream, err := conn.OpenStreamSync(ctx)
	if err != nil {
		return err
	}
	_ = stream.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := stream.Write(codec.Hello{Version: codec.Version, Hunt: "no/hunt"}.Append(nil)); err != nil {
		return err
	}
	b := make([]byte, codec.MaxFrame)
	got, err := stream.Read(b)
	if got == 0 {
		return err
	}
	_, payload, _, err := codec.Next(b[:got])
	if err != nil {
		return err
	}
	if e, err := codec.ParseError(payload); err != nil || e.Code != codec.ErrorPartition {
		return errors.Join(err, e)
	}
	return nil
}

// strangers keep a number of connections to the node going, each with streams,
// until ctx ends. With silence they answer nothing but a question for their address.
func (n nodePort) strangers(ctx context.Context, t *testing.T, conns, streams int, silence bool) {
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	must(t, err)
	defer udp.Close()
	var socket net.PacketConn = udp
	if silence {
		socket = deaf{udp}
	}
	transport := &quic.Transport{Conn: socket}
	defer transport.Close()
	to, err := net.ResolveUDPAddr("udp", n.addr)
	must(t, err)
	var all sync.WaitGroup
	for range conns {
		all.Go(func() {
			for ctx.Err() == nil {
				dial, done := context.WithTimeout(ctx, 5*time.Second)
				conn, err := transport.Dial(dial, to, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{hopProtocol, "hunt-engine/1"}}, &quic.Config{})
				for i := 0; err == nil && i < streams; i++ {
					var s *quic.Stream
					if s, err = conn.OpenStream(); err == nil {
						_, err = s.Write([]byte{byte(codec.TypeHello)})
					}
				}
				if conn != nil {
					select {
					case <-ctx.Done():
					case <-conn.Context().Done():
					}
					_ = conn.CloseWithError(0, "")
				}
				done()
			}
		})
	}
	all.Wait()
}

// deaf hears nothing but Retry packets, which ask a peer to prove its address.
type deaf struct{ net.PacketConn }

func (d deaf) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := d.PacketConn.ReadFrom(b)
		if err != nil || n > 0 && b[0]&0xf0 == 0xf0 {
			return n, from, err
		}
	}
}

// memory is what the hunt uses: resident memory, or its heap and stacks where
// these are more, as memory that was taken and not yet written is not resident.
func (n nodePort) memory(t *testing.T) int64 {
	t.Helper()
	taken := n.metric(t, "go_memstats_heap_inuse_bytes") + n.metric(t, "go_memstats_stack_inuse_bytes")
	return max(n.rss(t), int64(taken))
}

// TestNodePort attacks the node's port without an identity of its cluster: with
// connections full of streams, and with connections that say nothing. Neither
// costs more than 100 MB, a gateway of the cluster gets in within a second, and
// an honest player plays on.
func TestNodePort(t *testing.T) {
	n := startNode(t)
	self := n.identity(t, "gateway")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	quiet := n.enter(ctx, t, self)
	for _, attack := range []struct {
		name           string
		conns, streams int
		silence        bool
	}{
		{"64 connections of 128 streams", 64, 128, false},
		{"256 silent connections", 256, 0, false},
		{"256 handshakes that do not go on", 256, 0, true},
	} {
		before, most := n.memory(t), int64(0)
		var slowest time.Duration
		honest := n.beside(ctx, t, 2*time.Second, func(under context.Context) {
			var attacking sync.WaitGroup
			defer attacking.Wait()
			attacking.Go(func() { n.strangers(under, t, attack.conns, attack.streams, attack.silence) })
			for under.Err() == nil {
				select {
				case <-time.After(500 * time.Millisecond):
				case <-under.Done():
					return
				}
				slowest = max(slowest, n.enter(ctx, t, self))
				most = max(most, n.memory(t))
			}
		})
		t.Logf("%s: a gateway got in within %v (%v without), %d MB more", attack.name, slowest, quiet, (most-before)>>20)
		if most-before > 100<<20 {
			t.Errorf("%s: %d MB more", attack.name, (most-before)>>20)
		}
		if honest.Players != 1 || honest.Durable == 0 {
			t.Errorf("%s: the honest player could not play: %+v", attack.name, honest)
		}
		switch { // the attackers take their share of the same processors
		case slowest > 10*time.Second:
			t.Errorf("%s: a gateway got in within %v", attack.name, slowest)
		case slowest > time.Second:
			undecided(t, "%s: a gateway got in within %v, and within %v without an attack", attack.name, slowest, quiet)
		}
	}
	if refused := n.metric(t, "hunt_engine_rejected_total", `side="node"`, `reason="handshake"`); refused == 0 {
		t.Error("no stranger was refused")
	}
}

// TestGameServer: the certificate of a game server sets a weight, which is
// written down with its name; a gateway's does not.
func TestGameServer(t *testing.T) {
	n := startNode(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for role, want := range map[string]codec.ErrorCode{"game-server": 0, "gateway": codec.ErrorIdentity} {
		config := n.identity(t, role).Client(hopProtocol, codec.Hash{})
		config.VerifyConnection = nil
		conn, err := quic.DialAddr(ctx, n.addr, config, nil)
		must(t, err)
		defer conn.CloseWithError(0, "")
		code, weighed := n.setWeight(ctx, t, conn)
		if code != want || weighed != (want == 0) {
			t.Errorf("%s: weighed %v, ends with code %d", role, weighed, code)
		}
	}
	for !audited(n.Said()) {
		if ctx.Err() != nil {
			t.Fatalf("no audit record in %s", n.Said())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// audited reports whether a log holds the audit record of the game server's weight.
func audited(log string) bool {
	for line := range strings.Lines(log) {
		var l struct{ Msg, Action, By string }
		if json.Unmarshal([]byte(line), &l) == nil && l.Msg == "audit" && l.Action == "set weight" && l.By == "game-server/test" {
			return true
		}
	}
	return false
}

// setWeight asks partition 0 in each of the epochs that it may be in to set a
// weight: was it, or how did the stream end?
func (n nodePort) setWeight(ctx context.Context, t *testing.T, conn *quic.Conn) (codec.ErrorCode, bool) {
	t.Helper()
	for epoch := codec.Epoch(1); epoch < 100; epoch++ {
		stream, err := conn.OpenStreamSync(ctx)
		must(t, err)
		_ = stream.SetDeadline(time.Now().Add(30 * time.Second))
		b := codec.Hello{Version: codec.Version, Hunt: "dev/hunt", Epoch: epoch}.Append(nil)
		_, err = stream.Write(codec.SetWeight{Key: 7, Edge: 0, Weight: 50}.Append(b))
		must(t, err)
		var in []byte
		for buf := make([]byte, 4096); ; {
			got, err := stream.Read(buf)
			in = append(in, buf[:got]...)
			kind, payload, rest, bad := codec.Next(in)
			if bad == nil && kind == codec.TypeHello {
				in = rest
				kind, payload, _, bad = codec.Next(in)
			}
			if bad != nil && err == nil {
				continue // more is to come
			}
			must(t, bad)
			if kind == codec.TypeWeighed {
				_ = stream.Close()
				return 0, true
			}
			e, err := codec.ParseError(payload)
			must(t, err)
			_ = stream.Close()
			if e.Code == codec.ErrorEpoch {
				break
			}
			return e.Code, false
		}
	}
	t.Fatal("partition 0 has no epoch below 100")
	return 0, false
}

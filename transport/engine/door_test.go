package engine

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
)

// strangerTLS is of a peer that has no certificate.
func strangerTLS() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, NextProtos: []string{alpn}, MinVersion: tls.VersionTLS13}
}

// silent is a socket of a peer that begins handshakes and does not go on: of
// what the node sends only Retry packets get through, as they prove an address.
// Of each connection's first flight it may keep back all but one packet.
type silent struct {
	*net.UDPConn
	half bool

	mu   sync.Mutex
	sent map[string]bool // first packets by the connection's id and token
}

func (s *silent) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, addr, err := s.UDPConn.ReadFrom(b)
		if retry := n > 0 && b[0]&0xf0 == 0xf0; err != nil || retry {
			return n, addr, err
		}
	}
}

func (s *silent) WriteTo(b []byte, to net.Addr) (int, error) {
	if s.half && len(b) > 30 {
		s.mu.Lock()
		key := string(b[:30]) // the destination's id is in it
		again := s.sent[key]
		s.sent[key] = true
		s.mu.Unlock()
		if again {
			return len(b), nil
		}
	}
	return s.UDPConn.WriteTo(b, to)
}

// besiege keeps a number of handshakes going until the test ends.
func (s *system) besiege(number int, half bool) {
	s.t.Helper()
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		s.t.Fatal(err)
	}
	// Nothing but a PacketConn, so that every packet passes the two methods.
	attacker := &quic.Transport{Conn: struct{ net.PacketConn }{&silent{UDPConn: udp, half: half, sent: map[string]bool{}}}}
	to, err := net.ResolveUDPAddr("udp", s.route.Addr)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var dials sync.WaitGroup
	for range number {
		dials.Go(func() {
			for ctx.Err() == nil {
				dial, done := context.WithTimeout(ctx, handshakeWait)
				if conn, err := attacker.Dial(dial, to, strangerTLS(), &quic.Config{}); err == nil {
					_ = conn.CloseWithError(0, "")
				}
				done()
			}
		})
	}
	s.t.Cleanup(func() {
		cancel()
		dials.Wait()
		_, _ = attacker.Close(), udp.Close()
	})
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for began := time.Now(); !ok(); time.Sleep(time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

func (d *door) taken() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.unknown
}

// TestSilentPeers: peers that begin handshakes and never end them, more than
// there are places, do not keep a gateway out, and all are gone when they stop.
func TestSilentPeers(t *testing.T) {
	for name, half := range map[string]bool{"without an end": false, "with half a first message": true} {
		t.Run(name, func(t *testing.T) {
			s := startSystem(t)
			s.besiege(2*maxUnknown, half)
			until(t, "the attack to take places", func() bool { return s.server.door.crowded(2) })
			c := s.client()
			began := time.Now()
			var link *Link
			until(t, "the gateway to get in", func() (in bool) {
				var err error
				link, err = c.Open(within(t), s.to(1), func([]byte) {})
				return err == nil
			})
			t.Logf("a gateway got in after %v beside %d silent handshakes", time.Since(began), 2*maxUnknown)
			if n := s.server.door.taken(); n > maxUnknown {
				t.Errorf("%d peers have places, there are %d", n, maxUnknown)
			}
			link.Close()
		})
	}
}

// TestSilentPeerEnds: a silent peer's place is free again after handshakeWait.
func TestSilentPeerEnds(t *testing.T) {
	s := startSystem(t)
	hello := recordHellos(t, 1)[0]
	sendTo(t, s.route.Addr, hello)
	until(t, "the peer to come in", func() bool { return s.server.door.taken() == 1 })
	until(t, "the peer to be gone", func() bool { return s.server.door.taken() == 0 })
	until(t, "the peer to be counted", func() bool {
		return s.metric("hunt_engine_rejected_total", "side", "node", "reason", "handshake") == 1
	})
}

// TestStrangers: who has no certificate of the cluster for dialling never has a
// stream that the node knows of, whatever it sends before it hears so.
func TestStrangers(t *testing.T) {
	s := startSystem(t)
	c := s.client()
	link, replies := s.echo(c, 0)
	strangers := map[string]*tls.Config{
		"no certificate":  strangerTLS(),
		"another cluster": otherCluster(t).Client(alpn, s.route.KeyHash),
		"a node":          testIdentity(t, identity.Node, "n2").Client(alpn, s.route.KeyHash),
	}
	for name, config := range strangers {
		config.RootCAs, config.InsecureSkipVerify = nil, true
		for range 8 {
			conn, err := quic.DialAddr(within(t), s.route.Addr, config, linkConfig())
			if err != nil {
				continue // refused before our side was through
			}
			for range maxStreams {
				stream, err := conn.OpenStream()
				if err != nil {
					break
				}
				_, _ = stream.Write(goodHello().Append(nil))
			}
			select {
			case <-conn.Context().Done():
			case <-time.After(patience):
				t.Fatalf("%s: the connection goes on", name)
			}
			if err := context.Cause(conn.Context()); !strings.Contains(err.Error(), "tls:") {
				t.Errorf("%s: it ended with %v", name, err)
			}
		}
	}
	if n := s.metric("hunt_engine_peers", "side", "node"); n != 1 {
		t.Errorf("the node has %v streams, want the gateway's", n)
	}
	if n := s.metric("hunt_engine_connections", "side", "node"); n != 1 {
		t.Errorf("the node has %v connections, want the gateway's", n)
	}
	until(t, "all refusals to be counted", func() bool {
		return s.metric("hunt_engine_rejected_total", "side", "node", "reason", "handshake") == float64(8*len(strangers))
	})
	s.roundTrip(link, replies, 1)
}

// recordHellos are first messages of connections, a list of packets each, whose
// senders are gone.
func recordHellos(t *testing.T, n int) (all [][][]byte) {
	t.Helper()
	sink, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	for range n {
		ctx, cancel := context.WithCancel(within(t))
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := quic.DialAddr(ctx, sink.LocalAddr().String(), strangerTLS(), linkConfig()); err == nil {
				t.Error("a socket that says nothing was dialled")
			}
		}()
		var hello [][]byte
		for range 2 { // a first message with a post-quantum key takes two packets
			packet := make([]byte, 1500)
			n, _, err := sink.ReadFrom(packet)
			if err != nil {
				t.Fatal(err)
			}
			hello = append(hello, packet[:n])
		}
		cancel()
		<-done
		all = append(all, hello)
		for sink.SetReadDeadline(time.Now()); ; { // what the end of the dial sent
			if _, _, err := sink.ReadFrom(make([]byte, 1500)); err != nil {
				break
			}
		}
		sink.SetReadDeadline(time.Time{})
	}
	return all
}

func sendTo(t *testing.T, addr string, packets [][]byte) {
	t.Helper()
	conn, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for _, p := range packets {
		if _, err := conn.Write(p); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUnknownPeerCost is what a peer costs before it has shown who it is.
func TestUnknownPeerCost(t *testing.T) {
	const peers = maxUnknown/4 - 4 // below where addresses must be proven
	s := startSystem(t)
	hellos := recordHellos(t, peers)
	used := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc + m.StackInuse)
	}
	before := used()
	// A slow machine may have lost some of them, or ended the first before the last came.
	var last time.Time
	until(t, "half of the peers to come in", func() bool {
		if time.Since(last) > time.Second {
			last = time.Now()
			for _, h := range hellos {
				sendTo(t, s.route.Addr, h)
			}
		}
		return s.server.door.taken() >= peers/2
	})
	there := s.server.door.taken()
	each := (used() - before) / int64(max(there, s.server.door.taken()))
	t.Logf("a silent peer costs %d bytes", each)
	if each > unknownCost {
		t.Errorf("a peer that has shown nothing costs %d bytes, the bound is %d", each, unknownCost)
	}
}

// TestRoles: a game server sets weights, which are written down by name, and a
// gateway does not; a game server moves nobody.
func TestRoles(t *testing.T) {
	s := startSystem(t)
	s.stop()
	var out lockedBuffer
	s.cfg.Log = slog.New(slog.NewJSONHandler(&out, nil))
	s.cfg.Addr = "127.0.0.1:0"
	s.serve()
	weight := codec.SetWeight{Key: 77, Edge: 5, Weight: 9}.Append(nil)
	shop := s.rawStream(s.rawAs(identity.GameServer))
	shop.Write(append(goodHello().Append(nil), weight...))
	expect(t, shop, codec.TypeHello)
	until(t, "the audit record", func() bool {
		return strings.Contains(out.String(), `"msg":"audit","action":"set weight","by":"game-server/raw"`) &&
			strings.Contains(out.String(), `"hunt":"test/room","partition":0,"edge":5,"weight":9,"key":77`)
	})
	if n := s.metric("hunt_engine_frames_total", "side", "node", "direction", "in"); n != 1 {
		t.Errorf("%v frames reached the partition, want the game server's weight", n)
	}
	for name, stream := range map[string]struct {
		role  identity.Role
		frame []byte
	}{
		"weight frame may not be sent by a gateway":   {identity.Gateway, weight},
		"move frame may not be sent by a game-server": {identity.GameServer, codec.Move{Seq: 1}.Append(nil)},
	} {
		raw := s.rawStream(s.rawAs(stream.role))
		raw.Write(append(goodHello().Append(nil), stream.frame...))
		raw.Close()
		if _, last := rest(t, raw); last.Code != codec.ErrorIdentity || !strings.Contains(last.Text, name) {
			t.Errorf("%q: ends with %v", name, last)
		}
	}
	if n := s.metric("hunt_engine_frames_total", "side", "node", "direction", "in"); n != 1 {
		t.Errorf("%v frames reached the partition, want the game server's weight", n)
	}
}

// lockedBuffer is what a log is written to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestRefusalsAreLoggedOnceASecond: one line a second and cause, with a count.
func TestRefusalsAreLoggedOnceASecond(t *testing.T) {
	var out lockedBuffer
	r := newRefusals(slog.New(slog.NewTextHandler(&out, nil)))
	now := time.Now()
	r.now = func() time.Time { return now }
	for range 10 { // 10 s
		for range 100 {
			r.note("a", "refused")
			r.note("b", "refused")
			now = now.Add(10 * time.Millisecond)
		}
	}
	lines := strings.Count(out.String(), "\n")
	if lines != 20 || strings.Count(out.String(), "cause=a count=100") != 9 {
		t.Errorf("%d lines for two causes in 10 s:\n%s", lines, out.String())
	}
}

// TestLateHello: an identity alone costs no buffers: a stream whose hello has not
// come holds none.
func TestLateHello(t *testing.T) {
	s := startSystem(t)
	conn := s.raw()
	for range maxStreams {
		stream := s.rawStream(conn)
		if _, err := stream.Write([]byte{byte(codec.TypeHello)}); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "the streams to be there", func() bool { s.server.mu.Lock(); defer s.server.mu.Unlock(); return len(s.server.peers) == maxStreams })
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	for p := range s.server.peers {
		p.out.mu.Lock()
		taken := cap(p.out.fill) + cap(p.out.spare)
		p.out.mu.Unlock()
		if len(p.free) != 0 || taken != 0 {
			t.Fatal("a stream without a hello has buffers")
		}
	}
}

package engine

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/quic-go/quic-go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testHunt  = "test/room"
	testEpoch = codec.Epoch(7)
	// stuckPartition has an actor that never reads its mail.
	stuckPartition = 2
	// patience bounds every wait of a test; it is reached only by a failure.
	patience = time.Minute
)

// testAuthority is the cluster's of all tests.
var testAuthority = sync.OnceValues(func() (*identity.Authority, error) {
	return identity.Open(nil, func([]byte) error { return nil }, time.Now)
})

func testIdentity(t testing.TB, role identity.Role, name string) *identity.Identity {
	t.Helper()
	a, err := testAuthority()
	if err != nil {
		t.Fatal(err)
	}
	i, err := a.Identity(role, name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// actor is a partition's goroutine: it answers moves and notes who is gone.
type actor struct {
	mail   chan codec.Batch
	closed chan codec.Peer
	flood  chan int // answers a subscribe with as much as the peer takes, and says how many bytes that was
	ctx    context.Context
}

func (a *actor) Submit(ctx context.Context, b codec.Batch) error {
	select {
	case a.mail <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-a.ctx.Done():
		return errors.New("the partition stops; read the route again")
	}
}

func (a *actor) run(t *testing.T) {
	var out []byte
	for {
		var b codec.Batch
		select {
		case b = <-a.mail:
		case <-a.ctx.Done():
			return
		}
		if b.Closed {
			a.closed <- b.Peer
			continue
		}
		if now := Nanotime(); b.ReadAt <= 0 || b.ReadAt > now {
			t.Errorf("read at %d ns, now it is %d", b.ReadAt, now)
		}
		out = a.answer(t, b.Peer, b.Frames, out[:0])
		b.Peer.Recycle(b.Frames)
		if len(out) > 0 {
			b.Peer.Send(out)
		}
	}
}

func (a *actor) answer(t *testing.T, p codec.Peer, frames, out []byte) []byte {
	for len(frames) > 0 {
		kind, payload, rest, err := codec.Next(frames)
		if err != nil {
			t.Errorf("a batch is not whole frames: %v", err)
			return out
		}
		frames = rest
		switch kind {
		case codec.TypeMove:
			m, err := codec.ParseMove(payload)
			if err != nil {
				t.Errorf("a move came through that cannot be read: %v", err)
			}
			out = codec.Reply{Player: m.Player, Seq: m.Seq, Last: m.Seq, Hint: codec.NoHint(0)}.Append(out)
		case codec.TypeSubscribe:
			a.flood <- pour(p)
		}
	}
	return out
}

// pour sends until the peer takes no more.
func pour(p codec.Peer) (taken int) {
	var chunk []byte
	for len(chunk) < 32<<10 {
		chunk = codec.Delta{Seq: 1}.Append(chunk)
	}
	for p.Send(chunk) {
		taken += len(chunk)
	}
	return taken
}

// system is a node with three partitions and what it takes to reach it.
type system struct {
	t        *testing.T
	server   *Server
	registry *prometheus.Registry
	cfg      Config
	actors   [3]*actor
	route    codec.Route // of partition 0
	stop     func()      // the node, as its process would
}

func startSystem(t *testing.T) *system {
	t.Helper()
	node := testIdentity(t, identity.Node, "node")
	s := &system{t: t, registry: prometheus.NewRegistry()}
	s.cfg = Config{Addr: "127.0.0.1:0", Identity: node, Registerer: s.registry}
	s.route = codec.Route{Partition: 0, Epoch: testEpoch, KeyHash: node.KeyHash()}
	ctx, cancel := context.WithCancel(context.Background())
	var actors sync.WaitGroup
	for i := range s.actors {
		a := &actor{mail: make(chan codec.Batch), closed: make(chan codec.Peer, 64), flood: make(chan int, 64), ctx: ctx}
		s.actors[i] = a
		if i == stuckPartition {
			continue
		}
		actors.Go(func() { a.run(t) })
	}
	s.serve()
	t.Cleanup(func() {
		s.stop()
		cancel()
		actors.Wait()
	})
	return s
}

func (s *system) lookup(hunt string, p codec.PartitionID, epoch codec.Epoch) (Mailbox, error) {
	if hunt != testHunt || int(p) >= len(s.actors) {
		return nil, errors.New("this node does not have the partition; read the route again")
	}
	if epoch != testEpoch {
		return nil, codec.Error{Code: codec.ErrorEpoch, Text: "the epoch is 7; read the route again"}
	}
	return s.actors[p], nil
}

// serve starts the node at cfg.Addr.
func (s *system) serve() {
	s.t.Helper()
	server, err := Listen(s.cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.server = server
	s.cfg.Addr = server.Addr().String()
	s.route.Addr = s.cfg.Addr
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, s.lookup) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			s.t.Errorf("serve: %v", err)
		}
	})
}

func (s *system) client() *Client {
	s.t.Helper()
	c, err := NewClient(ClientConfig{Identity: testIdentity(s.t, identity.Gateway, "g1"), Gateway: 42, Hunt: testHunt, Bind: "127.0.0.1:0", Registerer: s.registry})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return c
}

func (s *system) to(p codec.PartitionID) codec.Route {
	r := s.route
	r.Partition = p
	return r
}

// metric is the value of a metric whose labels are a series of pairs.
func (s *system) metric(name string, labels ...string) float64 {
	s.t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			match := 0
			for _, l := range m.GetLabel() {
				for i := 0; i < len(labels); i += 2 {
					if l.GetName() == labels[i] && l.GetValue() == labels[i+1] {
						match++
					}
				}
			}
			if 2*match == len(labels) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	s.t.Fatalf("no metric %s%v", name, labels)
	return 0
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// wait takes the next value of c, or fails.
func wait[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
	}
	return v
}

// echo is an open link whose replies come through a channel.
func (s *system) echo(c *Client, p codec.PartitionID) (*Link, <-chan codec.Reply) {
	s.t.Helper()
	replies := make(chan codec.Reply, 4096)
	link, err := c.Open(within(s.t), s.to(p), func(frames []byte) {
		for len(frames) > 0 {
			_, payload, rest, err := codec.Next(frames)
			if err != nil {
				s.t.Errorf("received what is not whole frames: %v", err)
				return
			}
			r, err := codec.ParseReply(payload)
			if err != nil {
				s.t.Errorf("received a reply that cannot be read: %v", err)
			}
			replies <- r
			frames = rest
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return link, replies
}

func (s *system) roundTrip(l *Link, replies <-chan codec.Reply, seq codec.MoveSeq) {
	s.t.Helper()
	if !l.Send(codec.Move{Player: 9, Seq: seq}.Append(nil)) {
		s.t.Fatalf("the link takes no move: %v", l.Err())
	}
	if r := wait(s.t, replies, "a reply"); r.Seq != seq || r.Player != 9 {
		s.t.Fatalf("reply %+v to move %d", r, seq)
	}
}

// raw is a gateway of the test's own, which may send anything.
func (s *system) raw() *quic.Conn { return s.rawAs(identity.Gateway) }

func (s *system) rawAs(role identity.Role) *quic.Conn {
	s.t.Helper()
	conn, err := quic.DialAddr(within(s.t), s.route.Addr, testIdentity(s.t, role, "raw").Client(alpn, s.route.KeyHash), linkConfig())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.CloseWithError(0, "") })
	return conn
}

func (s *system) rawStream(conn *quic.Conn) *quic.Stream {
	s.t.Helper()
	stream, err := conn.OpenStreamSync(within(s.t))
	if err != nil {
		s.t.Fatal(err)
	}
	stream.SetDeadline(time.Now().Add(patience))
	return stream
}

func goodHello() codec.Hello {
	return codec.Hello{Version: codec.Version, Partition: 0, Epoch: testEpoch, Gateway: 42, Hunt: testHunt}
}

// rest reads the stream to its end and returns its frames' types and the error frame, if any.
func rest(t *testing.T, r io.Reader) (types []codec.Type, last codec.Error) {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read to the end after %d bytes: %v", len(b), err)
	}
	for len(b) > 0 {
		kind, payload, after, err := codec.Next(b)
		if err != nil {
			t.Fatalf("the node sent what is no frame: %v", err)
		}
		types = append(types, kind)
		if kind == codec.TypeError {
			if last, err = codec.ParseError(payload); err != nil || len(after) > 0 {
				t.Fatalf("an error frame that is not the last one (%d bytes after it), or wrong: %v", len(after), err)
			}
		}
		b = after
	}
	return types, last
}

// expect reads one frame.
func expect(t *testing.T, r io.Reader, want codec.Type) {
	t.Helper()
	kind, payload, err := readFrame(r, make([]byte, codec.MaxFrame))
	if err != nil || kind != want {
		t.Fatalf("read a %v frame %q, %v, want a %v", kind, payload, err, want)
	}
}

package engine

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
	"github.com/quic-go/quic-go"
)

const (
	burst  = 64   // moves a send, as a gateway under load has them
	flight = 1024 // moves without a reply
)

// mirror answers every move with a reply, on the reader's own goroutine.
type mirror struct{ out []byte }

func (m *mirror) Submit(_ context.Context, b codec.Batch) error {
	m.out = m.out[:0]
	for frames := b.Frames; len(frames) > 0; {
		_, payload, rest, err := codec.Next(frames)
		if err != nil {
			return err
		}
		move, err := codec.ParseMove(payload)
		if err != nil {
			return err
		}
		m.out = codec.Reply{Player: move.Player, Seq: move.Seq, Hint: codec.NoHint(0)}.Append(m.out)
		frames = rest
	}
	b.Peer.Recycle(b.Frames)
	b.Peer.Send(m.out)
	return nil
}

// pace lets at most flight moves be without a reply.
type pace struct {
	mu   sync.Mutex
	wake sync.Cond
	sent int
	back int
}

func newPace() *pace {
	p := &pace{}
	p.wake.L = &p.mu
	return p
}

func (p *pace) send(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.sent+n-p.back > flight {
		p.wake.Wait()
	}
	p.sent += n
}

func (p *pace) received(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.back += n
	p.wake.Signal()
}

func (p *pace) all(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.back < n {
		p.wake.Wait()
	}
}

// BenchmarkMoves moves b.N moves to a partition and their replies back over one
// link, then as many bytes both ways over a bare QUIC stream: the floor, which
// neither cuts, parses nor queues. It writes burst by burst, so the hop may
// come out below it where its queues merge bursts.
func BenchmarkMoves(b *testing.B) {
	moves := make([]byte, 0, burst*codec.MoveLen)
	for range burst {
		moves = codec.Move{Player: 1, Seq: 1}.Append(moves)
	}
	rounds := (b.N + burst - 1) / burst
	b.ReportAllocs()
	b.ResetTimer()
	hop := overHop(b, moves, rounds)
	b.StopTimer()
	floor := overStream(b, moves, rounds)
	total := float64(rounds * burst)
	b.ReportMetric(total/hop.Seconds(), "moves/s")
	b.ReportMetric(total/floor.Seconds(), "floor-moves/s")
	b.ReportMetric(hop.Seconds()/floor.Seconds(), "x-floor")
	b.ReportMetric(0, "ns/op")
}

func overHop(b *testing.B, moves []byte, rounds int) time.Duration {
	node := testIdentity(b, identity.Node, "node")
	server, err := Listen(Config{Addr: "127.0.0.1:0", Identity: node})
	if err != nil {
		b.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		server.Serve(b.Context(), func(string, codec.PartitionID, codec.Epoch) (Mailbox, error) { return &mirror{}, nil })
	})
	defer served.Wait()
	defer server.Close()
	client, err := NewClient(ClientConfig{Identity: testIdentity(b, identity.Gateway, "g1"), Hunt: testHunt, Bind: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	p := newPace()
	link, err := client.Open(b.Context(), codec.Route{Addr: server.Addr().String(), KeyHash: node.KeyHash()}, func(frames []byte) {
		p.received(count(frames))
	})
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	for range rounds {
		p.send(burst)
		if !link.Send(moves) {
			b.Fatal(link.Err())
		}
	}
	p.all(rounds * burst)
	return time.Since(begin)
}

func overStream(b *testing.B, moves []byte, rounds int) time.Duration {
	node := testIdentity(b, identity.Node, "node")
	listener, err := quic.ListenAddr("127.0.0.1:0", node.Server(alpn), nodeConfig(handshakePause))
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept(b.Context())
		if err != nil {
			return
		}
		stream, err := conn.AcceptStream(b.Context())
		if err != nil {
			return
		}
		in, out := make([]byte, len(moves)), make([]byte, burst*codec.ReplyLen)
		for {
			if _, err := io.ReadFull(stream, in); err != nil {
				return
			}
			if _, err := stream.Write(out); err != nil {
				return
			}
		}
	}()
	conn, err := quic.DialAddr(b.Context(), listener.Addr().String(), testIdentity(b, identity.Gateway, "g1").Client(alpn, node.KeyHash()), linkConfig())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.CloseWithError(0, "")
	stream, err := conn.OpenStreamSync(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	p := newPace()
	go func() {
		in := make([]byte, burst*codec.ReplyLen)
		for {
			if _, err := io.ReadFull(stream, in); err != nil {
				return
			}
			p.received(burst)
		}
	}()
	begin := time.Now()
	for range rounds {
		p.send(burst)
		if _, err := stream.Write(moves); err != nil {
			b.Fatal(err)
		}
	}
	p.all(rounds * burst)
	return time.Since(begin)
}

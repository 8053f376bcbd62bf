package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/quic-go/quic-go"
)

// Mailbox is a partition's actor as the hop sees it.
type Mailbox interface {
	// Submit hands a batch over. It may block: the gateway's sends then wait
	// too. It returns an error when ctx ends or the partition takes nothing
	// more; a codec.Error in it reaches the gateway, any other as ErrorStopping.
	// Whoever took the batch gives Frames back with Peer.Recycle, as they came
	// and once. After a peer's last frames comes a batch with Closed set.
	Submit(ctx context.Context, b codec.Batch) error
}

// Lookup finds the mailbox of a partition. It must not block. Its error ends
// the stream: a codec.Error says how (ErrorPartition, ErrorEpoch, ErrorStopping),
// any other is ErrorPartition.
type Lookup func(hunt string, p codec.PartitionID, epoch codec.Epoch) (Mailbox, error)

// Config is what a node listens with.
type Config struct {
	Addr       string                // host:port, UDP; port 0 picks a free one
	Identity   *identity.Identity    // of this node
	Registerer prometheus.Registerer // nil: no metrics
	Log        *slog.Logger          // nil: no log
}

// Server is a node's end of the hop.
type Server struct {
	log       *slog.Logger
	refusals  *refusals
	door      *door
	metrics   *metrics
	socket    net.PacketConn
	transport *quic.Transport
	listener  *quic.EarlyListener // its connections are met at the door
	close     func() error

	mu      sync.Mutex
	closing bool
	conns   map[*quic.Conn]struct{}
	peers   map[*peer]struct{}
}

// Listen opens the socket. Gateways are answered once Serve runs.
func Listen(cfg Config) (*Server, error) {
	if cfg.Identity == nil {
		return nil, errors.New("engine: listen: no identity: ask the cluster's authority for a node's")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{log: cfg.Log, refusals: newRefusals(cfg.Log), conns: map[*quic.Conn]struct{}{}, peers: map[*peer]struct{}{}}
	s.close = sync.OnceValue(s.shut)
	var err error
	if s.socket, err = net.ListenPacket("udp", cfg.Addr); err != nil {
		return nil, fmt.Errorf("engine: listen on %s: %w", cfg.Addr, err)
	}
	if s.metrics, err = newMetrics(cfg.Registerer, "node", s.queuedBytes, s.connections); err != nil {
		return nil, errors.Join(fmt.Errorf("engine: listen: %w", err), s.socket.Close())
	}
	s.door = &door{log: s.refusals, refused: s.metrics.refused}
	s.transport = newTransport(s.socket)
	s.transport.ConnContext, s.transport.VerifySourceAddress = s.door.enter, s.door.doubtful
	config := nodeConfig(handshakePause)
	config.GetConfigForClient = s.door.config
	if s.listener, err = s.transport.ListenEarly(cfg.Identity.Server(alpn), config); err != nil {
		s.metrics.close()
		return nil, errors.Join(fmt.Errorf("engine: listen on %s: %w", cfg.Addr, err), s.transport.Close(), s.socket.Close())
	}
	return s, nil
}

// Addr is the address that the node listens on, for its routes.
func (s *Server) Addr() net.Addr { return s.socket.LocalAddr() }

// Serve takes gateways until ctx ends or Close is called, which both return
// nil, or the socket fails. When it returns the server is closed and all its
// goroutines have ended. Call it once.
func (s *Server) Serve(ctx context.Context, lookup Lookup) error {
	var conns sync.WaitGroup
	var failed error
	for {
		conn, err := s.listener.Accept(ctx)
		if err != nil {
			if ctx.Err() == nil && !s.isClosing() {
				failed = fmt.Errorf("engine: accept a gateway: %w", err)
			}
			break
		}
		conns.Go(func() { s.serveConn(conn, lookup) })
	}
	err := s.Close()
	conns.Wait()
	return errors.Join(failed, err)
}

// serveConn takes the streams of a peer that has shown who it is, until the
// connection or the peer's certificate ends.
func (s *Server) serveConn(conn *quic.Conn, lookup Lookup) {
	who, err := s.door.meet(conn)
	if err != nil {
		return
	}
	if refusal := s.addConn(conn); refusal != "" {
		_ = conn.CloseWithError(quic.ApplicationErrorCode(codec.ErrorStopping), refusal) // it never fails
		return
	}
	expiry := time.AfterFunc(time.Until(who.Until), func() {
		_ = conn.CloseWithError(closeIdentity, "your certificate has ended; dial again with a new one") // it never fails
	})
	defer expiry.Stop()
	var streams sync.WaitGroup
	for {
		stream, err := conn.AcceptStream(context.Background()) // ends with the connection
		if err != nil {
			break
		}
		p := newPeer(s, stream, who, conn.RemoteAddr().String())
		if !s.addPeer(p) {
			stream.CancelRead(quic.StreamErrorCode(codec.ErrorStopping))
			stream.CancelWrite(quic.StreamErrorCode(codec.ErrorStopping))
			continue
		}
		streams.Go(func() {
			p.serve(lookup)
			s.removePeer(p)
		})
	}
	streams.Wait()
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
}

// Drop ends every stream of a partition with an error frame, for an actor that
// stops; it does not wait for them. Let the lookup refuse the partition first.
func (s *Server) Drop(hunt string, partition codec.PartitionID, code codec.ErrorCode, text string) {
	s.mu.Lock()
	var drop []*peer
	for p := range s.peers {
		if p.hello != nil && p.hello.Hunt == hunt && p.hello.Partition == partition {
			drop = append(drop, p)
		}
	}
	s.mu.Unlock()
	for _, p := range drop {
		p.end(codec.Error{Code: code, Text: text})
	}
}

// Close ends every stream with ErrorStopping, waits until the gateways have
// seen it, two graces at most, and closes the socket.
func (s *Server) Close() error { return s.close() }

func (s *Server) shut() error {
	const why = "the node stops; read the route again"
	s.mu.Lock()
	s.closing = true
	peers := make([]*peer, 0, len(s.peers))
	for p := range s.peers {
		peers = append(peers, p)
	}
	s.mu.Unlock()
	for _, p := range peers {
		p.end(codec.Error{Code: codec.ErrorStopping, Text: why})
	}
	for _, p := range peers {
		<-p.done
	}
	s.mu.Lock()
	conns := make([]*quic.Conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		_ = c.CloseWithError(quic.ApplicationErrorCode(codec.ErrorStopping), why) // it never fails
	}
	s.metrics.close()
	if err := errors.Join(s.listener.Close(), s.transport.Close(), s.socket.Close()); err != nil {
		return fmt.Errorf("engine: close: %w", err)
	}
	return nil
}

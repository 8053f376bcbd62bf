package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/internal/origin"
)

// server accepts connections and makes sessions of them.
type server struct {
	g         *Gateway
	wt        *webtransport.Server
	transport *quic.Transport
	tls       *tls.Config
	quic      *quic.Config
	admission *admission
	traffic   traffic
	wg        sync.WaitGroup
}

// connection is one QUIC connection; it carries one session.
type connection struct {
	quic  *quic.Conn
	taken atomic.Bool
}

type connectionKey struct{}

const errorExcessiveLoad = quic.ApplicationErrorCode(http3.ErrCodeExcessiveLoad)

func newServer(g *Gateway) *server {
	s := &server{
		g:         g,
		admission: newAdmission(),
		traffic:   traffic{conns: map[*quic.Conn]*packets{}},
		tls: http3.ConfigureTLSConfig(&tls.Config{
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return g.cfg.Certificate(), nil },
			MinVersion:     tls.VersionTLS13,
		}),
		quic: &quic.Config{
			HandshakeIdleTimeout:             handshakeTimeout,
			MaxIdleTimeout:                   idleTimeout,
			KeepAlivePeriod:                  keepAlive,
			InitialStreamReceiveWindow:       streamWindow,
			MaxStreamReceiveWindow:           maxStreamWindow,
			InitialConnectionReceiveWindow:   connWindow,
			MaxConnectionReceiveWindow:       maxConnWindow,
			MaxIncomingStreams:               maxStreams,
			MaxIncomingUniStreams:            maxUniStreams,
			EnableDatagrams:                  true,
			EnableStreamResetPartialDelivery: true,
			Allow0RTT:                        false, // a replayed first flight must not move anybody
		},
	}
	s.transport = &quic.Transport{Conn: g.udp, VerifySourceAddress: s.admission.mustProve, ConnContext: s.admit}
	if g.cfg.Reset != (codec.Hash{}) {
		s.transport.ConnectionIDLength = connectionID
		s.transport.StatelessResetKey = (*quic.StatelessResetKey)(&g.cfg.Reset)
	}
	mux := http.NewServeMux()
	mux.HandleFunc(Path, s.upgrade)
	s.wt = &webtransport.Server{
		H3: &http3.Server{
			Handler:        mux,
			MaxHeaderBytes: maxHeaderBytes,
			ConnContext: func(ctx context.Context, c *quic.Conn) context.Context {
				return context.WithValue(ctx, connectionKey{}, s.watch(c))
			},
		},
		Config: &webtransport.Config{
			MaxIncomingStreams:    sessionStreams,
			MaxIncomingUniStreams: sessionUniStreams,
			MaxIncomingData:       sessionData,
		},
		CheckOrigin: s.checkOrigin,
	}
	return s
}

// serve accepts connections until ctx ends; they go on until close.
func (s *server) serve(ctx context.Context) error {
	listener, err := s.transport.ListenEarly(s.tls, s.quic)
	if err != nil {
		return fmt.Errorf("gateway: listen for QUIC: %w", err)
	}
	defer listener.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.wg.Go(func() { s.sweep(ctx) })
	for {
		c, err := listener.Accept(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("gateway: accept a connection: %w", err)
		}
		s.traffic.watch(c)
		s.wg.Go(func() { s.prove(c) })
		s.wg.Go(func() {
			if err := s.wt.ServeQUICConn(c); err != nil && !errors.Is(err, http.ErrServerClosed) {
				s.g.log.Debug("gateway: a connection ended", "remote", c.RemoteAddr(), "err", err)
			}
		})
	}
}

// close ends every connection and gives the address back.
func (s *server) close() {
	_ = s.wt.Close()
	s.wg.Wait()
	_ = s.transport.Close()
	_ = s.g.udp.Close()
}

// watch closes a connection that opens no session in time: keep-alives would
// hold it for ever.
func (s *server) watch(c *quic.Conn) *connection {
	conn := &connection{quic: c}
	late := time.AfterFunc(helloTimeout, func() {
		if conn.taken.CompareAndSwap(false, true) {
			s.fail("timeout")
			_ = c.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeRequestRejected), "no session was opened at "+Path)
		}
	})
	context.AfterFunc(c.Context(), func() { late.Stop() })
	return conn
}

func (s *server) checkOrigin(r *http.Request) bool {
	text := r.Header.Get("Origin")
	if text == "" {
		return true
	}
	o, err := origin.Parse(text)
	return err == nil && s.g.origins[o]
}

// upgrade makes a session of a request and serves it to its end.
func (s *server) upgrade(w http.ResponseWriter, r *http.Request) {
	conn := r.Context().Value(connectionKey{}).(*connection)
	if !s.checkOrigin(r) {
		s.fail("origin")
		http.Error(w, "this origin may not open sessions: "+r.Header.Get("Origin"), http.StatusForbidden)
		return
	}
	if r.Method != http.MethodConnect {
		s.fail("upgrade")
		http.Error(w, "open a WebTransport session here", http.StatusMethodNotAllowed)
		return
	}
	if !conn.taken.CompareAndSwap(false, true) {
		s.fail("second_session")
		http.Error(w, "a connection carries one session", http.StatusTooManyRequests)
		return
	}
	wt, err := s.wt.Upgrade(w, r)
	if err != nil {
		s.fail("upgrade")
		s.g.log.Debug("gateway: no session", "remote", r.RemoteAddr, "err", err)
		w.WriteHeader(http.StatusBadRequest)
		_ = conn.quic.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeRequestRejected), "no WebTransport")
		return
	}
	newPeer(s.g, wt, conn.quic).serve()
}

func (s *server) fail(reason string) { s.g.metrics.handshakes.WithLabelValues(reason).Inc() }

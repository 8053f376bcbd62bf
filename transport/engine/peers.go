package engine

import (
	"github.com/huntgraph/huntgraph/codec"
	"github.com/quic-go/quic-go"
)

// What a server knows of its connections and peers. The lock is held for the
// maps and a peer's hello alone, never around a call to either.

// addConn takes a connection in, or says why not.
func (s *Server) addConn(c *quic.Conn) (refusal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return "the node stops; read the route again"
	}
	if len(s.conns) >= maxConns {
		s.metrics.refused.WithLabelValues("connections").Inc()
		s.refusals.note("connections", "engine hop: a peer was refused", "from", c.RemoteAddr().String(), "why", "the node has all the connections that it takes")
		return "the node has all the gateways that it takes; add a node"
	}
	s.conns[c] = struct{}{}
	return ""
}

func (s *Server) addPeer(p *peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.peers[p] = struct{}{}
	}
	return !s.closing
}

func (s *Server) removePeer(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.peers, p)
}

// greet notes what a peer asks for.
func (s *Server) greet(p *peer, h *codec.Hello) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.hello = h
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// ending counts and logs that the node gave a stream up.
func (s *Server) ending(p *peer, last codec.Error) {
	if reason(last.Code) == "" {
		return
	}
	s.metrics.rejected[last.Code].Inc()
	if last.Code == codec.ErrorPartition || last.Code == codec.ErrorEpoch || last.Code == codec.ErrorStopping {
		s.log.Debug("engine hop: stream ended", "peer", p.who.String(), "from", p.from, "cause", reason(last.Code), "text", last.Text)
		return // a route that changes: the gateway asks again
	}
	s.refusals.note(reason(last.Code), "engine hop: stream ended", "peer", p.who.String(), "from", p.from, "text", last.Text)
}

// queuedBytes and connections are read at a scrape.
func (s *Server) queuedBytes() float64 {
	s.mu.Lock()
	peers := make([]*peer, 0, len(s.peers))
	for p := range s.peers {
		peers = append(peers, p)
	}
	s.mu.Unlock()
	n := 0
	for _, p := range peers {
		n += p.out.queued()
	}
	return float64(n)
}

func (s *Server) connections() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return float64(len(s.conns))
}

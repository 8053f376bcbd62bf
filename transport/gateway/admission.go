package gateway

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"golang.org/x/time/rate"
)

// admission decides which connections the gateway takes. Only those whose client
// has shown that it receives at its address count, by a Retry or by the end of
// its handshake; so many handshakes a second may do without a Retry that the
// others are few.
//
// A source, which is an address prefix, may have as many connections as are left
// free. So one alone takes half of them at most, n together leave one part in
// n+1 to the next, and no address needs a rule of its own.
type admission struct {
	unproven *rate.Limiter // handshakes of addresses that have shown nothing

	mu      sync.Mutex
	open    int
	sources map[netip.Prefix]*source
}

// source is what the gateway knows of an address prefix.
type source struct {
	open       int
	handshakes *rate.Limiter
}

// Why a connection is refused: label values.
const (
	refuseFull       = "full"
	refuseSource     = "source"
	refuseHandshakes = "handshakes"
)

func newAdmission() *admission {
	return &admission{
		unproven: rate.NewLimiter(unprovenRate, unprovenBurst),
		sources:  map[netip.Prefix]*source{},
	}
}

// mustProve asks a client for a proof of its address, by a Retry.
func (a *admission) mustProve(net.Addr) bool { return !a.unproven.Allow() }

// take counts a connection; it is not taken if there is a reason.
func (a *admission) take(p netip.Prefix) (reason string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.sources[p]
	if s == nil {
		if len(a.sources) >= maxSources {
			return refuseFull
		}
		s = &source{handshakes: rate.NewLimiter(sourceRate, sourceBurst)}
		a.sources[p] = s
	}
	switch {
	case !s.handshakes.Allow():
		return refuseHandshakes
	case a.open >= maxConnections:
		return refuseFull
	case s.open >= maxConnections-a.open:
		return refuseSource
	}
	a.open++
	s.open++
	return ""
}

// give takes back what take counted.
func (a *admission) give(p netip.Prefix) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	a.sources[p].open--
}

// prune forgets the sources of which there is nothing to know.
func (a *admission) prune() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for p, s := range a.sources {
		if s.open == 0 && s.handshakes.Tokens() >= sourceBurst {
			delete(a.sources, p)
		}
	}
}

// sourceOf is the prefix that an address is counted under: an IPv4 address itself,
// behind which a whole household may be, and as much of an IPv6 address as a
// household is given.
func sourceOf(addr net.Addr) netip.Prefix {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip := udp.AddrPort().Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = sourceBits
	}
	p, _ := ip.Prefix(bits) // bits are within the address's
	return p
}

type admittedKey struct{}

var errRefused = errors.New("gateway: the connection is refused")

// admit is asked at a connection's first packet. One from an address that has
// shown nothing is counted when its handshake is complete.
func (s *server) admit(ctx context.Context, c *quic.ClientInfo) (context.Context, error) {
	if !c.AddrVerified {
		return ctx, nil
	}
	source := sourceOf(c.RemoteAddr)
	if reason := s.admission.take(source); reason != "" {
		s.fail(reason)
		return nil, errRefused
	}
	context.AfterFunc(ctx, func() { s.admission.give(source) })
	return context.WithValue(ctx, admittedKey{}, true), nil
}

// prove counts a connection once its handshake is complete, if it is not counted
// yet, and ends it if it is not taken.
func (s *server) prove(c *quic.Conn) {
	if c.Context().Value(admittedKey{}) != nil {
		return
	}
	select {
	case <-c.HandshakeComplete():
	case <-c.Context().Done():
		return
	}
	source := sourceOf(c.RemoteAddr())
	if reason := s.admission.take(source); reason != "" {
		s.fail(reason)
		_ = c.CloseWithError(errorExcessiveLoad, "the gateway takes no more connections from here: try later")
		return
	}
	context.AfterFunc(c.Context(), func() { s.admission.give(source) })
}

// traffic watches what connections send below their messages: datagrams, frames
// and streams that nobody reads cost the processor too.
type traffic struct {
	mu    sync.Mutex
	conns map[*quic.Conn]*packets
}

// packets are those that a connection sent beyond the gateway's own, which it
// has to acknowledge.
type packets struct {
	before int64
	over   int // sweeps in a row at which there were too many
}

// watch follows a connection until it ends.
func (t *traffic) watch(c *quic.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns[c] = &packets{}
	context.AfterFunc(c.Context(), func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.conns, c)
	})
}

// sweep returns the connections that sent too much for too long.
func (t *traffic) sweep() (guilty []*quic.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c, p := range t.conns {
		stats := c.ConnectionStats()
		now := int64(stats.PacketsReceived) - int64(stats.PacketsSent)
		if now-p.before > maxPackets {
			p.over++
		} else {
			p.over = 0
		}
		p.before = now
		if p.over >= maxPacketSweeps {
			guilty = append(guilty, c)
		}
	}
	return guilty
}

// sweep looks after connections until ctx ends.
func (s *server) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		s.admission.prune()
		for _, c := range s.traffic.sweep() {
			s.g.metrics.reject(rejectPackets)
			_ = c.CloseWithError(errorExcessiveLoad, "too many packets that carry no message")
		}
	}
}

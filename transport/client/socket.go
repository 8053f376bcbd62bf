package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/quic-go/quic-go"
)

// Socket is a UDP socket that any number of sessions share, for programs that
// play many players: one descriptor and one port for all, and on the network
// interface of the gateway alone. A session without one opens its own.
type Socket struct {
	conn      net.PacketConn
	transport *quic.Transport
}

// OpenSocket opens a socket at the address from which this machine reaches the
// gateway, so on loopback for a gateway on loopback. ctx bounds the look-up of its
// name. Close the socket when its sessions are over.
func OpenSocket(ctx context.Context, gateway string) (*Socket, error) {
	u, err := url.Parse(gateway)
	if err != nil {
		return nil, fmt.Errorf("client: open a socket to %q: %w", gateway, err)
	}
	local, _, err := route(ctx, u.Host)
	if err != nil {
		return nil, fmt.Errorf("client: find the way to %s: %w", gateway, err)
	}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: local.IP, Zone: local.Zone})
	if err != nil {
		return nil, fmt.Errorf("client: open a socket to %s: %w", gateway, err)
	}
	return &Socket{conn: conn, transport: &quic.Transport{Conn: conn}}, nil
}

// Addr is the socket's own address.
func (s *Socket) Addr() net.Addr { return s.conn.LocalAddr() }

// Close ends every session on the socket.
func (s *Socket) Close() error {
	if err := errors.Join(s.transport.Close(), s.conn.Close()); err != nil {
		return fmt.Errorf("client: close a socket: %w", err)
	}
	return nil
}

// dial is webtransport's way to a QUIC connection.
func (s *Socket) dial(ctx context.Context, addr string, t *tls.Config, c *quic.Config) (*quic.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	_, to, err := route(ctx, addr)
	if err != nil {
		return nil, err
	}
	if t.ServerName == "" {
		t.ServerName = host
	}
	return s.transport.DialEarly(ctx, to, t, c)
}

// route is the near and the far end of the way to an address, whose name is
// looked up. Nothing is sent.
func route(ctx context.Context, addr string) (local, remote *net.UDPAddr, err error) {
	var d net.Dialer
	probe, err := d.DialContext(ctx, "udp", addr)
	if err != nil {
		return nil, nil, err
	}
	return probe.LocalAddr().(*net.UDPAddr), probe.RemoteAddr().(*net.UDPAddr), probe.Close()
}

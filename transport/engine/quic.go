package engine

import (
	"crypto/rand"
	"net"
	"time"

	"github.com/quic-go/quic-go"
)

// alpn names the protocol in the TLS handshake; a hello's version comes after it.
const alpn = "hunt-engine/2"

// nodeConfig is the node's side of a connection whose handshake may pause for a
// time. The windows start at their ends: they are small, so there is nothing to
// tune.
func nodeConfig(pause time.Duration) *quic.Config {
	return &quic.Config{
		HandshakeIdleTimeout:           pause,
		MaxIdleTimeout:                 idle,
		InitialStreamReceiveWindow:     nodeStreamWindow,
		MaxStreamReceiveWindow:         nodeStreamWindow,
		InitialConnectionReceiveWindow: nodeConnWindow,
		MaxConnectionReceiveWindow:     nodeConnWindow,
		MaxIncomingStreams:             maxStreams,
		MaxIncomingUniStreams:          -1,
		Allow0RTT:                      false,
	}
}

// linkConfig is the gateway's side. Only it sends keep-alives: one side is
// enough for both to notice an end.
func linkConfig() *quic.Config {
	return &quic.Config{
		HandshakeIdleTimeout:           handshakeWait,
		MaxIdleTimeout:                 idle,
		KeepAlivePeriod:                keepAlive,
		InitialStreamReceiveWindow:     linkStreamWindow,
		MaxStreamReceiveWindow:         linkStreamWindow,
		InitialConnectionReceiveWindow: linkConnWindow,
		MaxConnectionReceiveWindow:     linkConnWindow,
		MaxIncomingStreams:             -1,
		MaxIncomingUniStreams:          -1,
	}
}

// newTransport runs QUIC on a socket. It answers packets of connections that it has
// given up with a reset: after both ends stood still for longer than they believe in each
// other, one of them gives up first, and the other would wait for another idle.
func newTransport(socket net.PacketConn) *quic.Transport {
	var key quic.StatelessResetKey
	_, _ = rand.Read(key[:]) // it never fails
	return &quic.Transport{Conn: socket, ConnectionIDLength: connectionID, StatelessResetKey: &key}
}

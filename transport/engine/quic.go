package engine

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/quic-go/quic-go"
)

// alpn names the protocol in the TLS handshake; a hello's version comes after it.
const alpn = "hunt-engine/1"

// nodeConfig is the node's side of a connection. The windows start at their
// ends: they are small, so there is nothing to tune.
func nodeConfig() *quic.Config {
	return &quic.Config{
		HandshakeIdleTimeout:           handshakeWait,
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

func nodeTLS(certificate tls.Certificate) *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{certificate},
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{alpn},
		SessionTicketsDisabled: true,
	}
}

// linkTLS trusts one certificate alone, whatever its names and dates: that its
// hash stands in the route is what makes it the node's.
func linkTLS(pin codec.Hash) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // replaced by VerifyConnection
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("the node showed no certificate")
			}
			if got := codec.Hash(sha256.Sum256(state.PeerCertificates[0].Raw)); got != pin {
				return fmt.Errorf("the node's certificate is %x, the route says %x: "+
					"another process has the address, or the route is old; read the route again", got[:8], pin[:8])
			}
			return nil
		},
		MinVersion: tls.VersionTLS13,
		NextProtos: []string{alpn},
	}
}

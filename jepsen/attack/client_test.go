package attack

import (
	"context"
	"crypto/tls"
	"net"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"
	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/jepsen"
	"github.com/huntgraph/huntgraph/transport/client"
)

// attacker is an address that attacks come from: one UDP socket for all of its
// connections.
type attacker struct{ *quic.Transport }

// from binds a socket of an address, as 127.0.0.2.
func from(t *testing.T, address string) attacker {
	t.Helper()
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(address)})
	if err != nil {
		t.Skipf("this machine has no address %s: %v", address, err)
	}
	a := attacker{&quic.Transport{Conn: udp}}
	t.Cleanup(func() { _, _ = a.Close(), udp.Close() })
	return a
}

// session is a client without manners.
type session struct {
	*webtransport.Session
	stream *webtransport.Stream
}

// open opens a session and its stream, and says nothing.
func (a attacker) open(ctx context.Context, o client.Options) (*session, error) {
	dialer := &webtransport.Transport{
		TLSClientConfig: &tls.Config{NextProtos: []string{http3.NextProtoH3}, InsecureSkipVerify: true},
		QUICConfig:      &quic.Config{EnableDatagrams: true, EnableStreamResetPartialDelivery: true},
		DialAddr: func(ctx context.Context, addr string, t *tls.Config, q *quic.Config) (*quic.Conn, error) {
			to, err := net.ResolveUDPAddr("udp", addr)
			if err != nil {
				return nil, err
			}
			return a.Dial(ctx, to, t, q)
		},
	}
	_, wt, err := dialer.Dial(ctx, o.URL, nil)
	if err != nil {
		return nil, err
	}
	stream, err := wt.OpenStreamSync(ctx)
	if err != nil {
		_ = wt.CloseWithError(0, "")
		return nil, err
	}
	return &session{wt, stream}, nil
}

// enter opens a session as a player and says hello.
func (a attacker) enter(ctx context.Context, h *hunt, player codec.PlayerID) (*session, error) {
	o, err := jepsen.SessionOf(ctx, h.Page, player)
	if err != nil {
		return nil, err
	}
	s, err := a.open(ctx, o)
	if err != nil {
		return nil, err
	}
	return s, s.say(&huntpb.ClientMessage{Body: &huntpb.ClientMessage_Hello{Hello: &huntpb.Hello{Version: huntpb.ProtocolVersion, Token: o.Token}}})
}

// say writes messages, which waits while the gateway does not read.
func (s *session) say(messages ...proto.Message) error {
	b, err := delimited(messages...)
	if err == nil {
		_, err = s.stream.Write(b)
	}
	return err
}

func delimited(messages ...proto.Message) (b []byte, err error) {
	for _, m := range messages {
		if b, err = huntpb.AppendDelimited(b, m); err != nil {
			return nil, err
		}
	}
	return b, nil
}

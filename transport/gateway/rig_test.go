package gateway_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// raw is a client without manners.
type raw struct {
	t      *testing.T
	ctx    context.Context
	wt     *webtransport.Session
	stream *webtransport.Stream
	in     *bufio.Reader
}

// connect opens a session's stream and says nothing.
func connect(t *testing.T, r *rig.Rig, header http.Header) (*raw, int, error) {
	t.Helper()
	return connectFrom(t, r, "", header)
}

// connectFrom connects from an address of this machine; "" lets the kernel choose.
func connectFrom(t *testing.T, r *rig.Rig, address string, header http.Header) (*raw, int, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), rig.Wait)
	t.Cleanup(cancel)
	dialer := &webtransport.Transport{
		// The limits of a session as Safari announces them: its flow control is on.
		Config: &webtransport.Config{MaxIncomingStreams: 1, MaxIncomingUniStreams: 1, MaxIncomingData: 64 << 10},
		TLSClientConfig: &tls.Config{NextProtos: []string{http3.NextProtoH3}, InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
			if !slices.Contains(r.Hashes(), codec.Hash(sha256.Sum256(s.PeerCertificates[0].Raw))) {
				t.Error("another certificate")
			}
			return nil
		}},
		QUICConfig: &quic.Config{EnableDatagrams: true, EnableStreamResetPartialDelivery: true},
	}
	if address != "" {
		udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(address)})
		if err != nil {
			t.Skipf("this machine has no address %s: %v", address, err)
		}
		transport := &quic.Transport{Conn: udp}
		t.Cleanup(func() { _, _ = transport.Close(), udp.Close() })
		dialer.DialAddr = func(ctx context.Context, addr string, tlsConfig *tls.Config, config *quic.Config) (*quic.Conn, error) {
			to, err := net.ResolveUDPAddr("udp", addr)
			if err != nil {
				return nil, err
			}
			return transport.Dial(ctx, to, tlsConfig, config)
		}
	}
	response, wt, err := dialer.Dial(ctx, r.URL, header)
	if err != nil {
		status := 0
		if response != nil {
			status = response.StatusCode
		}
		return nil, status, err
	}
	c := &raw{t: t, ctx: ctx, wt: wt}
	t.Cleanup(c.close)
	if c.stream, err = wt.OpenStreamSync(ctx); err != nil {
		t.Fatal(err)
	}
	c.in = bufio.NewReaderSize(c.stream, huntpb.MaxServerMessage)
	return c, http.StatusOK, nil
}

func (c *raw) close() { _ = c.wt.CloseWithError(0, "") }

// enter connects, says hello and waits for the welcome.
func enter(t *testing.T, r *rig.Rig, player codec.PlayerID) *raw {
	t.Helper()
	c, _, err := connect(t, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.say(hello(r.Token(player)))
	c.next("welcome", func(m *huntpb.ServerMessage) bool { return m.GetWelcome() != nil })
	return c
}

// join enters and joins.
func join(t *testing.T, r *rig.Rig, player codec.PlayerID) *raw {
	t.Helper()
	c := enter(t, r, player)
	// Not now, says the gateway while it has no link, and asks when it has one.
	c.say(&huntpb.ClientMessage{Body: &huntpb.ClientMessage_Join{Join: &huntpb.Join{Name: "raw"}}})
	c.next("joined", func(m *huntpb.ServerMessage) bool {
		return m.GetJoined() != nil && m.GetJoined().Code == huntpb.Code_CODE_OK
	})
	return c
}

func hello(token string) *huntpb.ClientMessage {
	return &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Hello{Hello: &huntpb.Hello{Version: huntpb.ProtocolVersion, Token: token}}}
}

func move(seq, edge uint32) *huntpb.ClientMessage {
	return &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Move{Move: &huntpb.Move{Seq: seq, Edge: edge}}}
}

func subscribe(areas ...uint32) *huntpb.ClientMessage {
	return &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Subscribe{Subscribe: &huntpb.Subscribe{Areas: areas, All: len(areas) == 0}}}
}

func ping(stamp uint64) *huntpb.ClientMessage {
	return &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Ping{Ping: &huntpb.Ping{Stamp: stamp}}}
}

func (c *raw) say(messages ...proto.Message) {
	c.t.Helper()
	var b []byte
	var err error
	for _, m := range messages {
		if b, err = huntpb.AppendDelimited(b, m); err != nil {
			c.t.Fatal(err)
		}
	}
	c.write(b)
}

func (c *raw) write(b []byte) {
	c.t.Helper()
	if _, err := c.stream.Write(b); err != nil {
		c.t.Fatal("write:", err)
	}
}

// next reads until a message is the one.
func (c *raw) next(what string, is func(*huntpb.ServerMessage) bool) *huntpb.ServerMessage {
	c.t.Helper()
	stop := context.AfterFunc(c.ctx, func() { _ = c.stream.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		m := new(huntpb.ServerMessage)
		if err := huntpb.ReadDelimited(c.in, huntpb.MaxServerMessage, m); err != nil {
			c.t.Fatalf("no %s came: %v", what, err)
		}
		if is(m) {
			return m
		}
	}
}

// fatal waits for a fatal error and the end of the session.
func (c *raw) fatal() *huntpb.Error {
	c.t.Helper()
	m := c.next("fatal error", func(m *huntpb.ServerMessage) bool { return m.GetError().GetFatal() })
	if err := huntpb.ReadDelimited(c.in, huntpb.MaxServerMessage, new(huntpb.ServerMessage)); err == nil {
		c.t.Error("a message after the fatal error")
	}
	return m.GetError()
}

// alive shows that the session goes on.
func (c *raw) alive() {
	c.t.Helper()
	c.say(ping(99))
	c.next("pong", func(m *huntpb.ServerMessage) bool { return m.GetPong().GetStamp() == 99 })
}

package client

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// Options say where to play and as whom.
type Options struct {
	URL        string       // https://host:port/hunt
	CertHashes []codec.Hash // SHA-256 of the certificates that the gateway may show, DER; none: the system's roots decide
	Token      string       // who the player is
	Socket     *Socket      // that the session shares with others; nil: one of its own
	Handlers   Handlers
}

// Handlers get what the gateway sends, one call at a time, in order (positions
// by datagram may overtake the rest). They must return soon and must not call the
// session's Join, Move or Leave, whose answers come the same way. A message is
// the handler's to keep. A nil handler is none.
type Handlers struct {
	OnJoined     func(*huntpb.Joined) // every answer to a join or leave; also unasked, after an interruption
	OnReply      func(*huntpb.Reply)
	OnGrant      func(*huntpb.Grant)
	OnDurable    func(*huntpb.Durable)
	OnDeltas     func(*huntpb.Deltas)
	OnPositions  func(*huntpb.Positions)
	OnTreasures  func(*huntpb.Treasures)
	OnRoundEvent func(*huntpb.RoundEvent)
	OnScore      func(*huntpb.Score) // the player's, of the round that it names
	OnState      func(*huntpb.State)
	OnError      func(*Error) // the fatal one too
}

// Dial opens a session and says hello. ctx bounds the dialling alone. An error
// that the gateway gives is an *Error (bad token, version); a certificate of
// another hash is said to be that.
func Dial(ctx context.Context, o Options) (*Session, error) {
	transport := &webtransport.Transport{
		TLSClientConfig: pinned(o.CertHashes),
		QUICConfig: &quic.Config{
			MaxIdleTimeout:                   maxIdle,
			KeepAlivePeriod:                  keepAlive,
			InitialStreamReceiveWindow:       streamWindow,
			MaxStreamReceiveWindow:           maxWindow,
			InitialConnectionReceiveWindow:   streamWindow,
			MaxConnectionReceiveWindow:       maxWindow,
			MaxIncomingStreams:               -1, // a gateway opens none
			EnableDatagrams:                  true,
			EnableStreamResetPartialDelivery: true,
		},
	}
	dial := connect
	if o.Socket != nil {
		dial = o.Socket.dial
	}
	// The library waits for some answers without a context: they end with the connection.
	keep := func() bool { return true }
	transport.DialAddr = func(ctx context.Context, addr string, t *tls.Config, q *quic.Config) (*quic.Conn, error) {
		conn, err := dial(ctx, addr, t, q)
		if err == nil {
			keep = context.AfterFunc(ctx, func() { _ = conn.CloseWithError(0, "") })
		}
		return conn, err
	}
	response, wt, err := transport.Dial(ctx, o.URL, nil)
	if err != nil {
		if !keep() {
			err = context.Cause(ctx)
		}
		if response != nil && response.StatusCode != http.StatusOK {
			err = fmt.Errorf("the gateway refuses with %d %s", response.StatusCode, http.StatusText(response.StatusCode))
		}
		return nil, fmt.Errorf("client: dial %s: %w", o.URL, err)
	}
	s := newSession(o, wt)
	err = s.hello(ctx, o.Token)
	if !keep() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = wt.CloseWithError(0, "")
		return nil, fmt.Errorf("client: say hello at %s: %w", o.URL, err)
	}
	s.start()
	return s, nil
}

// connect dials from a socket of the connection's own. The library's way looks a host
// up without a context.
func connect(ctx context.Context, addr string, t *tls.Config, q *quic.Config) (*quic.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	_, to, err := route(ctx, addr)
	if err != nil {
		return nil, err
	}
	t.ServerName = host
	return quic.DialAddrEarly(ctx, to.String(), t, q)
}

// pinned takes the certificates with these hashes alone, while they are valid, as
// browsers do with serverCertificateHashes.
func pinned(hashes []codec.Hash) *tls.Config {
	c := &tls.Config{NextProtos: []string{http3.NextProtoH3}, MinVersion: tls.VersionTLS13}
	if len(hashes) == 0 {
		return c
	}
	c.InsecureSkipVerify = true // the hash is stricter than a name and a chain
	c.VerifyConnection = func(state tls.ConnectionState) error {
		c := state.PeerCertificates[0]
		if got := codec.Hash(sha256.Sum256(c.Raw)); !slices.Contains(hashes, got) {
			return fmt.Errorf("the certificate's hash is %x, which is none of the %d pinned: the gateway has a new one, ask for its hash", got[:8], len(hashes))
		}
		if now := time.Now(); now.Before(c.NotBefore) || now.After(c.NotAfter) {
			return fmt.Errorf("the certificate is valid from %v to %v, and here it is %v: the gateway must renew it, or a clock is wrong",
				c.NotBefore, c.NotAfter, now.UTC().Truncate(time.Second))
		}
		return nil
	}
	return c
}

// hello opens the stream and waits for the welcome; the end of ctx ends the connection.
func (s *Session) hello(ctx context.Context, token string) error {
	var err error
	if s.stream, err = s.wt.OpenStreamSync(ctx); err != nil {
		return closedBy(err)
	}
	s.in = bufio.NewReaderSize(s.stream, huntpb.MaxServerMessage)
	b, err := huntpb.AppendDelimited(nil, &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Hello{
		Hello: &huntpb.Hello{Version: huntpb.ProtocolVersion, Token: token}}})
	if err != nil {
		return err
	}
	_, unsaid := s.stream.Write(b) // the gateway may say why it does not read
	var m huntpb.ServerMessage
	if err := huntpb.ReadDelimited(s.in, huntpb.MaxServerMessage, &m); err != nil {
		return errors.Join(closedBy(err), unsaid)
	}
	if e := m.GetError(); e != nil {
		return &Error{e.Code, e.Text, e.Fatal}
	}
	if s.welcome = m.GetWelcome(); s.welcome == nil {
		return errors.New("the gateway does not answer with a welcome: is it one?")
	}
	return nil
}

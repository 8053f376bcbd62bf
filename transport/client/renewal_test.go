package client_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/cert"
	"github.com/huntgraph/huntgraph/transport/client"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
	"github.com/huntgraph/huntgraph/transport/token"
)

// TestRenewedCertificate: sessions stay when the gateway's certificate is renewed, and
// hashes that a client was given are good for a period.
func TestRenewedCertificate(t *testing.T) {
	now := time.Now()
	r := rig.Start(t, rig.Options{Certified: now.Add(-2 * cert.Period)})
	before := r.Hashes()
	enter := func(player codec.PlayerID, hashes []codec.Hash) (*client.Session, error) {
		return client.Dial(deadline(t), client.Options{URL: r.URL, CertHashes: hashes, Token: r.Token(player)})
	}
	session := dial(t, r, 1, client.Handlers{})
	join(t, session)
	renew := func(at time.Time) {
		t.Helper()
		served := r.Hashes()[0]
		if err := r.Certs.Renew(at); err != nil || r.Hashes()[0] == served {
			t.Fatalf("not renewed: %v", err)
		}
	}

	renew(now.Add(-cert.Period))
	other, err := enter(2, before)
	if err != nil {
		t.Fatalf("a period after the client was given its hashes: %v", err)
	}
	defer other.Close()
	renew(now)
	if s, err := enter(3, before); err == nil || !strings.Contains(err.Error(), "none of the 2 pinned") {
		if err == nil {
			s.Close()
		}
		t.Errorf("with hashes of two periods ago: %v", err)
	}
	third, err := enter(3, r.Hashes())
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	move(t, session, 0, huntpb.Code_CODE_OK)
}

// TestExpiredCertificate: a pinned certificate that is over is refused, as browsers do.
func TestExpiredCertificate(t *testing.T) {
	r := rig.Start(t, rig.Options{Certified: time.Now().Add(-cert.Lifetime)})
	_, err := client.Dial(deadline(t), client.Options{URL: r.URL, CertHashes: r.Hashes(), Token: r.Token(1)})
	if err == nil || !strings.Contains(err.Error(), "the gateway must renew it") {
		t.Errorf("dialled with %v", err)
	}
}

// TestBotRenews: a bot whose hashes and token are not good any more asks for new ones, and
// gives up when what it is given is refused.
func TestBotRenews(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	for name, tc := range map[string]struct {
		first, renewed client.Options
		gives          bool // up
	}{
		"another certificate": {client.Options{CertHashes: []codec.Hash{{1}}, Token: r.Token(1)}, client.Options{CertHashes: r.Hashes(), Token: r.Token(1)}, false},
		"another token":       {client.Options{CertHashes: r.Hashes(), Token: "x"}, client.Options{CertHashes: r.Hashes(), Token: r.Token(2)}, false},
		"a refused token":     {client.Options{CertHashes: r.Hashes(), Token: "x"}, client.Options{CertHashes: r.Hashes(), Token: "y"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(deadline(t))
			defer cancel()
			replies, onReply := feed[*huntpb.Reply](t)
			tc.first.URL, tc.renewed.URL, tc.first.Handlers.OnReply = r.URL, r.URL, onReply
			b, err := client.NewBot(client.BotOptions{
				Options: tc.first, Rate: 100,
				Renew: func(context.Context) (client.Options, error) { return tc.renewed, nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			ran := make(chan error, 1)
			go func() { ran <- b.Run(ctx) }()
			if !tc.gives {
				until(t, replies, "reply", func(*huntpb.Reply) bool { return true })
				cancel()
			}
			if err := <-ran; client.IsCode(err, huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN) != tc.gives {
				t.Errorf("it ended with %v", err)
			}
			if s := b.Stats(); s.Out != 0 != tc.gives || s.Failures == 0 {
				t.Errorf("%d failures, out %d", s.Failures, s.Out)
			}
		})
	}
}

// TestBotOutlivesItsToken: a session ends with its token, and a bot goes on with another.
func TestBotOutlivesItsToken(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	ctx, cancel := context.WithCancel(deadline(t))
	defer cancel()
	joins := make(chan struct{}, 1) // also where there is nowhere to go to
	b, err := client.NewBot(client.BotOptions{
		Options: client.Options{URL: r.URL, CertHashes: r.Hashes(), Token: r.TokenOf(token.Claims{Player: 1}, 2*time.Second),
			Handlers: client.Handlers{OnJoined: func(*huntpb.Joined) {
				select {
				case joins <- struct{}{}:
				default:
				}
			}}},
		Rate: 100,
		Renew: func(context.Context) (client.Options, error) {
			return client.Options{URL: r.URL, CertHashes: r.Hashes(), Token: r.Token(1)}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- b.Run(ctx) }()
	for b.Stats().Failures == 0 {
		until(t, joins, "join", func(struct{}) bool { return true })
	}
	until(t, joins, "join with another token", func(struct{}) bool { return b.Stats().Out == 0 })
	until(t, joins, "join after it", func(struct{}) bool { return true })
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	if s := b.Stats(); s.Out != 0 || s.Failures == 0 {
		t.Errorf("%d failures, out %d", s.Failures, s.Out)
	}
}

package attack

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/jepsen"
	"github.com/huntgraph/huntgraph/transport/client"
)

// The name that the issuer gave the attacker, and the one that it would like to have.
const issued, victim = "mallory", "ann"

// TestTokens: whoever holds tokens that the issuer signed cannot make more of them than
// they say: a session does not outlive its token, one for a century is refused, and a
// signed name is not replaced by the join's.
func TestTokens(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	h := start(t, "--bots", "0", "--data-dir", dir)
	sign := signer(t, filepath.Join(dir, "issuer.pem"))
	honest := make(chan played, 1)
	go func() {
		defer close(honest)
		honest <- h.play(t.Context(), t, 8*time.Second)
	}()
	for name, attack := range map[string]func(context.Context, *testing.T, *hunt, func(jwt.MapClaims) string){
		"a century": century, "a session that outlives its token": outlive, "another name": rename,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			attack(ctx, t, h, sign)
		})
	}
	p := <-honest
	t.Logf("an honest player beside it: %d moves, p50 %v, %d failures", p.Moves, p.p50(), p.Failures)
	if p.Players != 1 {
		t.Errorf("nobody else got in: %+v", p)
	}
}

// signer signs claims of a player with the issuer's key.
func signer(t *testing.T, file string) func(jwt.MapClaims) string {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("%s is no PEM file", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	must(t, err)
	return func(c jwt.MapClaims) string {
		t.Helper()
		c["hunt"] = "dev/hunt"
		text, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c).SignedString(key)
		must(t, err)
		return text
	}
}

// with is how a player with another token than the page's reaches the gateway.
func with(ctx context.Context, t *testing.T, h *hunt, token string) client.Options {
	t.Helper()
	o, err := jepsen.SessionOf(ctx, h.Page, 1)
	must(t, err)
	o.Token = token
	return o
}

func century(ctx context.Context, t *testing.T, h *hunt, sign func(jwt.MapClaims) string) {
	t.Helper()
	token := sign(jwt.MapClaims{"sub": "00000000000000c0", "exp": time.Now().AddDate(100, 0, 0).Unix()})
	s, err := client.Dial(ctx, with(ctx, t, h, token))
	if err == nil {
		s.Close()
	}
	if !client.IsCode(err, huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN) {
		t.Errorf("a token for a century: %v", err)
	}
}

func outlive(ctx context.Context, t *testing.T, h *hunt, sign func(jwt.MapClaims) string) {
	t.Helper()
	expires := time.Now().Add(3 * time.Second).Truncate(time.Second)
	s, err := client.Dial(ctx, with(ctx, t, h, sign(jwt.MapClaims{"sub": "00000000000000c1", "exp": expires.Unix()})))
	if err != nil {
		undecided(t, "the token expired before its session began: %v", err)
		return
	}
	defer s.Close()
	for ctx.Err() == nil { // it plays on, and asks as often as it may
		if _, err := s.Join(ctx, "mallory"); err != nil {
			break
		}
		select {
		case <-s.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	late := time.Since(expires)
	t.Logf("the session ended %v after its token: %v", late.Round(time.Millisecond), s.Err())
	if !client.IsCode(s.Err(), huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN) {
		t.Errorf("a session whose token has expired goes on: %v", s.Err())
	} else if late > 5*time.Second {
		undecided(t, "the session ended %v after its token", late)
	}
}

func rename(ctx context.Context, t *testing.T, h *hunt, sign func(jwt.MapClaims) string) {
	t.Helper()
	const player = codec.PlayerID(0xc2)
	o := with(ctx, t, h, sign(jwt.MapClaims{"sub": "00000000000000c2", "name": issued, "exp": time.Now().Add(time.Hour).Unix()}))
	names := make(chan string, 1)
	o.Handlers.OnRoundEvent = func(e *huntpb.RoundEvent) {
		if g := e.GetGranted(); g != nil && codec.PlayerID(g.Player) == player {
			select {
			case names <- g.Name:
			default:
			}
		}
	}
	bot, err := client.NewBot(client.BotOptions{Options: o, Name: victim})
	must(t, err)
	playing, stop := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- bot.Run(playing) }()
	select {
	case name := <-names:
		if name != issued {
			t.Errorf("a player that the issuer named %q is told of as %q", issued, name)
		}
	case <-ctx.Done():
		t.Error("the player found no treasure in a minute")
	}
	stop()
	must(t, <-ran)
}

package token

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/huntgraph/huntgraph/codec"
)

// The typed errors of Verify.
var (
	ErrMalformed = errors.New("token: not a token of a player: ask for a new one")
	ErrAlg       = errors.New("token: signed with another algorithm than EdDSA")
	ErrForged    = errors.New("token: the signature is not the issuer's")
	ErrExpired   = errors.New("token: expired: ask for a new one")
	ErrLong      = errors.New("token: it would be good for too long")
	ErrHunt      = errors.New("token: for another hunt")
)

// MaxLife is how long a token may be good for. Nothing takes a token back, so what is
// stolen is good for a day at most; a client asks for another before.
const MaxLife = 24 * time.Hour

// skew is how far the issuer's clock may be ahead of the verifier's.
const skew = time.Minute

// Claims are who the token's bearer is and which hunt it may play.
type Claims struct {
	Player  codec.PlayerID
	Hunt    string    // tenant/room, 1 to codec.MaxHunt bytes
	Name    string    // the display name; codec.NameOf cuts it. Empty: the player chooses one
	Expires time.Time // as Verify read it; Mint is given a life instead
	// Service: the bearer is a backend of the hunt and no player. It is told a
	// round's seed at its start, and may not join.
	Service bool
}

// The values of the claim role; a player's token has none.
const roleService = "service"

// claims are the token's payload as it is encoded.
type claims struct {
	jwt.RegisteredClaims
	Hunt string `json:"hunt"`
	Name string `json:"name,omitempty"`
	Role string `json:"role,omitempty"`
}

// playerDigits is the length of a subject: a player id in hex, zero-padded.
const playerDigits = 16

// Mint signs a token that is valid from now for ttl, which must be a second at
// least (exp counts whole seconds) and MaxLife at most.
func Mint(key ed25519.PrivateKey, c Claims, ttl time.Duration) (string, error) {
	switch {
	case len(key) != ed25519.PrivateKeySize:
		return "", fmt.Errorf("mint token: the key has %d bytes, an Ed25519 private key has %d", len(key), ed25519.PrivateKeySize)
	case c.Hunt == "" || len(c.Hunt) > codec.MaxHunt:
		return "", fmt.Errorf("mint token: hunt %q: name it tenant/room, in 1 to %d bytes", c.Hunt, codec.MaxHunt)
	case ttl < time.Second:
		return "", fmt.Errorf("mint token: a life of %v: give it a second at least", ttl)
	case ttl > MaxLife:
		return "", fmt.Errorf("mint token: a life of %v: give it %v at most", ttl, MaxLife)
	}
	role := ""
	if c.Service {
		role = roleService
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject:   fmt.Sprintf("%0*x", playerDigits, uint64(c.Player)),
			ExpiresAt: jwt.NewNumericDate(time.Now().Add(ttl)),
		},
		Hunt: c.Hunt,
		Name: codec.NameOf(c.Name).String(),
		Role: role,
	}).SignedString(key)
	if err != nil {
		return "", fmt.Errorf("mint token: %w", err)
	}
	return text, nil
}

// Verify checks the signature, then the expiry, which must be to come and not further
// away than MaxLife, then that the token is for the hunt. The error wraps one of the
// typed errors.
func Verify(key ed25519.PublicKey, text, hunt string) (Claims, error) {
	var got claims
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(),
	)
	parsed, err := parser.ParseWithClaims(text, &got, func(*jwt.Token) (any, error) { return key, nil })
	if err != nil {
		return Claims{}, typed(parsed, err)
	}
	if left := time.Until(got.ExpiresAt.Time); left > MaxLife+skew {
		return Claims{}, fmt.Errorf("%w (%v more, at most %v are taken): ask for a new one", ErrLong, left.Round(time.Second), MaxLife)
	}
	player, err := parsePlayer(got.Subject)
	if err != nil {
		return Claims{}, fmt.Errorf("%w (subject %q: want a player id, %d hex digits)", ErrMalformed, got.Subject, playerDigits)
	}
	if got.Hunt != hunt {
		return Claims{}, fmt.Errorf("%w (%q, here is %q)", ErrHunt, got.Hunt, hunt)
	}
	if got.Role != "" && got.Role != roleService {
		return Claims{}, fmt.Errorf("%w (role %q: want %q or none)", ErrMalformed, got.Role, roleService)
	}
	return Claims{Player: player, Hunt: got.Hunt, Name: got.Name, Service: got.Role == roleService, Expires: got.ExpiresAt.Time}, nil
}

// typed names the library's error. It reports a wrong algorithm as an invalid
// signature, so the header tells the two apart.
func typed(parsed *jwt.Token, err error) error {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return ErrExpired
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		if parsed != nil && parsed.Method != jwt.SigningMethodEdDSA {
			return fmt.Errorf("%w (%v)", ErrAlg, parsed.Header["alg"])
		}
		return ErrForged
	case errors.Is(err, jwt.ErrTokenUnverifiable) && parsed != nil:
		return fmt.Errorf("%w (%v)", ErrAlg, parsed.Header["alg"])
	}
	return fmt.Errorf("%w (%w)", ErrMalformed, err)
}

func parsePlayer(subject string) (codec.PlayerID, error) {
	if len(subject) != playerDigits {
		return 0, strconv.ErrSyntax
	}
	id, err := strconv.ParseUint(subject, 16, 64)
	return codec.PlayerID(id), err
}

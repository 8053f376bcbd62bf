package token

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/huntgraph/huntgraph/codec"
)

const hunt = "demo/main"

func keys(t testing.TB, seed byte) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('a'+seed)), ed25519.SeedSize)))
	return private.Public().(ed25519.PublicKey), private
}

func sign(t testing.TB, method jwt.SigningMethod, key any, payload jwt.MapClaims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(method, payload).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestMintVerify(t *testing.T) {
	public, private := keys(t, 0)
	for _, want := range []Claims{
		{Player: 0, Hunt: hunt},
		{Player: 0xdeadbeef, Hunt: hunt, Name: "ann"},
		{Player: 1, Hunt: hunt, Service: true},
		{Player: 1<<64 - 1, Hunt: strings.Repeat("h", codec.MaxHunt), Name: "sixteen bytes ok"},
	} {
		text, err := Mint(private, want, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Verify(public, text, want.Hunt)
		if left := time.Until(got.Expires); left > time.Hour || left < time.Hour-time.Minute {
			t.Errorf("it is good for %v", left)
		}
		got.Expires = time.Time{}
		if err != nil || got != want {
			t.Errorf("verify: %+v, %v; want %+v", got, err, want)
		}
	}
}

func TestMintRefuses(t *testing.T) {
	_, private := keys(t, 0)
	good := Claims{Player: 1, Hunt: hunt}
	for name, mint := range map[string]func() (string, error){
		"no key":  func() (string, error) { return Mint(nil, good, time.Hour) },
		"no hunt": func() (string, error) { return Mint(private, Claims{Player: 1}, time.Hour) },
		"a long hunt": func() (string, error) {
			return Mint(private, Claims{Hunt: strings.Repeat("h", codec.MaxHunt+1)}, time.Hour)
		},
		"no life":      func() (string, error) { return Mint(private, good, 0) },
		"a past life":  func() (string, error) { return Mint(private, good, -time.Hour) },
		"a short life": func() (string, error) { return Mint(private, good, time.Second-1) },
		"a long life":  func() (string, error) { return Mint(private, good, MaxLife+1) },
	} {
		if text, err := mint(); err == nil {
			t.Errorf("%s: minted %s", name, text)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	public, private := keys(t, 0)
	_, stranger := keys(t, 1)
	later := time.Now().Add(time.Hour).Unix()
	payload := func(change func(jwt.MapClaims)) jwt.MapClaims {
		p := jwt.MapClaims{"sub": "00000000000000aa", "hunt": hunt, "name": "ann", "exp": later}
		change(p)
		return p
	}
	nothing := func(jwt.MapClaims) {}
	good := sign(t, jwt.SigningMethodEdDSA, private, payload(nothing))
	if _, err := Verify(public, good, hunt); err != nil {
		t.Fatalf("the token that the cases change: %v", err)
	}
	for name, tc := range map[string]struct {
		text string
		want error
	}{
		"empty":            {"", ErrMalformed},
		"garbage":          {"garbage", ErrMalformed},
		"three dots":       {"...", ErrMalformed},
		"not base64":       {"!." + good[strings.Index(good, ".")+1:], ErrMalformed},
		"cut short":        {good[:len(good)/2], ErrMalformed},
		"no signature":     {good[:strings.LastIndex(good, ".")+1], ErrForged},
		"expired":          {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { p["exp"] = time.Now().Add(-time.Second).Unix() })), ErrExpired},
		"a century":        {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { p["exp"] = time.Now().AddDate(100, 0, 0).Unix() })), ErrLong},
		"a minute more":    {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { p["exp"] = time.Now().Add(MaxLife + 2*skew).Unix() })), ErrLong},
		"the year 9999":    {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { p["exp"] = 253402300799 })), ErrLong},
		"no number":        {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { p["exp"] = "tomorrow" })), ErrMalformed},
		"without expiry":   {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { delete(p, "exp") })), ErrMalformed},
		"another hunt":     {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { p["hunt"] = "demo/other" })), ErrHunt},
		"no hunt":          {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { delete(p, "hunt") })), ErrHunt},
		"no player":        {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { delete(p, "sub") })), ErrMalformed},
		"another role":     {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { p["role"] = "admin" })), ErrMalformed},
		"a short player":   {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { p["sub"] = "aa" })), ErrMalformed},
		"a signed player":  {sign(t, jwt.SigningMethodEdDSA, private, payload(func(p jwt.MapClaims) { p["sub"] = "-0000000000000aa" })), ErrMalformed},
		"a stranger's key": {sign(t, jwt.SigningMethodEdDSA, stranger, payload(nothing)), ErrForged},
		"alg none":         {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, payload(nothing)), ErrAlg},
		"alg none, kept signature": {
			base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + good[strings.Index(good, "."):], ErrAlg},
		"an unknown alg": {
			base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"X1","typ":"JWT"}`)) + good[strings.Index(good, "."):], ErrAlg},
		// The classic: the public key used as a shared secret.
		"HMAC with the public key": {sign(t, jwt.SigningMethodHS256, []byte(public), payload(nothing)), ErrAlg},
		"an altered payload":       {alter(t, good, "sub", "00000000000000ab"), ErrForged},
		"a longer life":            {alter(t, good, "exp", later+3600), ErrForged},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Verify(public, tc.text, hunt)
			if !errors.Is(err, tc.want) || got != (Claims{}) {
				t.Errorf("verify: %+v, %v; want %v", got, err, tc.want)
			}
		})
	}
}

// alter changes a claim and keeps the signature.
func alter(t *testing.T, text, claim string, value any) string {
	t.Helper()
	parts := strings.Split(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	payload := map[string]any{}
	if err := json.Unmarshal(raw, &payload); err != nil {
		t.Fatal(err)
	}
	payload[claim] = value
	if raw, err = json.Marshal(payload); err != nil {
		t.Fatal(err)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString(raw)
	return strings.Join(parts, ".")
}

// FuzzVerify: no text passes but those that the key signed.
func FuzzVerify(f *testing.F) {
	public, private := keys(f, 0)
	good, err := Mint(private, Claims{Player: 7, Hunt: hunt}, time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Verify(public, text, hunt)
		if err == nil && (text != good || got.Player != 7) {
			t.Fatalf("%q passed as %+v", text, got)
		}
	})
}

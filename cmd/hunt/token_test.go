package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/token"
)

func runToken(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return run(t, []*cobra.Command{tokenCommand()}, append([]string{"token"}, args...)...)
}

// newKey makes a key with the verb.
func newKey(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "issuer.pem")
	if code, _, stderr := runToken(t, "key", "--out", file); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return file
}

func TestTokenKeyFiles(t *testing.T) {
	file := newKey(t)
	for path, mode := range map[string]os.FileMode{file: 0o600, file + ".pub": 0o644} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got&^mode != 0 {
			t.Errorf("%s has mode %o, want %o at most", filepath.Base(path), got, mode)
		}
	}
	private, err := readPrivateKey(file)
	if err != nil {
		t.Fatal(err)
	}
	public, err := readPublicKey(file + ".pub")
	if err != nil || !public.Equal(private.Public()) {
		t.Errorf("the two files are not of one key: %v", err)
	}
}

// A key is never overwritten, and a refusal leaves nothing behind.
func TestTokenKeyRefusesToOverwrite(t *testing.T) {
	for _, existing := range []string{"k", "k.pub"} {
		t.Run(existing, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, existing), []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := runToken(t, "key", "--out", filepath.Join(dir, "k"))
			if code != exitUsage || stdout != "" || !strings.Contains(stderr, "not overwritten") {
				t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) != 1 {
				t.Errorf("left %v, %v", left, err)
			}
			if text, err := os.ReadFile(filepath.Join(dir, existing)); err != nil || string(text) != "precious" {
				t.Errorf("the file holds %q now, %v", text, err)
			}
		})
	}
}

func TestTokenMintAndVerify(t *testing.T) {
	file := newKey(t)
	before := time.Now()
	code, minted, stderr := runToken(t, "mint", "--key", file, "--hunt", "demo/main", "--player", "000000000000002A", "--name", "ann", "--ttl", "90m")
	if code != exitOK || strings.Count(minted, "\n") != 1 {
		t.Fatalf("exit %d, stdout %q, stderr %q", code, minted, stderr)
	}
	minted = strings.TrimSpace(minted)
	for _, key := range []string{file, file + ".pub"} {
		code, stdout, stderr := runToken(t, "verify", "--key", key, "--hunt", "demo/main", minted, "--json")
		var got tokenResult
		if err := json.Unmarshal([]byte(stdout), &got); code != exitOK || err != nil {
			t.Fatalf("exit %d, %v: %s", code, err, stderr)
		}
		life := got.Expires.Sub(before)
		got.Expires = time.Time{}
		if want := (tokenResult{Player: "000000000000002a", Hunt: "demo/main", Name: "ann"}); got != want {
			t.Errorf("the token says %+v, want %+v", got, want)
		}
		if life < 89*time.Minute || life > 91*time.Minute {
			t.Errorf("it is good for %v", life)
		}
	}
	code, stdout, stderr := runToken(t, "mint", "--key", file, "--hunt", "demo/main", "--player", "000000000000002a", "--json")
	var got tokenResult
	if err := json.Unmarshal([]byte(stdout), &got); code != exitOK || err != nil || got.Token == "" || got.Hunt != "demo/main" {
		t.Errorf("exit %d, %v: printed %q, stderr %q", code, err, stdout, stderr)
	}
}

func TestTokenMistakes(t *testing.T) {
	dir, file := t.TempDir(), newKey(t)
	private, err := readPrivateKey(file)
	if err != nil {
		t.Fatal(err)
	}
	ann := token.Claims{Player: 42, Hunt: "demo/main", Name: "ann"}
	good := mint(t, private, ann, time.Hour)
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	forged := mint(t, stranger, ann, time.Hour)
	other := filepath.Join(dir, "p256.pem")
	writeP256(t, other)
	garbage := filepath.Join(dir, "garbage.pem")
	if err := os.WriteFile(garbage, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	mintArgs := func(change ...string) []string {
		return append([]string{"mint", "--key", file, "--hunt", "demo/main", "--player", "000000000000002a"}, change...)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no verb", nil, exitUsage, "key, mint, verify"},
		{"key without --out", []string{"key"}, exitUsage, "--out is missing"},
		{"key into no folder", []string{"key", "--out", filepath.Join(dir, "no", "k")}, exitFailure, "write the key"},
		{"mint without a key", mintArgs("--key", ""), exitUsage, "--key is missing"},
		{"mint with no such key", mintArgs("--key", filepath.Join(dir, "none")), exitUsage, "hunt token key --out"},
		{"mint with the public key", mintArgs("--key", file+".pub"), exitFailure, "give the private one"},
		{"mint with a garbage key", mintArgs("--key", garbage), exitFailure, "not a PEM file"},
		{"mint with another kind of key", mintArgs("--key", other), exitFailure, "signed with Ed25519"},
		{"mint for no hunt", mintArgs("--hunt", ""), exitUsage, "hunt"},
		{"mint for a hunt without a room", mintArgs("--hunt", "demo"), exitUsage, "demo"},
		{"mint for no player", mintArgs("--player", ""), exitUsage, "16 hex digits"},
		{"mint for a short player", mintArgs("--player", "2a"), exitUsage, "16 hex digits"},
		{"mint with a long name", mintArgs("--name", strings.Repeat("n", codec.MaxName+1)), exitUsage, "at most 16 bytes"},
		{"mint for no time", mintArgs("--ttl", "0s"), exitUsage, "--ttl 0s"},
		{"mint for a century", mintArgs("--ttl", "876000h"), exitUsage, "1s to 24h0m0s"},
		{"verify nothing", []string{"verify", "--key", file, "--hunt", "demo/main"}, exitUsage, "accepts 1 arg"},
		{"verify without a hunt", []string{"verify", "--key", file, good}, exitUsage, "hunt"},
		{"verify without a key", []string{"verify", "--hunt", "demo/main", good}, exitUsage, "--key is missing"},
		{"verify for another hunt", []string{"verify", "--key", file, "--hunt", "demo/other", good}, exitFailure, "for another hunt"},
		{"verify a forged one", []string{"verify", "--key", file, "--hunt", "demo/main", forged}, exitFailure, "not the issuer's"},
		{"verify garbage", []string{"verify", "--key", file, "--hunt", "demo/main", "garbage"}, exitFailure, "not a token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := runToken(t, c.args...)
			if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit %d (want %d), stdout %q, stderr %q, want %q", code, c.code, stdout, stderr, c.says)
			}
		})
	}
}

func mint(t *testing.T, key ed25519.PrivateKey, c token.Claims, life time.Duration) string {
	t.Helper()
	text, err := token.Mint(key, c, life)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// writeP256 writes a key that signs other things.
func writeP256(t *testing.T, path string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

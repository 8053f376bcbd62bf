package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

func mint(t *testing.T, name string, now time.Time) (tls.Certificate, codec.Hash, *x509.Certificate) {
	t.Helper()
	certificate, hash, err := Mint(name, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(certificate.Certificate) != 1 {
		t.Fatalf("a chain of %d certificates, want the one alone", len(certificate.Certificate))
	}
	parsed, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return certificate, hash, parsed
}

// TestProperties holds what Chromium asks of a certificate that it takes by hash.
func TestProperties(t *testing.T) {
	now := time.Date(2026, 11, 3, 12, 30, 15, 999, time.FixedZone("east", 3*3600))
	certificate, hash, c := mint(t, "gateway", now)
	public, isECDSA := c.PublicKey.(*ecdsa.PublicKey)
	private, hasKey := certificate.PrivateKey.(*ecdsa.PrivateKey)
	cases := []struct {
		name string
		ok   bool
	}{
		{"ECDSA on P-256", isECDSA && public.Curve == elliptic.P256()},
		{"the private key belongs to it", hasKey && private.PublicKey.Equal(c.PublicKey)},
		{"signed with ECDSA and SHA-256", c.SignatureAlgorithm == x509.ECDSAWithSHA256},
		{"signed by itself", c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil},
		{"version 3", c.Version == 3},
		{"common name", c.Subject.CommonName == "gateway"},
		{"issuer is the subject", slices.Equal(c.RawIssuer, c.RawSubject)},
		{"serial is positive and at most 20 bytes", c.SerialNumber.Sign() > 0 && c.SerialNumber.BitLen() <= 160},
		{"digitalSignature alone", c.KeyUsage == x509.KeyUsageDigitalSignature},
		{"serverAuth alone", slices.Equal(c.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) && len(c.UnknownExtKeyUsage) == 0},
		{"basic constraints, not an authority", c.BasicConstraintsValid && !c.IsCA},
		{"13 days", c.NotAfter.Sub(c.NotBefore) == 13*24*time.Hour},
		{"below the 14 days of browsers", c.NotAfter.Sub(c.NotBefore) < 14*24*time.Hour},
		{"valid now", c.NotBefore.Before(now) && c.NotAfter.After(now)},
		{"valid for a clock that is behind", c.NotBefore.Equal(now.Truncate(time.Second).Add(-Skew))},
		{"the name localhost", slices.Equal(c.DNSNames, []string{"localhost"})},
		{"the address 127.0.0.1", len(c.IPAddresses) == 1 && c.IPAddresses[0].Equal(net.IPv4(127, 0, 0, 1))},
		{"answers for localhost", c.VerifyHostname("localhost") == nil},
		{"answers for 127.0.0.1", c.VerifyHostname("127.0.0.1") == nil},
		{"answers for nothing else", c.VerifyHostname("example.com") != nil},
		{"the hash is the SHA-256 of the DER", hash == codec.Hash(sha256.Sum256(c.Raw))},
		{"the leaf is parsed already", certificate.Leaf != nil && certificate.Leaf.Equal(c)},
	}
	for _, tc := range cases {
		if !tc.ok {
			t.Errorf("not so: %s", tc.name)
		}
	}
}

func TestEachIsNew(t *testing.T) {
	now := time.Now()
	a, hashA, parsedA := mint(t, "node", now)
	b, hashB, parsedB := mint(t, "node", now)
	if hashA == hashB {
		t.Error("two certificates have the same hash")
	}
	if parsedA.SerialNumber.Cmp(parsedB.SerialNumber) == 0 {
		t.Error("two certificates have the same serial")
	}
	if a.PrivateKey.(*ecdsa.PrivateKey).Equal(b.PrivateKey) {
		t.Error("two certificates have the same key")
	}
}

func TestEmptyName(t *testing.T) {
	if _, _, err := Mint("", time.Now()); err == nil || !strings.Contains(err.Error(), "common name") {
		t.Errorf("error %v does not name the common name", err)
	}
}

// TestHandshake: TLS 1.3 takes the certificate when it is the trusted root.
func TestHandshake(t *testing.T) {
	certificate, _, parsed := mint(t, "gateway", time.Now())
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	server := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13})
	served := make(chan error, 1)
	go func() {
		_, err := io.WriteString(server, "x")
		served <- err
	}()
	client := tls.Client(near, &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS13})
	if _, err := io.ReadFull(client, make([]byte, 1)); err != nil {
		t.Errorf("client: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("server: %v", err)
	}
}

package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

const (
	// Lifetime is the time from a certificate's start to its end. Browsers
	// take at most 14 days; one day of margin.
	Lifetime = 13 * 24 * time.Hour
	// Skew is how long before its minting a certificate starts, for clients
	// whose clocks are behind. It is part of Lifetime.
	Skew = time.Hour
	// serialBits is the longest serial number that RFC 5280 allows (20 bytes)
	// without the sign bit.
	serialBits = 159
)

// Mint makes a certificate for 127.0.0.1 and localhost with a new ECDSA P-256
// key. It is valid from Skew before now, for Lifetime. The hash is the SHA-256
// of the DER certificate, which is what clients pin. name becomes the common
// name and must not be empty.
func Mint(name string, now time.Time) (tls.Certificate, codec.Hash, error) {
	if name == "" {
		return tls.Certificate{}, codec.Hash{}, fmt.Errorf("mint certificate: the common name is empty, and browsers refuse that: pass one")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, codec.Hash{}, fmt.Errorf("mint certificate %q: generate the key: %w", name, err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return tls.Certificate{}, codec.Hash{}, fmt.Errorf("mint certificate %q: draw the serial: %w", name, err)
	}
	start := now.UTC().Truncate(time.Second).Add(-Skew)
	template := &x509.Certificate{
		SerialNumber:          serial.Add(serial, big.NewInt(1)), // a serial is positive
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             start,
		NotAfter:              start.Add(Lifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, codec.Hash{}, fmt.Errorf("mint certificate %q: sign: %w", name, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, codec.Hash{}, fmt.Errorf("mint certificate %q: read it back: %w", name, err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, sha256.Sum256(der), nil
}

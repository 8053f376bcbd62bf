package cert

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// Period is how long a certificate is the next one, and then how long it is the
// served one: a client's hashes are good for a period at least after it was given
// them. Two periods, a minute late and with Skew, are less than half of Lifetime.
const Period = Lifetime / 5

// Keeper keeps the certificates of a gateway over its restarts: the one that is
// served, and the next one, whose hash clients are given a period ahead. Served and
// Hashes may be called from any goroutine, Renew from one.
type Keeper struct {
	name string
	save func([]byte) error
	pair atomic.Pointer[pair]
}

type pair struct{ served, next tls.Certificate }

// NewKeeper goes on with the certificates that were saved before, as far as they are
// good at the time now; saved is nil if there were none. save keeps what the next
// NewKeeper is to be given; it holds private keys. An error that wraps ErrSaved
// says that saved is damaged.
func NewKeeper(name string, saved []byte, now time.Time, save func([]byte) error) (*Keeper, error) {
	k := &Keeper{name: name, save: save}
	was := new(pair)
	if saved != nil {
		var err error
		if was, err = decode(saved); err != nil {
			return nil, fmt.Errorf("certificates of %q: %w: %w", name, ErrSaved, err)
		}
	}
	k.pair.Store(was)
	return k, k.Renew(now)
}

// ErrSaved says that saved certificates cannot be read.
var ErrSaved = errors.New("they were not saved like this")

// Served is the certificate for the next handshake. It must not be changed.
func (k *Keeper) Served() *tls.Certificate { return &k.pair.Load().served }

// Hashes are what clients pin: of the served certificate, and of the next one.
func (k *Keeper) Hashes() []codec.Hash {
	p := k.pair.Load()
	return []codec.Hash{sha256.Sum256(p.served.Leaf.Raw), sha256.Sum256(p.next.Leaf.Raw)}
}

// Renew brings the certificates up to date with the time: the next one is served
// when it is a period old, and another one takes its place. It is to be called every
// minute, since clocks are also set. After an error the certificates are as before.
func (k *Keeper) Renew(now time.Time) error {
	was := k.pair.Load()
	if good(was.served, now) && good(was.next, now) && now.Before(was.next.Leaf.NotBefore.Add(Skew+Period)) {
		return nil
	}
	var p pair
	var err error
	switch {
	case good(was.next, now):
		p.served = was.next
	case good(was.served, now):
		p.served = was.served // the clock was set back
	default:
		if p.served, _, err = Mint(k.name, now); err != nil {
			return err
		}
	}
	if p.next, _, err = Mint(k.name, now); err != nil {
		return err
	}
	text, err := p.encode()
	if err == nil {
		err = k.save(text)
	}
	if err != nil {
		return fmt.Errorf("save the certificates of %q: %w", k.name, err)
	}
	k.pair.Store(&p)
	return nil
}

// good reports whether a certificate is valid now and for a period to come.
func good(c tls.Certificate, now time.Time) bool {
	return c.Leaf != nil && !now.Before(c.Leaf.NotBefore) && now.Add(Period).Before(c.Leaf.NotAfter)
}

// The blocks of what is saved: certificate and key of the served one, then of the next.
const (
	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY" // PKCS #8
)

func (p *pair) encode() ([]byte, error) {
	var text bytes.Buffer
	for _, c := range []tls.Certificate{p.served, p.next} {
		key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
		if err != nil {
			return nil, err
		}
		for _, b := range []*pem.Block{{Type: certificateBlock, Bytes: c.Leaf.Raw}, {Type: keyBlock, Bytes: key}} {
			if err := pem.Encode(&text, b); err != nil {
				return nil, err
			}
		}
	}
	return text.Bytes(), nil
}

func decode(text []byte) (p *pair, err error) {
	p = new(pair)
	for _, c := range []*tls.Certificate{&p.served, &p.next} {
		certificate, rest := pem.Decode(text)
		if certificate == nil {
			return nil, errors.New("a certificate is missing")
		}
		key, rest := pem.Decode(rest)
		if key == nil {
			return nil, errors.New("a private key is missing")
		}
		text = rest
		// The parser takes blocks of other types for missing, and refuses a key of another certificate.
		if *c, err = tls.X509KeyPair(pem.EncodeToMemory(certificate), pem.EncodeToMemory(key)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

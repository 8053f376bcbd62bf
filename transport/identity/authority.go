package identity

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"sync"
	"time"
)

// Authority signs the certificates of a cluster's processes. Its methods may be
// called from any goroutine.
type Authority struct {
	save func([]byte) error
	now  func() time.Time

	mu      sync.Mutex
	signers []signer // the oldest first; all are trusted
}

// signer is a signing certificate and its key.
type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Open reads an authority's file, or makes a new authority if data is nil. save
// keeps what the file must hold from then on. A process beside the one that owns
// the file has no save: it signs, and leaves successors to the owner.
func Open(data []byte, save func([]byte) error, now func() time.Time) (*Authority, error) {
	a := &Authority{save: save, now: now}
	if data != nil {
		var err error
		if a.signers, err = parseSigners(data); err != nil {
			return nil, fmt.Errorf("read the cluster's authority: %w; restore the file, "+
				"or delete it and issue the certificates of all gateways and game servers again", err)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a, a.renew()
}

// renew drops signing certificates that have ended, adds the successor of one
// that is half through, and saves both if anything changed.
func (a *Authority) renew() error {
	now := a.now()
	var keep []signer
	for _, s := range a.signers {
		if now.Before(s.cert.NotAfter) {
			keep = append(keep, s)
		}
	}
	changed := len(keep) != len(a.signers)
	if len(keep) == 0 || now.Sub(keep[len(keep)-1].cert.NotBefore) > AuthorityLife/2 {
		if a.save == nil && len(keep) == 0 {
			return errors.New("the cluster's authority has ended: start its owner, which makes another")
		} else if a.save == nil {
			return nil
		}
		next, err := newSigner(now)
		if err != nil {
			return err
		}
		keep, changed = append(keep, next), true
	}
	if !changed || a.save == nil {
		return nil
	}
	data, err := marshal(keep, true)
	if err == nil {
		err = a.save(data)
	}
	if err != nil {
		return fmt.Errorf("keep the cluster's authority: %w", err)
	}
	a.signers = keep
	return nil
}

// current is the signer that every certificate in use trusts: the newest that
// is older than a certificate's life, or the oldest.
func (a *Authority) current() signer {
	best := a.signers[0]
	for _, s := range a.signers[1:] {
		if a.now().Sub(s.cert.NotBefore) > LeafLife+skew {
			best = s
		}
	}
	return best
}

// leaf is a certificate, its end, and whom its holder trusts.
type leaf struct {
	der   []byte
	from  time.Time
	roots []*x509.Certificate
}

// sign makes the certificate of a process for its public key.
func (a *Authority) sign(role Role, name string, key *ecdsa.PublicKey) (leaf, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.renew(); err != nil {
		return leaf{}, err
	}
	s := a.current()
	template, err := newTemplate(a.now(), min(LeafLife, s.cert.NotAfter.Sub(a.now())), role.String()+" "+name)
	if err != nil {
		return leaf{}, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{role.usage()}
	template.DNSNames = []string{role.host()}
	template.URIs = []*url.URL{uri(role, name)}
	der, err := x509.CreateCertificate(rand.Reader, template, s.cert, key, s.key)
	if err != nil {
		return leaf{}, fmt.Errorf("sign the certificate of %v %s: %w", role, name, err)
	}
	return leaf{der: der, from: a.now(), roots: a.roots()}, nil
}

func (a *Authority) roots() (list []*x509.Certificate) {
	for _, s := range a.signers {
		list = append(list, s.cert)
	}
	return list
}

func newSigner(now time.Time) (signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return signer{}, fmt.Errorf("make a signing key: %w", err)
	}
	template, err := newTemplate(now, AuthorityLife, "huntgraph cluster")
	if err != nil {
		return signer{}, err
	}
	template.IsCA, template.MaxPathLenZero = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return signer{}, fmt.Errorf("make a signing certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	return signer{cert, key}, err
}

func newTemplate(now time.Time, life time.Duration, name string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	now = now.UTC().Truncate(time.Second)
	return &x509.Certificate{
		SerialNumber:          serial.Add(serial, big.NewInt(1)), // a serial number is positive
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.Add(life),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
	}, nil
}

// The files hold PEM blocks: certificates, and after some their key.
const (
	certBlock = "CERTIFICATE"
	keyBlock  = "PRIVATE KEY"
)

// marshal writes certificates, with their keys or without.
func marshal(list []signer, keys bool) ([]byte, error) {
	var b bytes.Buffer
	for _, s := range list {
		if err := pem.Encode(&b, &pem.Block{Type: certBlock, Bytes: s.cert.Raw}); err != nil {
			return nil, err
		}
		if !keys {
			continue
		}
		der, err := x509.MarshalPKCS8PrivateKey(s.key)
		if err != nil {
			return nil, err
		}
		if err := pem.Encode(&b, &pem.Block{Type: keyBlock, Bytes: der}); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// parse reads certificates and the keys after them; a certificate without one
// has a nil key.
func parse(data []byte) (list []signer, err error) {
	for len(bytes.TrimSpace(data)) > 0 {
		block, rest := pem.Decode(data)
		if block == nil {
			return nil, errors.New("it is not PEM to its end")
		}
		data = rest
		switch {
		case block.Type == certBlock:
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, err
			}
			list = append(list, signer{cert: cert})
		case block.Type == keyBlock && len(list) > 0 && list[len(list)-1].key == nil:
			last := &list[len(list)-1]
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, err
			}
			var ok bool
			if last.key, ok = key.(*ecdsa.PrivateKey); !ok || !last.key.PublicKey.Equal(last.cert.PublicKey) {
				return nil, errors.New("a key does not belong to the certificate before it")
			}
		default:
			return nil, fmt.Errorf("a %q block has no place there", block.Type)
		}
	}
	return list, nil
}

func parseSigners(data []byte) ([]signer, error) {
	list, err := parse(data)
	if err == nil && len(list) == 0 {
		err = errors.New("it is empty")
	}
	for i, s := range list {
		if s.key == nil || s.cert.CheckSignatureFrom(s.cert) != nil || i > 0 && s.cert.NotBefore.Before(list[i-1].cert.NotBefore) {
			err = errors.Join(err, errors.New("it is not a list of signing certificates, each with its key, the oldest first"))
		}
	}
	return list, err
}

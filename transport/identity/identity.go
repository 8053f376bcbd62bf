package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// Identity is what a process shows on the engine hop. Its methods may be called
// from any goroutine.
type Identity struct {
	role      Role
	name      string
	key       *ecdsa.PrivateKey // one for the process's life
	authority *Authority        // nil for one that was issued: it is not renewed

	mu    sync.Mutex
	cert  tls.Certificate
	from  time.Time
	roots *x509.CertPool
}

// Identity makes a new key and its certificate, which is renewed while the
// process runs.
func (a *Authority) Identity(role Role, name string) (*Identity, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of %v %s: %w", role, name, err)
	}
	i := &Identity{role: role, name: name, key: key, authority: a}
	return i, i.renew()
}

// Issue is a certificate, its key and whom to trust, as Parse reads them in
// another process. Only that process's owner may read them.
func (a *Authority) Issue(role Role, name string) ([]byte, error) {
	i, err := a.Identity(role, name)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(i.cert.Certificate[0])
	if err != nil {
		return nil, err
	}
	own, err := marshal([]signer{{cert, i.key}}, true)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	trusted, err := marshal(a.signers, false)
	return append(own, trusted...), err
}

// Parse reads what Issue made.
func Parse(data []byte) (*Identity, error) {
	list, err := parse(data)
	if err == nil && (len(list) < 2 || list[0].key == nil) {
		err = errors.New("want a certificate, its key and the cluster's signing certificates, as hunt admin identity writes them")
	}
	if err != nil {
		return nil, fmt.Errorf("read a process's certificate: %w", err)
	}
	who, err := Of(tls.ConnectionState{PeerCertificates: []*x509.Certificate{list[0].cert}})
	if err != nil {
		return nil, fmt.Errorf("read a process's certificate: %w", err)
	}
	i := &Identity{role: who.Role, name: who.Name, key: list[0].key}
	var roots []*x509.Certificate
	for _, s := range list[1:] {
		roots = append(roots, s.cert)
	}
	i.set(leaf{der: list[0].cert.Raw, roots: roots})
	return i, nil
}

// renew fetches another certificate for the same key.
func (i *Identity) renew() error {
	l, err := i.authority.sign(i.role, i.name, &i.key.PublicKey)
	if err == nil {
		i.set(l)
	}
	return err
}

func (i *Identity) set(l leaf) {
	i.cert = tls.Certificate{Certificate: [][]byte{l.der}, PrivateKey: i.key}
	i.from = l.from
	i.roots = x509.NewCertPool()
	for _, c := range l.roots {
		i.roots.AddCert(c)
	}
}

// fresh is the certificate and whom to trust, renewed when half its life is
// over. While a renewal fails the certificate is used to its end.
func (i *Identity) fresh() (*tls.Certificate, *x509.CertPool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.authority != nil && i.authority.now().Sub(i.from) > LeafLife/2 {
		if i.renew() != nil {
			i.from = i.from.Add(time.Hour) // and not again at each handshake
		}
	}
	cert := i.cert
	return &cert, i.roots
}

// KeyHash names the process's key, which stays when its certificate is renewed
// and is another one in every process.
func (i *Identity) KeyHash() codec.Hash {
	der, err := x509.MarshalPKIXPublicKey(&i.key.PublicKey)
	if err != nil {
		panic("identity: a P-256 key that cannot be written: " + err.Error())
	}
	return sha256.Sum256(der)
}

// Server is how a node listens: who dials must show a certificate of the
// cluster for dialling.
func (i *Identity) Server(alpn string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: []string{alpn},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			cert, roots := i.fresh()
			return &tls.Config{
				Certificates:           []tls.Certificate{*cert},
				ClientAuth:             tls.RequireAndVerifyClientCert,
				ClientCAs:              roots,
				MinVersion:             tls.VersionTLS13,
				NextProtos:             []string{alpn},
				SessionTicketsDisabled: true,
				Time:                   i.clock(),
			}, nil
		},
	}
}

// Client is how the node that has the key with this hash is dialled: it must
// show a certificate of the cluster for nodes, and have that key.
func (i *Identity) Client(alpn string, node codec.Hash) *tls.Config {
	cert, roots := i.fresh()
	return &tls.Config{
		Certificates: []tls.Certificate{*cert},
		RootCAs:      roots,
		ServerName:   Node.host(),
		MinVersion:   tls.VersionTLS13,
		NextProtos:   []string{alpn},
		Time:         i.clock(),
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("the node showed no certificate")
			}
			got := codec.Hash(sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo))
			if got != node {
				return fmt.Errorf("the node's key is %x, the route says %x: "+
					"another process has the address, or the route is old; read the route again", got[:8], node[:8])
			}
			return nil
		},
	}
}

func (i *Identity) clock() func() time.Time {
	if i.authority == nil {
		return nil
	}
	return i.authority.now
}

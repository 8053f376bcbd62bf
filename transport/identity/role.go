package identity

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Role is what a process is on the engine hop.
type Role uint8

const (
	Node       Role = 1 + iota // owns partitions and answers
	Gateway                    // carries players' moves
	GameServer                 // sets weights
	roleEnd
)

var roleNames = [roleEnd]string{"role ?", "node", "gateway", "game-server"}

// String is the role's name, as it stands in certificates.
func (r Role) String() string {
	if r >= roleEnd {
		return roleNames[0]
	}
	return roleNames[r]
}

// ParseRole reads a role's name.
func ParseRole(name string) (Role, error) {
	for r := Node; r < roleEnd; r++ {
		if roleNames[r] == name {
			return r, nil
		}
	}
	return 0, fmt.Errorf("role %q: want one of %s", name, strings.Join(roleNames[1:], ", "))
}

// host is the DNS name of every process of a role. TLS compares the node's.
func (r Role) host() string { return r.String() + ".huntgraph" }

// usage says on which side of a connection the role may stand; TLS checks it.
func (r Role) usage() x509.ExtKeyUsage {
	if r == Node {
		return x509.ExtKeyUsageServerAuth
	}
	return x509.ExtKeyUsageClientAuth
}

// scheme begins the URI that names a process in its certificate:
// huntgraph://gateway/g1.
const scheme = "huntgraph"

// Peer is the verified far end of a connection.
type Peer struct {
	Role  Role
	Name  string
	Until time.Time // when its certificate ends
}

// String is the peer's name as logs show it: gateway/g1.
func (p Peer) String() string { return p.Role.String() + "/" + p.Name }

// Of reads who the far end of a connection is. TLS has verified its certificate.
func Of(state tls.ConnectionState) (Peer, error) {
	if len(state.PeerCertificates) == 0 {
		return Peer{}, errors.New("the far end showed no certificate")
	}
	leaf := state.PeerCertificates[0]
	if len(leaf.URIs) != 1 || leaf.URIs[0].Scheme != scheme {
		return Peer{}, errors.New("the certificate names no process of a cluster: issue it with hunt admin identity")
	}
	role, err := ParseRole(leaf.URIs[0].Host)
	if err != nil {
		return Peer{}, fmt.Errorf("the certificate is of a role that this version does not know: %w", err)
	}
	name := strings.TrimPrefix(leaf.URIs[0].Path, "/")
	if err := checkName(name); err != nil {
		return Peer{}, err
	}
	return Peer{Role: role, Name: name, Until: leaf.NotAfter}, nil
}

func uri(r Role, name string) *url.URL {
	return &url.URL{Scheme: scheme, Host: r.String(), Path: "/" + name}
}

// checkName holds a process's name to letters, digits, '.', '_' and '-'.
func checkName(name string) error {
	other := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, other) {
		return fmt.Errorf("the process's name %q: want 1 to %d letters, digits, '.', '_' and '-'", name, maxName)
	}
	return nil
}

package identity

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

const alpn = "test/1"

// clock is a wall clock that a test sets.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

// disk is where an authority is kept.
type disk struct{ data []byte }

func (d *disk) save(b []byte) error {
	d.data = b
	return nil
}

func open(t *testing.T, d *disk, now func() time.Time) *Authority {
	t.Helper()
	a, err := Open(d.data, d.save, now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *Authority) mustIdentity(t *testing.T, role Role, name string) *Identity {
	t.Helper()
	i, err := a.Identity(role, name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// meet is a handshake over a pipe: what each side says of the other.
func meet(t *testing.T, listener, dialler *Identity) (who Peer, listened, dialled error) {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	client := tls.Client(near, dialler.Client(alpn, listener.KeyHash()))
	server := tls.Server(far, listener.Server(alpn))
	done := make(chan error, 1)
	go func() {
		err := server.Handshake()
		if err == nil {
			_, err = io.WriteString(server, "x")
		} else {
			far.Close()
		}
		done <- err
	}()
	_, dialled = io.ReadFull(client, make([]byte, 1))
	if dialled != nil {
		near.Close()
	}
	if listened = <-done; listened == nil && dialled == nil {
		var err error
		if who, err = Of(server.ConnectionState()); err != nil {
			t.Fatal(err)
		}
	}
	return who, listened, dialled
}

// TestRoles: TLS takes a certificate for its own role alone, and of the same
// cluster alone.
func TestRoles(t *testing.T) {
	a := open(t, new(disk), time.Now)
	other := open(t, new(disk), time.Now)
	node, gateway := a.mustIdentity(t, Node, "n1"), a.mustIdentity(t, Gateway, "g1")
	for _, role := range []Role{Gateway, GameServer} {
		who, listened, dialled := meet(t, node, a.mustIdentity(t, role, "it.is_1"))
		if listened != nil || dialled != nil || who.Role != role || who.Name != "it.is_1" || !who.Until.After(time.Now()) {
			t.Errorf("a %v is taken for %v: %v, %v", role, who, listened, dialled)
		}
	}
	for name, pair := range map[string][2]*Identity{
		"a node that dials":             {node, a.mustIdentity(t, Node, "n2")},
		"a gateway that listens":        {gateway, gateway},
		"a gateway of another cluster":  {node, other.mustIdentity(t, Gateway, "g1")},
		"a node of another cluster":     {other.mustIdentity(t, Node, "n1"), gateway},
		"a gateway without certificate": {node, {role: Gateway, roots: gateway.roots}},
	} {
		if _, listened, dialled := meet(t, pair[0], pair[1]); listened == nil && dialled == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestKeyHash: the route names a process, also when its certificate is renewed.
func TestKeyHash(t *testing.T) {
	c := &clock{time.Now()}
	a := open(t, new(disk), c.now)
	node, gateway := a.mustIdentity(t, Node, "n1"), a.mustIdentity(t, Gateway, "g1")
	again := a.mustIdentity(t, Node, "n1")
	if node.KeyHash() == again.KeyHash() {
		t.Fatal("two processes have the same key")
	}
	near, far := net.Pipe()
	defer near.Close()
	go func() { _ = tls.Server(far, again.Server(alpn)).Handshake(); far.Close() }()
	if err := tls.Client(near, gateway.Client(alpn, node.KeyHash())).Handshake(); err == nil || !strings.Contains(err.Error(), "read the route again") {
		t.Errorf("another process of the same name was taken for the route's: %v", err)
	}
	before, first := node.KeyHash(), node.cert.Certificate[0]
	c.t = c.t.Add(LeafLife/2 + time.Hour)
	if who, listened, dialled := meet(t, node, gateway); listened != nil || dialled != nil || who.Until.Sub(c.t) < LeafLife-time.Hour {
		t.Errorf("half a certificate's life later: %v %v %v", who, listened, dialled)
	}
	if node.KeyHash() != before || bytes.Equal(node.cert.Certificate[0], first) {
		t.Error("a renewal changes the key, or did not happen")
	}
}

// TestRotation walks two years in days: there are two valid signing certificates
// during a rotation, and no valid certificate is ever refused, neither a
// process's own nor one that came in a file.
func TestRotation(t *testing.T) {
	c := &clock{time.Now()}
	kept := new(disk)
	a := open(t, kept, c.now)
	node, gateway := a.mustIdentity(t, Node, "n1"), a.mustIdentity(t, Gateway, "g1")
	signed, two := map[string]bool{}, 0
	var shop *Identity
	var until time.Time
	for day := range 800 {
		if day%29 == 0 { // a game server's file, used nearly to its end
			beside, err := Open(kept.data, nil, c.now) // the process that issues it
			if err != nil {
				t.Fatal(err)
			}
			file, err := beside.Issue(GameServer, "shop")
			if err != nil {
				t.Fatal(err)
			}
			if shop, err = Parse(file); err != nil {
				t.Fatal(err)
			}
			shop.authority, shop.from = a, c.t.Add(10*LeafLife) // the test's clock, never renewed
			until = c.t.Add(LeafLife)
		}
		if day%90 == 0 { // a restart
			a = open(t, kept, c.now)
			node, gateway = a.mustIdentity(t, Node, "n1"), a.mustIdentity(t, Gateway, "g1")
		}
		for _, dialler := range []*Identity{gateway, shop} {
			if _, listened, dialled := meet(t, node, dialler); listened != nil || dialled != nil {
				t.Fatalf("day %d, %v: %v, %v; the file ends at %v", day, dialler.role, listened, dialled, until)
			}
		}
		signed[string(a.current().cert.Raw)] = true
		if len(a.signers) > 2 {
			t.Fatalf("day %d: %d signing certificates", day, len(a.signers))
		} else if len(a.signers) == 2 {
			two++
		}
		c.t = c.t.Add(24 * time.Hour)
	}
	if len(signed) < 4 || two == 0 {
		t.Errorf("%d certificates signed, two were valid on %d days: nothing was rotated", len(signed), two)
	}
}

// TestFiles: what cannot be read is refused and not replaced.
func TestFiles(t *testing.T) {
	good := new(disk)
	issued, err := open(t, good, time.Now).Issue(GameServer, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(good.data); err == nil {
		t.Error("the authority was taken for a game server's file")
	}
	for name, data := range map[string][]byte{
		"empty": {}, "cut": good.data[:len(good.data)/2], "garbage": []byte("hello"),
		"a process's certificate": issued,
		"twice the same key":      append(bytes.Clone(good.data), good.data[bytes.Index(good.data, []byte("-----BEGIN PRIVATE")):]...),
	} {
		save := func([]byte) error {
			t.Errorf("%s: the authority was replaced", name)
			return nil
		}
		if _, err := Open(data, save, time.Now); err == nil || !strings.Contains(err.Error(), "restore the file") {
			t.Errorf("%s: opened with %v", name, err)
		}
	}
	for at := range good.data {
		flipped := bytes.Clone(good.data)
		flipped[at] ^= 1
		if a, err := Open(flipped, nil, time.Now); err == nil && !bytes.Equal(a.signers[0].cert.Raw, open(t, good, time.Now).signers[0].cert.Raw) {
			t.Errorf("byte %d flipped is another authority", at)
		}
	}
	a := open(t, good, time.Now)
	for _, name := range []string{"", "a b", "a/b", "ä", strings.Repeat("x", maxName+1)} {
		if _, err := a.Identity(Gateway, name); err == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
	full := errors.New("the disk is full")
	if _, err := Open(nil, func([]byte) error { return full }, time.Now); !errors.Is(err, full) {
		t.Errorf("an authority that could not be kept: %v", err)
	}
}

package client_test

import (
	"net"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/client"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
)

// TestSocket: sessions share a socket, which is bound where the gateway is; the
// end of one leaves the others, and the socket's end is the end of all.
func TestSocket(t *testing.T) {
	r := rig.Start(t, rig.Options{Partitions: 2})
	socket, err := client.OpenSocket(deadline(t), r.URL)
	if err != nil {
		t.Fatal(err)
	}
	if at := socket.Addr().(*net.UDPAddr); !at.IP.IsLoopback() || at.Port == 0 {
		t.Errorf("the socket to a gateway on loopback is bound to %v", at)
	}
	var sessions []*client.Session
	for i := range 8 {
		s, err := client.Dial(deadline(t), client.Options{URL: r.URL, CertHashes: r.Hashes(), Token: r.Token(codec.PlayerID(i)), Socket: socket})
		if err != nil {
			t.Fatal(err)
		}
		join(t, s)
		sessions = append(sessions, s)
	}
	if err := sessions[0].Close(); err != nil {
		t.Error(err)
	}
	for _, s := range sessions[1:] {
		join(t, s)
	}
	if err := socket.Close(); err != nil {
		t.Error(err)
	}
	for _, s := range sessions[1:] {
		<-s.Done()
	}
}

func TestOpenSocketRefuses(t *testing.T) {
	for _, url := range []string{"", "https://", "https://127.0.0.1", "://", "https://no.such.host.invalid:1/hunt"} {
		if s, err := client.OpenSocket(deadline(t), url); err == nil {
			t.Errorf("%q has a socket at %v", url, s.Addr())
			_ = s.Close()
		}
	}
}

package engine

import (
	"crypto/rand"
	"net"
	"testing"
	"time"
)

// TestResets: an end that does not know a packet's connection says so. After both
// stood still for longer than they believe in each other one gives up first, without a word;
// the other waited for another idle, in which no move was answered.
func TestResets(t *testing.T) {
	s := startSystem(t)
	c := s.client()
	s.echo(c, 0)
	for name, addr := range map[string]net.Addr{"the node": s.server.Addr(), "the gateway": c.socket.LocalAddr()} {
		t.Run(name, func(t *testing.T) {
			socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			defer socket.Close()
			to := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: addr.(*net.UDPAddr).Port}
			var packet [60]byte
			_, _ = rand.Read(packet[:]) // it never fails
			packet[0] = 0x40            // of a connection whose handshake is over
			answer := make([]byte, 1500)
			for deadline := time.Now().Add(patience); ; {
				if _, err := socket.WriteTo(packet[:], to); err != nil {
					t.Fatal(err)
				}
				if err := socket.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
					t.Fatal(err)
				}
				if n, err := socket.Read(answer); err == nil {
					if n >= len(packet) || n < 21 {
						t.Errorf("the answer has %d bytes, a reset has 21 at least and fewer than the packet", n)
					}
					return
				}
				if time.Now().After(deadline) {
					t.Fatal("no reset for a packet of an unknown connection")
				}
			}
		})
	}
}

package gateway

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func address(text string) net.Addr { return net.UDPAddrFromAddrPort(netip.MustParseAddrPort(text)) }

// fill takes n connections of a source, which may begin any number of handshakes.
func (a *admission) fill(p netip.Prefix, n int) (taken int, reason string) {
	for range n {
		if s := a.sources[p]; s != nil {
			s.handshakes.SetLimit(rate.Inf)
		}
		if reason = a.take(p); reason != "" {
			return taken, reason
		}
		taken++
	}
	return taken, ""
}

// TestSources: a source has as many connections as are left free, so that
// another one always gets in, and what it gives back may be taken again.
func TestSources(t *testing.T) {
	a := newAdmission()
	first, second, third := sourceOf(address("192.0.2.1:5")), sourceOf(address("192.0.2.2:5")), sourceOf(address("[2001:db8::1]:5"))
	if n, reason := a.fill(first, 2000); n != 2000 {
		t.Fatalf("a source of 2,000 connections, as `hunt dev --bots 2000` is, has only %d: %s", n, reason)
	}
	n, reason := a.fill(first, maxConnections)
	if n += 2000; n != maxConnections/2 || reason != refuseSource {
		t.Errorf("one source takes %d of %d connections (%s)", n, maxConnections, reason)
	}
	if n, reason := a.fill(second, maxConnections); n != maxConnections/4 || reason != refuseSource {
		t.Errorf("a second one takes %d (%s)", n, reason)
	}
	if reason := a.take(third); reason != "" {
		t.Errorf("a third one is refused: %s", reason)
	}
	for range 100 {
		a.give(second)
	}
	if n, _ := a.fill(second, maxConnections); n < 50 || n > 100 {
		t.Errorf("a source that gave 100 back takes %d again", n)
	}
}

// TestHandshakes: a source begins so many handshakes and no more; a source of
// which there is nothing to know is forgotten.
func TestHandshakes(t *testing.T) {
	a := newAdmission()
	p := sourceOf(address("192.0.2.1:5"))
	taken := 0
	var reason string
	began := time.Now()
	for reason == "" {
		if reason = a.take(p); reason == "" {
			a.give(p)
			taken++
		}
	}
	if most := sourceBurst + int(time.Since(began).Seconds()*sourceRate) + 1; taken < sourceBurst || taken > most || reason != refuseHandshakes {
		t.Errorf("%d handshakes at once, want %d to %d (%s)", taken, sourceBurst, most, reason)
	}
	if a.prune(); len(a.sources) != 1 {
		t.Error("a source that has just begun handshakes is forgotten")
	}
	a.sources[p].handshakes = rate.NewLimiter(sourceRate, sourceBurst)
	if a.prune(); len(a.sources) != 0 {
		t.Error("a source without connections is kept")
	}
	for i := range maxSources {
		a.sources[netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)] = &source{}
	}
	if reason := a.take(p); reason != refuseFull {
		t.Errorf("one source more than there is room for: %q", reason)
	}
}

func TestSourceOf(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1:443":                   "192.0.2.1/32",
		"[::ffff:192.0.2.1]:443":          "192.0.2.1/32",
		"[2001:db8:1:2ff:3:4:5:6]:443":    "2001:db8:1:200::/56",
		"[fe80::1%eth0]:443":              "fe80::/56",
		"127.0.0.1:443":                   "127.0.0.1/32",
		"[2001:db8:1:2ab:ffff:4:5:6]:443": "2001:db8:1:200::/56",
	} {
		if got := sourceOf(address(text)); got != netip.MustParsePrefix(want) {
			t.Errorf("%s counts as %v, want %s", text, got, want)
		}
	}
	if sourceOf(&net.UnixAddr{}).IsValid() {
		t.Error("an address without an IP has a prefix")
	}
}

// TestIdle: a session that neither plays nor watches is idle after a while.
func TestIdle(t *testing.T) {
	now := time.Now()
	late := now.Add(idleLimit + time.Second)
	for name, tc := range map[string]struct {
		s    session
		idle bool
	}{
		"nothing":                     {session{}, true},
		"plays":                       {session{joined: true}, false},
		"waits for its partition":     {session{asked: true}, false},
		"watches":                     {session{subs: []sub{{}}}, false},
		"is a service":                {session{service: true}, false},
		"has just come to this state": {session{active: late}, false},
	} {
		s := tc.s
		if s.active.IsZero() {
			s.active = now
		}
		if got := s.idle(late); got != tc.idle {
			t.Errorf("%s: idle is %v", name, got)
		}
	}
}

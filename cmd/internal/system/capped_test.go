package system

import (
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// TestSlowReaders: peers that do not read their answers, more than a listener has
// places, keep nobody out, and are never more than its places.
func TestSlowReaders(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newCapped(plain, 8, "test", prometheus.NewRegistry())
	answer := strings.Repeat("x", 8<<20) // more than the kernel's buffers take
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			_, _ = io.WriteString(w, answer)
		}
	}), time.Hour)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	defer func() { server.Close(); <-served }()
	for range 40 {
		conn, err := net.Dial("tcp", plain.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	for range 20 {
		resp, err := client.Get("http://" + plain.Addr().String() + "/")
		if err != nil {
			t.Fatalf("beside slow readers: %v", err)
		}
		resp.Body.Close()
		l.mu.Lock()
		if n := l.open.Len(); n > l.most {
			t.Errorf("%d connections where there are %d places", n, l.most)
		}
		l.mu.Unlock()
	}
}

// TestServerDeadlines: no part of a request or an answer may take for ever.
func TestServerDeadlines(t *testing.T) {
	s := newServer(http.NotFoundHandler(), writeWait)
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("a server without a bound: %+v", s)
	}
}

// TestOutOfDescriptors: what the kernel refuses for want of descriptors passes.
func TestOutOfDescriptors(t *testing.T) {
	l := &dryListener{closed: make(chan struct{}), dry: 3}
	c := newCapped(l, 8, "test", prometheus.NewRegistry())
	server := newServer(http.NotFoundHandler(), writeWait)
	served := make(chan error, 1)
	go func() { served <- server.Serve(c) }()
	select {
	case <-l.closed: // Accept was called again after all failures
	case err := <-served:
		t.Fatalf("the server ended with %v", err)
	case <-time.After(time.Minute):
		t.Fatal("the server does not accept any more")
	}
	if err := <-served; !strings.Contains(err.Error(), "closed") {
		t.Errorf("the server ended with %v", err)
	}
}

// dryListener fails as one does that has no descriptors left, some times.
type dryListener struct {
	net.Listener
	dry    int
	closed chan struct{}
}

func (l *dryListener) Accept() (net.Conn, error) {
	if l.dry--; l.dry >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", unix.EMFILE)}
	}
	close(l.closed)
	return nil, net.ErrClosed
}

func (l *dryListener) Close() error   { return nil }
func (l *dryListener) Addr() net.Addr { return &net.TCPAddr{} }

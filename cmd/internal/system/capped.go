package system

import (
	"container/list"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// capped is a listener with at most a number of connections. One more ends the
// oldest: a request takes milliseconds, a peer that does not read its answer stays
// for as long as it is let, so a slow peer makes room for a new one.
type capped struct {
	net.Listener
	most    int
	crowded prometheus.Counter // connections that made room for others

	mu   sync.Mutex
	open list.List // of *cappedConn, the oldest first
}

// newCapped caps a listener, which the metrics call by name.
func newCapped(l net.Listener, most int, name string, r prometheus.Registerer) *capped {
	c := &capped{Listener: l, most: most, crowded: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "hunt_http_crowded_total", Help: "Connections that were ended to make room for others.",
		ConstLabels: prometheus.Labels{"listener": name},
	})}
	r.MustRegister(c.crowded)
	return c
}

// newServer is an HTTP server in which nothing takes for ever.
func newServer(h http.Handler, write time.Duration) *http.Server {
	return &http.Server{
		Handler: h, MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: headerWait, ReadTimeout: readWait, WriteTimeout: write, IdleTimeout: idleWait,
	}
}

type cappedConn struct {
	net.Conn
	close func() error
}

func (c *cappedConn) Close() error { return c.close() }

// Accept waits for a connection. What the kernel refuses for want of descriptors
// is a temporary error, after which http.Server tries again.
func (l *capped) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &cappedConn{Conn: conn}
	l.mu.Lock()
	place := l.open.PushBack(c)
	c.close = sync.OnceValue(func() error {
		l.mu.Lock()
		l.open.Remove(place)
		l.mu.Unlock()
		return conn.Close()
	})
	var oldest *cappedConn
	if l.open.Len() > l.most {
		oldest = l.open.Front().Value.(*cappedConn)
	}
	l.mu.Unlock()
	if oldest != nil {
		l.crowded.Inc()
		_ = oldest.Close() // whose request fails
	}
	return c, nil
}

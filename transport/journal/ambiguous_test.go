package journal

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// wire gives connections to an embedded server and breaks one when an armed
// message passes: the client sees a closed connection, and dials again.
type wire struct {
	*Server
	mu      sync.Mutex
	armed   []byte       // the next bytes that hold it are lost
	toward  bool         // on the way to the server
	instead func()       // happens then
	stalled atomic.Bool  // no answer of the server comes through
	asked   atomic.Int64 // requests of the API on the way to the server
}

func (w *wire) InProcessConn() (net.Conn, error) {
	c, err := w.Server.InProcessConn()
	return &wireConn{Conn: c, wire: w}, err
}

func (w *wire) connect(t *testing.T) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(w), nats.MaxReconnects(-1),
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0))
	must(t, err)
	return nc
}

func (w *wire) arm(what string, toward bool, instead func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed, w.toward, w.instead = []byte(what), toward, instead
}

func (w *wire) lost(b []byte, toward bool) bool {
	w.mu.Lock()
	hit := w.armed != nil && w.toward == toward && bytes.Contains(b, w.armed)
	instead := w.instead
	if hit {
		w.armed = nil
	}
	w.mu.Unlock()
	if hit {
		instead()
	}
	return hit
}

type wireConn struct {
	net.Conn
	wire *wire
	kept []byte // read while the wire stood still
}

func (c *wireConn) Write(b []byte) (int, error) {
	c.wire.asked.Add(int64(bytes.Count(b, []byte("$JS.API."))))
	if c.wire.lost(b, true) {
		return len(b), c.Conn.Close()
	}
	return c.Conn.Write(b)
}

func (c *wireConn) Read(b []byte) (int, error) {
	for len(c.kept) == 0 || c.wire.stalled.Load() {
		n, err := c.Conn.Read(b)
		if err != nil {
			return 0, err
		}
		c.kept = append(c.kept, b[:n]...)
	}
	n := copy(b, c.kept)
	c.kept = c.kept[n:]
	if c.wire.lost(b[:n], false) {
		return 0, errors.Join(net.ErrClosed, c.Conn.Close())
	}
	return n, nil
}

// I3, I4: whatever happens to an append or its acknowledgement on the way, the
// record is stored once, or the writer learns that it is not.
func TestAmbiguousAppend(t *testing.T) {
	s, err := StartServer(Config{Dir: t.TempDir(), Log: quiet})
	must(t, err)
	defer s.Close()
	direct := connect(t, s)
	defer direct.Close()
	other := journal(t, direct).Partition(0)

	w := &wire{Server: s}
	nc := w.connect(t)
	defer nc.Close()
	l := journal(t, nc, withAckWait(200*time.Millisecond)).Partition(0)
	fill(t, l, 1, 1)

	const ack = `"stream":"hunt-`
	ctx, cancel := context.WithCancel(soon(t))
	defer cancel()
	for i, c := range []struct {
		name    string
		what    string
		toward  bool
		instead func()
		ctx     context.Context
		want    error
	}{
		{"the acknowledgement is lost", ack, false, func() {}, soon(t), nil},
		{"the record is lost", "HPUB hunt.", true, func() {}, soon(t), nil},
		{"the caller gives up without the acknowledgement", ack, false, cancel, ctx, context.Canceled},
		{"the record is lost and another writer comes", "HPUB hunt.", true,
			func() { must(t, other.Append(soon(t), at(1, 5), []byte("the new owner's"))) }, soon(t), ErrFenced},
	} {
		seq := uint64(i + 2)
		w.arm(c.what, c.toward, c.instead)
		if err := l.Append(c.ctx, at(1, seq), record(seq)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if last, _, err := other.Last(soon(t), 1); last != seq || err != nil {
			t.Errorf("%s: %d records, not %d (%v)", c.name, last, seq, err)
		}
		if w.armed != nil {
			t.Errorf("%s: did not happen", c.name)
		}
	}
	must(t, l.Append(soon(t), at(1, 4), record(4))) // the record that was given up is there; saying it again is harmless
}

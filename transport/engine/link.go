package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
	"github.com/quic-go/quic-go"
)

// Link is a gateway's end of a stream: one partition of one node. It lives
// until either side ends it; then the gateway reads the route again and opens
// another one.
type Link struct {
	client  *Client
	stream  *quic.Stream
	route   codec.Route
	receive func(frames []byte)
	out     *queue
	cause   atomic.Pointer[error] // why this side ended it, if it did
	done    chan struct{}
	err     error // set before done is closed
}

func newLink(c *Client, stream *quic.Stream, route codec.Route, receive func([]byte)) *Link {
	l := &Link{
		client: c, stream: stream, route: route, receive: receive,
		out: newQueue(stream, &c.metrics.out), done: make(chan struct{}),
	}
	l.out.reserve()
	return l
}

// Send queues whole frames and never blocks. It reports false when the link
// has ended, or when more than its cap is queued, which ends it.
func (l *Link) Send(frames []byte) bool {
	ok, full := l.out.send(frames)
	if full {
		slow := refusal(codec.ErrorSlow, "more than %d bytes wait for partition %d: it takes moves too slowly; open the link again", queueCap, l.route.Partition)
		if l.fail(slow, slow) {
			l.client.metrics.rejected[slow.Code].Inc()
		}
	}
	return ok
}

// Done is closed when the link has ended and receive is not called any more.
func (l *Link) Done() <-chan struct{} { return l.done }

// Err is why the link ended: a codec.Error if the node or the protocol says so,
// ErrClosed after Close, else the connection's error. It is nil before Done.
func (l *Link) Err() error {
	select {
	case <-l.done:
		return l.err
	default:
		return nil
	}
}

// Close ends the link after what is queued is sent. It does not wait: Done
// comes with the node's own end, a grace later at most, and until then one
// receive may still be running.
func (l *Link) Close() { l.fail(ErrClosed, codec.Error{}) }

// fail ends this side, for cause, with an error frame if it has a code.
func (l *Link) fail(cause error, last codec.Error) (first bool) {
	first = l.out.end(last, last.Code == codec.ErrorSlow)
	if first {
		l.cause.Store(&cause)
	}
	_ = l.stream.SetReadDeadline(time.Now().Add(grace)) // cannot fail; the node answers with its own end
	return first
}

// greet says hello and checks the answer.
func (l *Link) greet(ctx context.Context) error {
	stop := context.AfterFunc(ctx, l.abort)
	hello := codec.Hello{
		Version: codec.Version, Partition: l.route.Partition, Epoch: l.route.Epoch,
		Gateway: l.client.cfg.Gateway, Hunt: l.client.cfg.Hunt,
	}
	var buf [codec.MaxFrame]byte
	_, err := l.stream.Write(hello.Append(buf[:0]))
	var t codec.Type
	var payload []byte
	if err == nil {
		t, payload, err = readFrame(l.stream, buf[:])
	}
	if !stop() {
		return fmt.Errorf("no answer to the hello: %w", ctx.Err())
	}
	if err == nil {
		err = checkAnswer(hello, t, payload)
	}
	if err != nil {
		_ = l.stream.Close() // the node waits for our end; nothing else can be done about it
		l.stream.CancelRead(0)
	}
	return err
}

// abort gives both halves of the stream up at once.
func (l *Link) abort() {
	l.stream.CancelRead(0)
	l.stream.CancelWrite(0)
}

// run reads until the stream ends, and ends the other half with it.
func (l *Link) run() {
	var writer sync.WaitGroup
	var unsent error
	writer.Go(func() {
		if unsent = l.out.run(); unsent != nil {
			// The node's reason is on its way; it has a grace to come.
			_ = l.stream.SetReadDeadline(time.Now().Add(grace)) // cannot fail
		}
	})
	err := l.pump()
	last := verdict(err)
	if l.out.end(last, true) && last.Code != 0 {
		l.client.metrics.rejected[codec.ErrorProtocol].Inc()
	}
	l.stream.CancelRead(quic.StreamErrorCode(last.Code))
	writer.Wait()
	l.err = l.why(err, unsent)
	l.client.remove(l)
	close(l.done)
}

// pump hands whole frames to receive.
func (l *Link) pump() error {
	in := cutter{r: l.stream, allow: &fromNode, sender: identity.Node.String()}
	buf := make([]byte, readBuffer)
	for {
		whole, frames, _, err := in.next(buf)
		if err != nil {
			return err
		}
		if l.cause.Load() != nil {
			continue // ended here: read on for the node's end alone
		}
		l.client.metrics.in.add(frames, whole)
		l.receive(buf[:whole])
	}
}

// why picks the reason out of what ended the reader and the writer.
func (l *Link) why(read, write error) error {
	var far told
	switch cause := l.cause.Load(); {
	case cause != nil:
		return *cause
	case errors.As(read, &far):
		return far.frame
	case errors.Is(read, io.EOF):
		return fmt.Errorf("engine: partition %d at %s ended the stream without a reason", l.route.Partition, l.route.Addr)
	case errors.Is(read, os.ErrDeadlineExceeded) && write != nil:
		read = write
	}
	return fmt.Errorf("engine: link to partition %d at %s: %w", l.route.Partition, l.route.Addr, ended(read))
}

package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"
	"golang.org/x/time/rate"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/token"
)

// peer is a session's I/O: one goroutine reads the client's stream and one
// writes it, with what the hub hands over; two reset streams that should not be.
type peer struct {
	g      *Gateway
	wt     *webtransport.Session
	quic   *quic.Conn
	stream *webtransport.Stream
	ctx    context.Context
	cancel context.CancelCauseFunc

	out     chan batch    // the hub hands one over only after a ready
	written chan struct{} // closed when the writer is done
}

// batch is what the hub hands a writer at once.
type batch struct {
	stream    []byte
	datagrams [][]byte
	fatal     *fatal // not nil: the last one
}

// fatal ends a session; it is told to the client.
type fatal struct {
	code huntpb.ErrorCode
	text string
}

func (f *fatal) Error() string { return f.text }

func newPeer(g *Gateway, wt *webtransport.Session, conn *quic.Conn) *peer {
	p := &peer{g: g, wt: wt, quic: conn, out: make(chan batch, 1), written: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancelCause(wt.Context())
	return p
}

// serve runs the session to its end.
func (p *peer) serve() {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer p.close()
	late := time.AfterFunc(helloTimeout, func() {
		p.cancel(&fatal{huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, "no hello came in time: open a stream and say hello first"})
	})
	claims, in, err := p.hello()
	if !late.Stop() && err == nil {
		err = context.Cause(p.ctx)
	}
	if err != nil {
		p.refuse(err)
		return
	}
	s := newSession(p, claims)
	wg.Go(func() { p.write(s) })
	wg.Go(p.resetStreams)
	wg.Go(p.resetUniStreams)
	if !p.g.hub.post(arrived{s}) {
		return
	}
	expiry := time.AfterFunc(time.Until(claims.Expires), func() { p.expire(s) })
	defer expiry.Stop()
	player := fmt.Sprintf("%016x", uint64(claims.Player))
	p.g.log.Debug("gateway: session begins", "player", player, "remote", p.wt.RemoteAddr())
	err = p.read(s, in)
	if f, ok := errors.AsType[*fatal](err); ok {
		p.stream.CancelRead(0)
		if !p.g.hub.post(failed{s, f}) {
			p.cancel(f)
		}
	} else {
		p.cancel(err)
	}
	<-p.written
	p.g.hub.post(left{s})
	p.g.log.Debug("gateway: session ends", "player", player, "why", context.Cause(p.ctx))
}

// expire ends a session whose token has expired. A client that does not read what it is
// told cannot put the end off.
func (p *peer) expire(s *session) {
	f := &fatal{huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN, token.ErrExpired.Error()}
	p.g.hub.post(failed{s, f})
	timer := time.NewTimer(expiryTimeout)
	defer timer.Stop()
	select {
	case <-p.written:
	case <-timer.C:
		p.cancel(f)
		_ = p.stream.SetWriteDeadline(time.Unix(1, 0)) // ends the Write that waits
	}
}

// close ends the session and its connection, with what the client is to know.
func (p *peer) close() {
	p.cancel(nil)
	code, text := huntpb.ErrorCode_ERROR_CODE_UNSPECIFIED, ""
	if f, ok := errors.AsType[*fatal](context.Cause(p.ctx)); ok {
		code, text = f.code, f.text
	}
	_ = p.wt.CloseWithError(webtransport.SessionErrorCode(code), text)
	_ = p.quic.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), text)
}

// hello waits for the client's stream and its first message.
func (p *peer) hello() (token.Claims, *bufio.Reader, error) {
	var err error
	if p.stream, err = p.wt.AcceptStream(p.ctx); err != nil {
		return token.Claims{}, nil, err
	}
	stop := context.AfterFunc(p.ctx, p.interrupt)
	defer stop()
	in := bufio.NewReaderSize(p.stream, maxMessage)
	var m huntpb.ClientMessage
	if err := p.next(in, &m); err != nil {
		return token.Claims{}, nil, err
	}
	hello := m.GetHello()
	switch {
	case hello == nil:
		return token.Claims{}, nil, &fatal{huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, fmt.Sprintf("the first message is a %s: say hello first", kindOf(&m))}
	case hello.Version != huntpb.ProtocolVersion:
		return token.Claims{}, nil, &fatal{huntpb.ErrorCode_ERROR_CODE_VERSION, fmt.Sprintf("version %d of the protocol: this gateway speaks %d", hello.Version, huntpb.ProtocolVersion)}
	}
	claims, err := token.Verify(p.g.cfg.Key, hello.Token, p.g.cfg.Hunt)
	if err != nil {
		return token.Claims{}, nil, &fatal{huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN, err.Error()}
	}
	return claims, in, nil
}

// refuse ends a session that has not begun.
func (p *peer) refuse(err error) {
	f, ok := errors.AsType[*fatal](err)
	if !ok {
		f, ok = errors.AsType[*fatal](context.Cause(p.ctx))
	}
	if !ok {
		p.g.metrics.handshakes.WithLabelValues("gone").Inc()
		p.cancel(err)
		return
	}
	p.g.metrics.handshakes.WithLabelValues(kindOfError(f.code)).Inc()
	if p.stream != nil {
		p.finish(nil, f)
	}
	p.cancel(f)
}

func kindOfError(c huntpb.ErrorCode) string {
	switch c {
	case huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN:
		return "bad_token"
	case huntpb.ErrorCode_ERROR_CODE_VERSION:
		return "version"
	case huntpb.ErrorCode_ERROR_CODE_OVERSIZED:
		return rejectOversized
	}
	return rejectBad
}

// next reads one message. A *fatal error is the client's fault; io.EOF a clean end.
func (p *peer) next(in *bufio.Reader, m *huntpb.ClientMessage) error {
	err := p.begun(in)
	if err == nil {
		err = huntpb.ReadDelimited(in, maxMessage, m)
	}
	var reason string
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && p.ctx.Err() == nil:
		reason = rejectBad
		err = &fatal{huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, fmt.Sprintf("a message was begun and is not whole after %v", messageTimeout)}
	case errors.Is(err, huntpb.ErrOversized):
		reason = rejectOversized
		err = &fatal{huntpb.ErrorCode_ERROR_CODE_OVERSIZED, err.Error()}
	case errors.Is(err, huntpb.ErrMessage), errors.Is(err, io.ErrUnexpectedEOF):
		reason = rejectBad
		err = &fatal{huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, err.Error()}
	case err != nil:
		return err
	case m.Body == nil:
		reason = rejectBad
		err = &fatal{huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, "a message without a body that this gateway knows"}
	default:
		p.g.metrics.in[kindOf(m)].Inc()
		return nil
	}
	p.g.metrics.reject(reason)
	return err
}

// begun waits for a message to begin, and from then on for messageTimeout at most.
func (p *peer) begun(in *bufio.Reader) error {
	if whole(in) {
		return nil
	}
	if in.Buffered() == 0 {
		if err := p.deadline(time.Time{}); err != nil {
			return err
		}
		if _, err := in.Peek(1); err != nil {
			return err
		}
		if whole(in) {
			return nil
		}
	}
	return p.deadline(time.Now().Add(messageTimeout))
}

// whole reports whether the buffer holds the next message.
func whole(in *bufio.Reader) bool {
	b, _ := in.Peek(in.Buffered()) // what is buffered is there
	length, n := protowire.ConsumeVarint(b)
	return n > 0 && length <= uint64(len(b)-n)
}

// deadline sets that of reads, unless the session has ended: interrupt has set it then.
func (p *peer) deadline(t time.Time) error {
	if err := p.stream.SetReadDeadline(t); err != nil {
		return err
	}
	if p.ctx.Err() != nil {
		p.interrupt()
	}
	return nil
}

// interrupt ends a Read that waits, by a deadline that is past. CancelRead would
// not do from here: it takes the stream off the session, and a Read that has
// just seen the session go then waits for an end that nobody tells it of
// (webtransport-go 0.13, ReceiveStream.handleSessionGoneError).
func (p *peer) interrupt() { _ = p.stream.SetReadDeadline(time.Unix(1, 0)) }

// read passes the client's messages to the hub until the stream ends.
func (p *peer) read(s *session, in *bufio.Reader) error {
	stop := context.AfterFunc(p.ctx, p.interrupt)
	defer stop()
	pace := newPace()
	complaint := rate.Sometimes{Interval: complaintEvery}
	held := func() {
		p.g.metrics.held.Inc()
		complaint.Do(func() { p.g.hub.post(complained{s}) })
	}
	for {
		m := new(huntpb.ClientMessage)
		if err := p.next(in, m); err != nil {
			return err
		}
		if err := pace.take(p.ctx, costOf(m, p.g.cfg.Partitions), held); err != nil {
			if _, ended := errors.AsType[*fatal](err); ended {
				p.g.metrics.reject(rejectRate)
			}
			return err
		}
		if !p.g.hub.post(received{s, m}) {
			return context.Cause(p.ctx)
		}
	}
}

// write sends what the hub hands over, and asks for more.
func (p *peer) write(s *session) {
	defer close(p.written)
	for {
		var b batch
		select {
		case b = <-p.out:
		case <-p.ctx.Done():
			return
		}
		refused := false
		for _, d := range b.datagrams {
			if err := p.wt.SendDatagram(d); err != nil {
				refused = true
				break
			}
		}
		if b.fatal != nil {
			p.finish(b.stream, b.fatal)
			p.cancel(b.fatal)
			return
		}
		if err := p.send(b.stream); err != nil {
			p.cancel(fmt.Errorf("write to the client: %w", err))
			return
		}
		if !p.g.hub.post(ready{s, b.stream[:0], refused}) {
			return
		}
	}
}

func (p *peer) send(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := p.stream.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := p.stream.Write(b)
	return err
}

// finish tells the client why the session ends and waits a moment for it to end
// it: a session that is closed at once takes the message with it.
func (p *peer) finish(b []byte, f *fatal) {
	b = append(b, p.g.metrics.encode(errorMessage(f.code, true, f.text)).framed...)
	p.g.metrics.out["error"].Inc()
	if p.send(b) != nil || p.stream.Close() != nil {
		return
	}
	timer := time.NewTimer(lingerTimeout)
	defer timer.Stop()
	select {
	case <-p.wt.Context().Done():
	case <-timer.C:
	}
}

// resetStreams refuses what a client opens beside its one stream.
func (p *peer) resetStreams() {
	for range maxExtraStreams {
		stream, err := p.wt.AcceptStream(p.ctx)
		if err != nil {
			return
		}
		p.g.metrics.reject(rejectStream)
		stream.CancelRead(0)
		stream.CancelWrite(0)
	}
	p.cancel(&fatal{huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, "too many streams: a session has one"})
}

func (p *peer) resetUniStreams() {
	for range maxExtraStreams {
		stream, err := p.wt.AcceptUniStream(p.ctx)
		if err != nil {
			return
		}
		p.g.metrics.reject(rejectStream)
		stream.CancelRead(0)
	}
	p.cancel(&fatal{huntpb.ErrorCode_ERROR_CODE_BAD_MESSAGE, "too many streams: a session has one, opened by the client"})
}

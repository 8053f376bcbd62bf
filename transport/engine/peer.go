package engine

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/identity"
	"github.com/quic-go/quic-go"
)

// peer is the node's end of a stream; actors know it as a codec.Peer. serve
// owns it, the queue's writer runs beside it.
type peer struct {
	server *Server
	stream *quic.Stream
	who    identity.Peer
	from   string       // its address, for the log
	hello  *codec.Hello // of the server's lock; nil until it came
	out    *queue
	free   chan []byte     // read buffers that nobody holds
	ctx    context.Context // ends with the peer: a Submit that blocks gives up
	cancel context.CancelFunc
	done   chan struct{} // closed when serve is through
}

func newPeer(s *Server, stream *quic.Stream, who identity.Peer, from string) *peer {
	p := &peer{
		server: s, stream: stream, who: who, from: from,
		out:  newQueue(stream, &s.metrics.out),
		free: make(chan []byte, readBuffers),
		done: make(chan struct{}),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	_ = stream.SetReadDeadline(time.Now().Add(handshakeWait)) // for the hello; it cannot fail
	return p
}

// Send implements codec.Peer.
func (p *peer) Send(frames []byte) bool {
	ok, full := p.out.send(frames)
	if full {
		p.end(refusal(codec.ErrorSlow, "more than %d bytes wait for this gateway; read faster, then open the stream and subscribe again", queueCap))
	}
	return ok
}

// Recycle implements codec.Peer. It takes a batch's Frames as they came, once;
// anything else is the caller's bug and would starve or corrupt the reader.
func (p *peer) Recycle(buffer []byte) {
	if cap(buffer) == 0 {
		return // a closed batch has none
	}
	if cap(buffer) != readBuffer {
		panic("engine: recycled what is no batch's buffer")
	}
	select {
	case p.free <- buffer[:readBuffer]:
	default:
		panic("engine: recycled a batch's buffer twice")
	}
}

// end gives the stream up with an error frame, or without one if the code is
// zero. It never blocks; only the first call counts. A peer that is slow has
// its queue thrown away, any other gets what was sent to it before.
func (p *peer) end(last codec.Error) {
	if p.out.end(last, last.Code == codec.ErrorSlow) {
		p.server.ending(p, last)
	}
	p.cancel()
	_ = p.stream.SetReadDeadline(time.Now().Add(grace)) // cannot fail
}

// serve runs the stream from hello to end.
func (p *peer) serve(lookup Lookup) {
	defer close(p.done)
	defer p.cancel()
	var writer sync.WaitGroup
	writer.Go(func() {
		if p.out.run() != nil {
			p.end(codec.Error{}) // it takes nothing any more: stop reading as well
		}
	})
	box, err := p.admit(lookup)
	if err == nil {
		p.server.metrics.peers.Inc()
		err = p.pump(box)
		p.end(verdict(err))
		p.part(box)
		p.server.metrics.peers.Dec()
	}
	p.end(verdict(err))
	clean := p.drain(err)
	writer.Wait()
	if !clean {
		p.stream.CancelRead(quic.StreamErrorCode(p.out.code))
		p.stream.CancelWrite(quic.StreamErrorCode(p.out.code))
	}
}

// verdict is the last frame after err; none if there is nobody to tell it.
func verdict(err error) codec.Error {
	var far told
	var e codec.Error
	if errors.As(err, &far) || !errors.As(err, &e) {
		return codec.Error{}
	}
	return e
}

// admit reads and checks the hello, finds the partition's mailbox and answers.
func (p *peer) admit(lookup Lookup) (Mailbox, error) {
	var buf [codec.MaxFrame]byte
	t, payload, err := readFrame(p.stream, buf[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, refusal(codec.ErrorProtocol, "no hello within %v; send one first", handshakeWait)
	}
	if err != nil {
		return nil, err
	}
	hello, err := parseHello(t, payload)
	if err != nil {
		return nil, err
	}
	// Known to Drop before the lookup: a partition that refuses lookups and
	// then drops its peers misses none.
	p.server.greet(p, &hello)
	box, err := lookup(hello.Hunt, hello.Partition, hello.Epoch)
	if err != nil {
		return nil, refused(err, codec.ErrorPartition)
	}
	_ = p.stream.SetReadDeadline(time.Time{})
	if p.ctx.Err() != nil { // ended meanwhile: its deadline was just overwritten
		_ = p.stream.SetReadDeadline(time.Now().Add(grace))
		return nil, p.ctx.Err()
	}
	p.arm()
	p.out.send(answer(hello).Append(nil))
	return box, nil
}

// arm takes the peer's buffers: one whose hello was refused, or never came, has none.
func (p *peer) arm() {
	for range readBuffers {
		p.free <- make([]byte, readBuffer)
	}
	p.out.reserve()
}

// pump hands whole frames to the mailbox until the stream ends. It waits where
// the mailbox blocks or holds all buffers, and so does the gateway then.
func (p *peer) pump(box Mailbox) error {
	in := cutter{r: p.stream, allow: grammarOf(p.who.Role), sender: p.who.Role.String()}
	for {
		var buf []byte
		select {
		case buf = <-p.free:
		case <-p.ctx.Done():
			return p.ctx.Err()
		}
		whole, frames, readAt, err := in.next(buf)
		if err != nil {
			return err
		}
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		p.server.metrics.in.add(frames, whole)
		p.audit(buf[:whole])
		if err := box.Submit(p.ctx, codec.Batch{Peer: p, Frames: buf[:whole], ReadAt: readAt}); err != nil {
			return refused(err, codec.ErrorStopping)
		}
	}
}

// part tells the actor that the peer is gone, after everything that it sent.
func (p *peer) part(box Mailbox) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := box.Submit(ctx, codec.Batch{Peer: p, Closed: true}); err != nil {
		p.server.log.Warn("engine hop: the partition was not told that a peer is gone; it learns so when it sends", "peer", p.who.String(), "from", p.from, "err", err)
	}
}

// drain throws away what the gateway still sends until it ends its side as
// well: only then is it certain to have the last frame. end has set a deadline.
func (p *peer) drain(err error) (clean bool) {
	if errors.Is(err, io.EOF) {
		return true
	}
	_, err = io.Copy(io.Discard, p.stream)
	return err == nil
}

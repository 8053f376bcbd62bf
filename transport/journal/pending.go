package journal

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/huntgraph/huntgraph/codec"
)

// Pending is an append that was begun. Wait says what Append says; after the
// context's error it may be called again. It is an alias, so that a port of
// another package can name the same type.
type Pending = interface {
	Wait(ctx context.Context) error
}

// pending is an append that was begun. Those of a log form a chain: one is
// settled after the one before it, since a record may only be stored again once
// all before it are.
type pending struct {
	stream *stream
	seq    uint64
	id     string
	data   []byte
	before *pending               // the append right before it, until that is settled
	ack    jetstream.PubAckFuture // nil: it was not sent
	cause  error                  // why, or what came instead of the acknowledgement
	broken atomic.Bool            // not sent or not acknowledged, and not stored since
	done   bool
	err    error // once it is done
}

// Start begins to store a record and does not wait for the answer; it blocks
// only while maxPending appends have none. It publishes what Append publishes,
// and the Wait of what it returns does and says what Append would. The record
// stays as it is until then.
//
// One goroutine starts, one waits; the Waits of a log come in the order of its
// Starts. After an append that failed none of those right behind it is stored:
// their Waits fail with its error.
func (l *Log) Start(at codec.Index, record []byte) Pending {
	p := &pending{stream: l.stream(at.Round), seq: at.Seq, id: messageID(at.Seq, record), data: record}
	if t := l.tail; t != nil && t.stream.round == at.Round && t.seq+1 == at.Seq {
		p.before = t
	}
	l.tail = p
	p.publish()
	return p
}

// publish sends the record, unless it would follow one that did not come
// through: only once that is stored is the place before this one known to be
// this writer's.
func (p *pending) publish() {
	if p.err = p.stream.lawful(p.seq, p.data); p.err != nil {
		p.done = true
		p.broken.Store(true)
		return
	}
	if p.before != nil && p.before.broken.Load() {
		p.cause = errors.New("the append before it did not come through")
	} else {
		before := ""
		if p.before != nil {
			before = p.before.id
		}
		p.ack, p.cause = p.stream.publishAsync(p.seq, p.id, p.data, before)
	}
	p.broken.Store(p.cause != nil)
}

// Wait says what Append says. After the context's error it may be called again.
func (p *pending) Wait(ctx context.Context) error {
	if p.before != nil {
		if err := p.before.Wait(ctx); err != nil {
			return fmt.Errorf("%s: not stored behind the one before it: %w", p.stream.at(p.seq), err)
		}
		p.before = nil
	}
	if p.done {
		return p.err
	}
	err := p.settle(ctx)
	p.done = err == nil || ctx.Err() == nil
	p.err = err
	p.broken.Store(err != nil)
	return err
}

func (p *pending) settle(ctx context.Context) error {
	if p.ack != nil {
		cause, err := p.answer(ctx)
		if err != nil {
			return fmt.Errorf("%s: not known to be stored: %w", p.stream.at(p.seq), err)
		}
		p.ack, p.cause = nil, cause
	}
	if p.cause == nil {
		return nil
	}
	p.broken.Store(true)
	return p.stream.settle(ctx, p.seq, p.data, p.cause)
}

// answer waits for the server's: nil is the acknowledgement.
func (p *pending) answer(ctx context.Context) (cause, err error) {
	select {
	case ack := <-p.ack.Ok():
		return p.stream.acknowledged(ack, p.seq), nil
	case cause := <-p.ack.Err():
		return cause, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

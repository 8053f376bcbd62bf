package journal

import (
	"context"
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
	data   []byte
	id     string                 // of the message; data may be another's once the append is settled
	before *pending               // the append right before it, until that is settled
	ack    jetstream.PubAckFuture // of what was sent, until the answer is here
	follow atomic.Bool            // the record after it may be sent
	done   bool
	err    error // once it is done
}

// Start begins to store a record and does not wait for the answer; it blocks
// only while maxPending appends have none. It publishes what Append publishes,
// and the Wait of what it returns does and says what Append would. The record
// stays as it is until then. On a stream with replicas a record is sent when the
// one before it is stored, in its own Wait if need be.
//
// One goroutine starts, one waits; the Waits of a log come in the order of its
// Starts. After an append that failed none of those right behind it is stored:
// their Waits fail with its error.
func (l *Log) Start(at codec.Index, record []byte) Pending {
	p := &pending{stream: l.stream(at.Round), seq: at.Seq, data: record, id: messageID(at.Seq, record)}
	if t := l.tail; t != nil && t.stream.round == at.Round && t.seq+1 == at.Seq {
		p.before = t
	}
	l.tail = p
	if p.err = p.stream.lawful(p.seq, p.data); p.err != nil {
		p.done = true
	} else if p.before == nil || p.before.follow.Load() {
		p.send()
	}
	return p
}

// send sends the record. An error is left to Wait, which sends it again.
func (p *pending) send() {
	before := ""
	if p.before != nil {
		before = p.before.id
	}
	ack, err := p.stream.publishAsync(p.seq, p.data, p.id, before)
	if err == nil {
		p.ack = ack
		p.follow.Store(p.stream.chained())
	}
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
	p.err = p.settle(ctx)
	p.done = p.err == nil || ctx.Err() == nil
	p.follow.Store(p.err == nil)
	return p.err
}

// settle takes the answer to what was sent, and sends the record again as long
// as it takes.
func (p *pending) settle(ctx context.Context) error {
	var cause error
	switch {
	case p.ack == nil:
		cause = p.stream.publish(ctx, p.seq, p.data)
	default:
		select {
		case ack := <-p.ack.Ok():
			cause = p.stream.acknowledged(ack, p.seq)
		case cause = <-p.ack.Err():
		case <-ctx.Done():
			return fmt.Errorf("%s: not known to be stored: %w", p.stream.at(p.seq), ctx.Err())
		}
		p.ack = nil
	}
	if cause == nil {
		return nil
	}
	p.follow.Store(false)
	return p.stream.settle(ctx, p.seq, p.data, cause)
}

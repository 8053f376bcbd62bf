package gateway

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// pace holds a session to its rate. A message above it waits, and so do those
// behind it, unread: QUIC's flow control carries that to the client. A client
// that is still above its rate after maxHeld is ended.
type pace struct {
	limit *rate.Limiter
	since time.Time // when the client began to be held; zero: it is not
	until time.Time // when the last message that waited was taken
}

func newPace() *pace { return &pace{limit: rate.NewLimiter(messageRate, messageBurst)} }

// take takes a message's cost off the session's allowance, and waits for that
// if it has to; held is called before. The error is a *fatal one, or that of ctx.
func (p *pace) take(ctx context.Context, cost int, held func()) error {
	now := time.Now()
	wait := p.limit.ReserveN(now, cost).DelayFrom(now)
	if wait == 0 {
		if now.Sub(p.until) > calmAfter {
			p.since = time.Time{}
		}
		return nil
	}
	if p.since.IsZero() {
		p.since = now
	}
	if now.Sub(p.since) > maxHeld {
		return &fatal{huntpb.ErrorCode_ERROR_CODE_RATE, fmt.Sprintf("too many messages for %v: send at most %d a second", maxHeld, messageRate)}
	}
	held()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		p.until = time.Now()
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// costOf is what a message takes off its session's allowance, in moves. It is at
// most messageBurst, so that every message is taken some time.
func costOf(m *huntpb.ClientMessage, areas int) int {
	switch b := m.Body.(type) {
	case *huntpb.ClientMessage_Subscribe:
		n := len(b.Subscribe.Areas)
		if b.Subscribe.All {
			n += areas
		}
		return min(subscribeCost+n*areaCost, messageBurst)
	case *huntpb.ClientMessage_Join, *huntpb.ClientMessage_Leave:
		return joinCost
	case *huntpb.ClientMessage_Ask:
		return askCost
	}
	return 1
}

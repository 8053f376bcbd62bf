package gateway

import (
	"context"

	"github.com/huntgraph/huntgraph/codec"
)

// Hop opens links to partitions.
type Hop interface {
	// Open connects to the partition's owner and says hello. receive gets whole
	// frames, in order, one call at a time, valid during the call; it may block
	// while the gateway is behind. An open link ends by Close, not with ctx.
	Open(ctx context.Context, route codec.Route, receive func(frames []byte)) (Link, error)
}

// Link is one open stream to a partition.
type Link interface {
	// Send queues whole frames and never blocks; the frames are copied. It
	// reports false when the link is over or too much is queued.
	Send(frames []byte) bool
	// Done is closed when the link is over; Err then says why.
	Done() <-chan struct{}
	Err() error
	Close()
}

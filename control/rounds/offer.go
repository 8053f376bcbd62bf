package rounds

import (
	"context"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// offer is what the keeper needs of a group.
type offer struct {
	partition codec.PartitionID
	index     codec.Index
	items     []item
	flush     chan struct{} // not a group: close it
}

// item is a grant or an event of a group.
type item struct {
	ordinal uint32
	grant   *codec.Grant // nil: an event
	event   codec.Event
}

// Offer hands the keeper a durable group of a partition. It takes what it needs
// and keeps nothing of the group; while the keeper is behind it waits. Groups
// of one partition must come in order. It fails with what Run failed with.
func (k *Keeper) Offer(ctx context.Context, g codec.Group) error {
	o, err := sift(g)
	if err == nil && int(o.partition) >= k.cfg.Partitions {
		err = fmt.Errorf("the hunt has %d partitions", k.cfg.Partitions)
	}
	if err != nil {
		return fmt.Errorf("round keeper: group of partition %d at %s: %w", o.partition, o.index, err)
	}
	return k.send(ctx, o)
}

// Flush waits until all that was offered before it is projected. Call it before
// a clean stop, while Run still runs.
func (k *Keeper) Flush(ctx context.Context) error {
	o := offer{flush: make(chan struct{})}
	if err := k.send(ctx, o); err != nil {
		return err
	}
	select {
	case <-o.flush:
		return nil
	case <-k.stopped:
		return k.stopError()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *Keeper) send(ctx context.Context, o offer) error {
	select {
	case <-k.stopped: // first, for the queue may have room
		return k.stopError()
	default:
	}
	select {
	case k.queue <- o:
		return nil
	case <-k.stopped:
		return k.stopError()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sift copies the frames that the keeper projects; the others only count.
func sift(g codec.Group) (offer, error) {
	o := offer{partition: g.Durable.Partition, index: g.Durable.Index}
	rest := g.Frames
	for ordinal := uint32(0); len(rest) > 0; ordinal++ {
		kind, payload, next, err := codec.Next(rest)
		if err != nil {
			return o, fmt.Errorf("frame %d: %w", ordinal, err)
		}
		rest = next
		switch kind {
		case codec.TypeGrant:
			grant, err := codec.ParseGrant(payload)
			if err != nil {
				return o, fmt.Errorf("grant in frame %d: %w", ordinal, err)
			}
			o.items = append(o.items, item{ordinal: ordinal, grant: &grant})
		case codec.TypeEvent:
			event, err := codec.ParseEvent(payload)
			if err != nil {
				return o, fmt.Errorf("event in frame %d: %w", ordinal, err)
			}
			switch event.Kind {
			case codec.EventRoundStarted, codec.EventTreasureOpened, codec.EventRoundEnded:
				o.items = append(o.items, item{ordinal: ordinal, event: event})
			}
		}
	}
	return o, nil
}

package rounds

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// Stream is where the events of a hunt's rounds are kept: per round an
// append-only sequence from 1. Each message is one huntpb.RoundEvent.
type Stream interface {
	// Create makes the round's stream; one that is there is well.
	Create(ctx context.Context, round codec.Round) error
	// Append appends durably if the stream's last sequence is expectLast (0: it
	// is empty), and fails otherwise. Whether an append whose answer was lost is
	// in the stream is found out inside.
	Append(ctx context.Context, round codec.Round, expectLast uint64, data []byte) (seq uint64, err error)
	// Read calls fn for every message in order. data is valid during the call.
	Read(ctx context.Context, round codec.Round, fn func(seq uint64, data []byte) error) error
	// Rounds lists the rounds that have a stream, in any order.
	Rounds(ctx context.Context) ([]codec.Round, error)
}

// place is where a partition's event comes from; the zero place is before all.
type place struct {
	index   codec.Index
	ordinal uint32 // of its frame in the group, from 0
}

// beyond reports whether p comes after o in the partition.
func (p place) beyond(o place) bool {
	c := p.index.Compare(o.index)
	return c > 0 || c == 0 && p.ordinal > o.ordinal
}

// id is the event's identity.
func (p place) id(partition codec.PartitionID) *huntpb.EventID {
	return &huntpb.EventID{
		Partition: proto.Uint32(uint32(partition)),
		Round:     uint32(p.index.Round),
		Seq:       p.index.Seq,
		Ordinal:   p.ordinal,
	}
}

func placeOf(id *huntpb.EventID) place {
	return place{codec.Index{Round: codec.Round(id.Round), Seq: id.Seq}, id.Ordinal}
}

// source names an event's origin in errors.
type source struct {
	partition codec.PartitionID
	place
}

func (s source) String() string {
	return fmt.Sprintf("partition %d, index %s, frame %d", s.partition, s.index, s.ordinal)
}

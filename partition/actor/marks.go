package actor

import (
	"context"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
)

// A mark is what is known of a partition's journal from outside of it (I5): the
// watermarks that nodes write down, and what the partition before it in the ring
// carries in its records. A stream whose tail is gone is a sound, shorter one;
// only a mark shows that.

// marks checks that the record of each mark is there, and is the one that was
// marked. A round before the oldest stream was deleted by whoever deletes,
// when a snapshot after it was durable.
func (r *replayer) marks(ends []codec.Index) error {
	for _, m := range r.cfg.Marks {
		if m.Index == (codec.Index{}) || len(ends) > 0 && m.Index.Round < ends[0].Round {
			continue
		}
		record, ok, err := r.cfg.Journal.Record(r.ctx, m.Index)
		if err != nil {
			return fmt.Errorf("read the marked record %v: %w", m.Index, err)
		}
		if !ok {
			return r.short(ends, m.Index)
		}
		if h, _, err := codec.ParseRecord(record); err != nil || hashOf(record) != m.Chain || h.State != m.State {
			return r.wrong(m.Index, ErrMark)
		}
	}
	return nil
}

// short names the first record that is missing before a mark.
func (r *replayer) short(ends []codec.Index, mark codec.Index) error {
	last := codec.Index{}
	for _, end := range ends {
		if end.Compare(mark) < 0 {
			last = end
		}
	}
	return r.wrong(codec.Index{Round: last.Round, Seq: last.Seq + 1},
		fmt.Errorf("%w: it was durable up to %v, the last record before that is %v", ErrMissing, mark, last))
}

// NeighbourMark is what the last record of partition p's journal knows of the
// next partition in the ring, which may be itself: a mark of that one's journal;
// false if there is none.
func NeighbourMark(ctx context.Context, p codec.PartitionID, j Journal) (mark codec.Watermark, ok bool, err error) {
	ends, err := written(ctx, j)
	if err != nil || len(ends) == 0 {
		return mark, false, err
	}
	at := ends[len(ends)-1]
	record, ok, err := j.Record(ctx, at)
	if err != nil || !ok {
		return mark, false, err
	}
	h, _, err := codec.ParseRecord(record)
	if err != nil {
		return mark, false, &ReplayError{p, at, fmt.Errorf("%w: %w", ErrRecord, err)}
	}
	return h.Neighbour, h.Neighbour.Index != codec.Index{}, nil
}

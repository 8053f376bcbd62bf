package actor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// start finds where to begin: at the newest good snapshot of those that are old
// enough, or with the fresh state. One that is not good is noted and passed over.
func (r *replayer) start(ends []codec.Index) error {
	snapshots, err := r.cfg.Journal.Snapshots(r.ctx)
	if err != nil {
		return fmt.Errorf("list the snapshots: %w", err)
	}
	if err := r.outlived(snapshots, ends); err != nil || len(ends) == 0 {
		return err
	}
	if err := r.lost(snapshots, ends[len(ends)-1].Round); err != nil {
		return err
	}
	for _, at := range r.candidates(snapshots, ends) {
		s, err := r.cfg.load(r.ctx, at)
		if bad := (*ReplayError)(nil); errors.As(err, &bad) && errors.Is(err, ErrSnapshot) {
			r.Fallbacks = append(r.Fallbacks, bad)
			continue
		}
		if err != nil {
			return err
		}
		if r.beyond(s.core) {
			continue
		}
		r.Core, r.Epoch, r.Neighbour, r.Last, r.Snapshot, r.at = s.core, s.epoch, s.neighbour, s.last, s.ref, at
		return r.there()
	}
	if first := ends[0]; first.Round != 1 {
		return r.wrong(codec.Index{Round: first.Round, Seq: 1}, ErrStart)
	}
	return nil
}

// outlived refuses a journal that is shorter than its snapshots: each was stored
// after its record was durable (I5).
func (r *replayer) outlived(snapshots, ends []codec.Index) error {
	if len(snapshots) == 0 {
		return nil
	}
	last := codec.Index{}
	if len(ends) > 0 {
		last = ends[len(ends)-1]
	}
	if newest := snapshots[len(snapshots)-1]; newest.Compare(last) > 0 {
		return r.wrong(codec.Index{Round: last.Round, Seq: last.Seq + 1},
			fmt.Errorf("%w: there is a snapshot of %v, the last record is %v", ErrMissing, newest, last))
	}
	return nil
}

// lost notes a snapshot that the last base names and nobody has any more. Older
// ones than those that are stored were deleted.
func (r *replayer) lost(snapshots []codec.Index, last codec.Round) error {
	base, err := r.cfg.baseOf(r.ctx, last)
	if err != nil {
		return err
	}
	at := base.Snapshot.At
	if at == (codec.Index{}) || slices.Contains(snapshots, at) || len(snapshots) > 0 && at.Compare(snapshots[0]) < 0 {
		return nil
	}
	r.Fallbacks = append(r.Fallbacks, &ReplayError{
		Partition: r.cfg.Partition, Index: at,
		Err: fmt.Errorf("%w: the base of round %d names it, and it is not stored", ErrSnapshot, last),
	})
	return nil
}

// candidates are the snapshots to try, in that order: the newest first, of those
// before what must be replayed. Where the journal begins after From, as much as
// there is must be: the oldest first.
func (r *replayer) candidates(snapshots, ends []codec.Index) []codec.Index {
	first, last := ends[0].Round, ends[len(ends)-1].Round
	from := r.cfg.From
	if from > last {
		from = last
	}
	list := without(slices.Clone(snapshots), func(at codec.Index) bool {
		return at.Round < first || r.cfg.To != (codec.Cut{}) && at.Round > r.cfg.To.Round
	})
	switch {
	case from == 0:
	case from > first || first == 1:
		list = without(list, func(at codec.Index) bool { return at.Round >= from })
	default:
		return list
	}
	slices.Reverse(list)
	return list
}

// beyond reports whether a core is past the tick to stop at.
func (r *replayer) beyond(c *partition.Core) bool {
	return r.cfg.To != (codec.Cut{}) && r.cfg.To.Compare(codec.Cut{Round: c.Round(), Tick: c.TickNow()}) < 0
}

// loaded is the state of a snapshot and the record that it follows.
type loaded struct {
	core      *partition.Core
	epoch     codec.Epoch
	neighbour codec.Watermark
	last      codec.Watermark
	ref       codec.SnapshotRef
}

// CheckSnapshot restores a snapshot into a core of its own and compares it with
// the record at its index. A *ReplayError that wraps ErrSnapshot says that it is
// of no use; any other error, that the journal is not readable there.
func CheckSnapshot(ctx context.Context, cfg ReplayConfig, at codec.Index) error {
	_, err := cfg.load(ctx, at)
	return err
}

// load restores a snapshot. It is good if it is the one that the base after it
// names, if that names it, and if the state has the hash that the record has.
func (c *ReplayConfig) load(ctx context.Context, at codec.Index) (s loaded, err error) {
	wrong := func(err error) error { return &ReplayError{Partition: c.Partition, Index: at, Err: err} }
	base, err := c.baseOf(ctx, at.Round)
	if err != nil {
		return s, err
	}
	record, ok, err := c.Journal.Record(ctx, at)
	if err != nil {
		return s, fmt.Errorf("read record %v: %w", at, err)
	}
	if !ok {
		return s, wrong(fmt.Errorf("%w: there is a snapshot of it", ErrMissing))
	}
	h, _, err := codec.ParseRecord(record)
	if err != nil {
		return s, wrong(fmt.Errorf("%w: %w", ErrRecord, err))
	}
	data, err := c.Journal.Snapshot(ctx, at)
	if ctx.Err() != nil {
		return s, err
	}
	if err == nil {
		s.ref = codec.SnapshotRef{At: at, Sum: sha256.Sum256(data)}
		err = c.named(ctx, s.ref)
	}
	if err == nil {
		s.core, err = c.restore(base.Rules, data, h.State)
	}
	if err != nil {
		return s, wrong(fmt.Errorf("%w: %w", ErrSnapshot, err))
	}
	s.epoch, s.neighbour = h.Epoch, h.Neighbour
	s.last = codec.Watermark{Partition: c.Partition, Index: at, State: h.State, Chain: hashOf(record)}
	return s, nil
}

// restore is a core with the state of a stored snapshot.
func (c *ReplayConfig) restore(rules codec.Rules, data []byte, state uint64) (*partition.Core, error) {
	raw, err := unpack(data)
	if err != nil {
		return nil, err
	}
	core, err := c.Build(rules)
	if err != nil {
		return nil, err
	}
	if err := core.Restore(raw); err != nil {
		return nil, err
	}
	if err := core.CheckHash(); err != nil {
		return nil, err
	}
	if core.Hash() != state {
		return nil, fmt.Errorf("%w: %016x restored, %016x in the record", ErrState, core.Hash(), state)
	}
	return core, nil
}

// named compares a snapshot with what the next round's base says of it, if it does.
func (c *ReplayConfig) named(ctx context.Context, ref codec.SnapshotRef) error {
	base, err := c.baseOf(ctx, ref.At.Round+1)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err == nil && base.Snapshot.At == ref.At && base.Snapshot.Sum != ref.Sum {
		err = fmt.Errorf("its SHA-256 is %x, the base of round %d says %x", ref.Sum[:8], ref.At.Round+1, base.Snapshot.Sum[:8])
	}
	return err
}

// baseOf reads the base of a round.
func (c *ReplayConfig) baseOf(ctx context.Context, round codec.Round) (codec.Base, error) {
	at := codec.Index{Round: round, Seq: 1}
	record, ok, err := c.Journal.Record(ctx, at)
	if err != nil {
		return codec.Base{}, fmt.Errorf("read record %v: %w", at, err)
	}
	if !ok {
		return codec.Base{}, &ReplayError{Partition: c.Partition, Index: at, Err: ErrMissing}
	}
	h, body, err := codec.ParseRecord(record)
	if err == nil && h.Kind != codec.RecordBase {
		err = codec.ErrType
	}
	if err != nil {
		return codec.Base{}, &ReplayError{Partition: c.Partition, Index: at, Err: fmt.Errorf("%w: %w", ErrRecord, err)}
	}
	base, err := c.base(body)
	if err != nil {
		return base, &ReplayError{Partition: c.Partition, Index: at, Err: err}
	}
	return base, nil
}

// base reads a base record's body; it must be of this hunt and world.
func (c *ReplayConfig) base(body []byte) (codec.Base, error) {
	base, err := codec.ParseBase(body)
	switch {
	case err != nil:
		return base, fmt.Errorf("%w: %w", ErrRecord, err)
	case base.Hunt != c.Hunt:
		return base, fmt.Errorf("%w: the journal is of another hunt", ErrBase)
	case base.World != c.World:
		return base, fmt.Errorf("%w: the journal is of world %x, this is %x", ErrBase, base.World[:8], c.World[:8])
	}
	return base, nil
}

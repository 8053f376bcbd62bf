package journal

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/huntgraph/huntgraph/codec"
)

// SnapshotInfo describes a stored snapshot.
type SnapshotInfo struct {
	At    codec.Index
	Bytes uint64
	Sum   codec.Hash // SHA-256 of what was put
	Err   error      // wraps ErrDamaged: the rest is unknown, for it cannot be read
}

// PutSnapshot stores the partition's state after the record at an index, at most
// MaxSnapshot bytes, in the hunt's object store, and returns once it is durable.
// An older one of the same index is replaced then.
func (l *Log) PutSnapshot(ctx context.Context, at codec.Index, data []byte) error {
	if err := l.j.put(ctx, snapshotName(l.partition, at), data); err != nil {
		return fmt.Errorf("journal: storing %s: %w", l.snapshot(at), err)
	}
	return nil
}

// Snapshot reads the snapshot of an index. ErrNoSnapshot means that there is
// none; one that is not as it was put gives an error that names partition and
// index and wraps ErrDamaged.
func (l *Log) Snapshot(ctx context.Context, at codec.Index) ([]byte, error) {
	data, err := l.j.object(ctx, snapshotName(l.partition, at))
	if err != nil {
		return nil, fmt.Errorf("journal: reading %s: %w", l.snapshot(at), orNone(err, ErrNoSnapshot))
	}
	return data, nil
}

// Snapshots lists the indices of the stored snapshots, rising, also of those
// that cannot be read. One whose deletion a crash cut short may be among them:
// then reading it says ErrNoSnapshot, and it can be deleted again.
func (l *Log) Snapshots(ctx context.Context) ([]codec.Index, error) {
	names, err := l.j.objects(ctx)
	if err != nil {
		return nil, fmt.Errorf("journal: listing the snapshots of partition %d: %w", l.partition, err)
	}
	var all []codec.Index
	for _, name := range names {
		if p, at, ok := parseSnapshotName(name); ok && p == l.partition {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, codec.Index.Compare)
	return all, nil
}

// SnapshotInfos describes the stored snapshots, rising.
func (l *Log) SnapshotInfos(ctx context.Context) ([]SnapshotInfo, error) {
	indices, err := l.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	infos := make([]SnapshotInfo, 0, len(indices))
	for _, at := range indices {
		info, err := l.snapshotInfo(ctx, at)
		if errors.Is(err, errNoObject) {
			continue // deleted since, or its deletion was cut short
		}
		if err != nil {
			return nil, fmt.Errorf("journal: asking for %s: %w", l.snapshot(at), err)
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func (l *Log) snapshotInfo(ctx context.Context, at codec.Index) (SnapshotInfo, error) {
	info := SnapshotInfo{At: at}
	object, err := l.j.describe(ctx, snapshotName(l.partition, at))
	switch {
	case errors.Is(err, ErrDamaged):
		info.Err = err
		return info, nil
	case err != nil:
		return info, err
	}
	sum, err := base64.URLEncoding.DecodeString(strings.TrimPrefix(object.Digest, digestPrefix))
	if err != nil || len(sum) != len(info.Sum) {
		info.Err = fmt.Errorf("%w: its description has digest %q", ErrDamaged, object.Digest)
		return info, nil
	}
	info.Bytes, info.Sum = object.Size, codec.Hash(sum)
	return info, nil
}

// DeleteSnapshot deletes the snapshot of an index; one that is not there is
// well. Only whoever knows that a newer one is good may call it.
func (l *Log) DeleteSnapshot(ctx context.Context, at codec.Index) error {
	if err := l.j.deleteObject(ctx, snapshotName(l.partition, at)); err != nil {
		return fmt.Errorf("journal: deleting %s: %w", l.snapshot(at), err)
	}
	return nil
}

// snapshot names one for an error.
func (l *Log) snapshot(at codec.Index) string {
	return fmt.Sprintf("the snapshot of partition %d at index %v", l.partition, at)
}

// orNone says none where an object is not there.
func orNone(err, none error) error {
	if errors.Is(err, errNoObject) {
		return none
	}
	return err
}

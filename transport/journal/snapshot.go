package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/huntgraph/huntgraph/codec"
)

// PutSnapshot stores the state that a round of the partition starts from, at
// most MaxSnapshot bytes, in the hunt's object store. An older one of the same
// round is replaced once the new one is durable.
func (l *Log) PutSnapshot(ctx context.Context, round codec.Round, data []byte) error {
	fail := func(err error) error {
		return fmt.Errorf("journal: storing the snapshot of partition %d, round %d: %w", l.partition, round, err)
	}
	if len(data) > MaxSnapshot {
		return fail(fmt.Errorf("%d bytes, lawful are %d", len(data), MaxSnapshot))
	}
	bucket, err := l.bucket(ctx)
	if err != nil {
		return fail(err)
	}
	meta := jetstream.ObjectMeta{Name: snapshotName(l.partition, round)}
	if _, err := bucket.Put(ctx, meta, bytes.NewReader(data)); err != nil {
		return fail(err)
	}
	return nil
}

// bucket gives the hunt's object store and makes it the first time.
func (l *Log) bucket(ctx context.Context) (jetstream.ObjectStore, error) {
	bucket, err := l.j.js.ObjectStore(ctx, l.j.names.bucket())
	if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return bucket, err
	}
	return l.j.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: l.j.names.bucket(), Storage: jetstream.FileStorage, Replicas: l.j.replicas,
	})
}

// Snapshot reads the snapshot of a round of the partition. ErrNoSnapshot means
// that there is none; one that is not as it was put gives an error that names
// partition and round and wraps ErrDamaged.
func (l *Log) Snapshot(ctx context.Context, round codec.Round) ([]byte, error) {
	fail := func(err error) error {
		return fmt.Errorf("journal: reading the snapshot of partition %d, round %d: %w", l.partition, round, err)
	}
	bucket, err := l.j.js.ObjectStore(ctx, l.j.names.bucket())
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, fail(ErrNoSnapshot)
	}
	if err != nil {
		return nil, fail(err)
	}
	name := snapshotName(l.partition, round)
	info, err := bucket.GetInfo(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, fail(l.absent(ctx, name))
	}
	if err != nil {
		return nil, fail(err)
	}
	data, err := l.chunks(ctx, info)
	if err != nil {
		return nil, fail(err)
	}
	return data, nil
}

// absent tells a snapshot that was never put from one whose description cannot
// be read; the server answers the same for both, but counts its messages right.
func (l *Log) absent(ctx context.Context, name string) error {
	bucket := l.j.names.bucket()
	s, err := l.j.js.Stream(ctx, "OBJ_"+bucket)
	if err != nil {
		return err
	}
	subject := "$O." + bucket + ".M." + base64.URLEncoding.EncodeToString([]byte(name))
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(subject))
	if err != nil {
		return err
	}
	if len(info.State.Subjects) > 0 {
		return fmt.Errorf("%w: its description is stored but cannot be read", ErrDamaged)
	}
	return ErrNoSnapshot
}

// chunks reads an object's content and checks it. The object store's own Get
// waits for a chunk that cannot be read until its context ends.
func (l *Log) chunks(ctx context.Context, info *jetstream.ObjectInfo) ([]byte, error) {
	if info.Size > MaxSnapshot {
		return nil, fmt.Errorf("%w: its description says %d bytes, lawful are %d", ErrDamaged, info.Size, MaxSnapshot)
	}
	bucket := l.j.names.bucket()
	request := batchRequest{Seq: 1, NextFor: "$O." + bucket + ".C." + info.NUID, Batch: batchMessages, MaxBytes: batchBytes}
	data := make([]byte, 0, info.Size)
	short := func(err error) error {
		return fmt.Errorf("%w: %d of its %d bytes can be read: %w", ErrDamaged, len(data), info.Size, err)
	}
	take := func(seq uint64, chunk []byte) error {
		request.Seq = seq + 1
		if len(data)+len(chunk) > int(info.Size) {
			return fmt.Errorf("%w: it holds more than its %d bytes", ErrDamaged, info.Size)
		}
		data = append(data, chunk...)
		return nil
	}
	err := drain(ctx, func() (int, error) {
		if len(data) == int(info.Size) {
			return 0, errDone
		}
		return l.j.batch(ctx, "OBJ_"+bucket, request, take)
	}, short)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	if got := "SHA-256=" + base64.URLEncoding.EncodeToString(sum[:]); got != info.Digest {
		return nil, fmt.Errorf("%w: its content has digest %s, its description says %s", ErrDamaged, got, info.Digest)
	}
	return data, nil
}

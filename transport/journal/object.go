package journal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The hunt's object store keeps what is larger than a record: in one stream, an
// object is its chunks, then its description, whose subject is the object's name.

var errNoObject = errors.New("journal: no such object")

// put stores an object and returns once it is durable; one of the same name is
// replaced then. The object store's own Put has all chunks under way at once,
// and may leave a goroutine behind.
func (j *Journal) put(ctx context.Context, name string, data []byte) error {
	if len(data) > MaxSnapshot {
		return fmt.Errorf("%d bytes, lawful are %d", len(data), MaxSnapshot)
	}
	if _, err := j.bucket(ctx); err != nil {
		return err
	}
	old, err := j.describe(ctx, name)
	if err != nil && !errors.Is(err, errNoObject) && !errors.Is(err, ErrDamaged) {
		return err
	}
	sum := sha256.Sum256(data)
	info := jetstream.ObjectInfo{
		ObjectMeta: jetstream.ObjectMeta{Name: name, Opts: &jetstream.ObjectMetaOptions{ChunkSize: chunkBytes}},
		Bucket:     j.names.bucket(),
		NUID:       strings.ToLower(rand.Text()),
		Size:       uint64(len(data)),
		Digest:     digestPrefix + base64.URLEncoding.EncodeToString(sum[:]),
	}
	if err := j.putChunks(ctx, &info, data); err != nil {
		return errors.Join(err, j.purge(context.WithoutCancel(ctx), j.names.chunks(info.NUID)))
	}
	if err := j.putDescription(ctx, &info); err != nil {
		return err // it may be stored all the same: its chunks must stay
	}
	if old != nil {
		return j.purge(ctx, j.names.chunks(old.NUID))
	}
	return nil
}

// putChunks stores the chunks, one after the other and no faster than objectRate,
// for each is a synced write that records wait behind.
func (j *Journal) putChunks(ctx context.Context, info *jetstream.ObjectInfo, data []byte) error {
	for chunk := range slices.Chunk(data, chunkBytes) {
		if _, err := j.js.Publish(ctx, j.names.chunks(info.NUID), chunk); err != nil {
			return err
		}
		if err := sleep(ctx, time.Duration(len(chunk))*time.Second/objectRate); err != nil {
			return err
		}
		info.Chunks++
	}
	return nil
}

// putDescription makes the chunks an object. Once it is begun its answer is waited
// for, also when ctx ends, so that little is left that nobody knows of.
func (j *Journal) putDescription(ctx context.Context, info *jetstream.ObjectInfo) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), j.ackWait)
	defer cancel()
	description, err := json.Marshal(info)
	if err != nil {
		return err
	}
	m := nats.NewMsg(j.names.description(info.Name))
	m.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	m.Data = description
	_, err = j.js.PublishMsg(ctx, m)
	return err
}

func (j *Journal) purge(ctx context.Context, subject string) error {
	s, err := j.js.Stream(ctx, j.names.bucketStream())
	if err != nil {
		return err
	}
	return s.Purge(ctx, jetstream.WithPurgeSubject(subject))
}

// bucket gives the hunt's object store and makes it the first time.
func (j *Journal) bucket(ctx context.Context) (jetstream.ObjectStore, error) {
	bucket, err := j.js.ObjectStore(ctx, j.names.bucket())
	if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return bucket, err
	}
	return j.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: j.names.bucket(), Storage: jetstream.FileStorage, Replicas: j.replicas,
	})
}

// object reads an object: errNoObject, or an error that wraps ErrDamaged when
// it is not as it was put.
func (j *Journal) object(ctx context.Context, name string) ([]byte, error) {
	info, err := j.describe(ctx, name)
	if err != nil {
		return nil, err
	}
	return j.chunks(ctx, info)
}

// describe reads an object's description; the errors are those of object.
func (j *Journal) describe(ctx context.Context, name string) (*jetstream.ObjectInfo, error) {
	m, found, err := j.fromLeader(ctx, j.names.bucketStream(), leaderRequest{LastFor: j.names.description(name)})
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamNotFound:
		return nil, errNoObject
	case err != nil:
		return nil, err
	case !found:
		return nil, j.absent(ctx, name)
	}
	info := new(jetstream.ObjectInfo)
	if err := json.Unmarshal(m.Data, info); err != nil {
		return nil, fmt.Errorf("%w: its description is none: %w", ErrDamaged, err)
	}
	if info.Name != name {
		return nil, fmt.Errorf("%w: its description is that of %q", ErrDamaged, info.Name)
	}
	if info.Deleted {
		return nil, errNoObject
	}
	return info, nil
}

// absent tells an object that was never put from one whose description cannot
// be read; the server answers the same for both, but counts its messages right.
func (j *Journal) absent(ctx context.Context, name string) error {
	subjects, err := j.descriptions(ctx, j.names.description(name))
	if err != nil {
		return err
	}
	if len(subjects) > 0 {
		return fmt.Errorf("%w: its description is stored but cannot be read", ErrDamaged)
	}
	return errNoObject
}

// objects lists the names of all objects, also of those that cannot be read or
// whose deletion a crash cut short.
func (j *Journal) objects(ctx context.Context) ([]string, error) {
	subjects, err := j.descriptions(ctx, j.names.descriptions()+">")
	var names []string
	for subject := range subjects {
		encoded := subject[strings.LastIndexByte(subject, '.')+1:]
		if name, err := base64.URLEncoding.DecodeString(encoded); err == nil {
			names = append(names, string(name))
		}
	}
	return names, err
}

// descriptions are the subjects of descriptions that match, with how many
// messages each has.
func (j *Journal) descriptions(ctx context.Context, subject string) (map[string]uint64, error) {
	s, err := j.js.Stream(ctx, j.names.bucketStream())
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(subject))
	if err != nil {
		return nil, err
	}
	return info.State.Subjects, nil
}

// deleteObject deletes an object; one that is not there is well. The object
// store would keep the mark of the deletion for good, so that goes too.
func (j *Journal) deleteObject(ctx context.Context, name string) error {
	bucket, err := j.js.ObjectStore(ctx, j.names.bucket())
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	err = bucket.Delete(ctx, name)
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) && !errors.Is(err, jetstream.ErrBadObjectMeta) {
		return err
	}
	return j.purge(ctx, j.names.description(name))
}

// chunks reads an object's content and checks it. The object store's own Get
// waits for a chunk that cannot be read until its context ends. As with read,
// any replica answers, but what is missing is missing when the leader says so.
func (j *Journal) chunks(ctx context.Context, info *jetstream.ObjectInfo) ([]byte, error) {
	if info.Size > MaxSnapshot {
		return nil, fmt.Errorf("%w: its description says %d bytes, lawful are %d", ErrDamaged, info.Size, MaxSnapshot)
	}
	chunks := j.names.chunks(info.NUID)
	data, next := make([]byte, 0, info.Size), uint64(1)
	take := func(seq uint64, chunk []byte) error {
		next = seq + 1
		if len(data)+len(chunk) > int(info.Size) {
			return fmt.Errorf("%w: it holds more than its %d bytes", ErrDamaged, info.Size)
		}
		data = append(data, chunk...)
		return nil
	}
	for len(data) < int(info.Size) {
		n, err := j.batch(ctx, j.names.bucketStream(), batchRequest{Seq: next, NextFor: chunks, Batch: batchMessages, MaxBytes: batchBytes}, take)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			continue
		}
		m, found, err := j.fromLeader(ctx, j.names.bucketStream(), leaderRequest{Seq: next, NextFor: chunks})
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("%w: %d of its %d bytes can be read", ErrDamaged, len(data), info.Size)
		}
		if err := take(m.Seq, m.Data); err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256(data)
	if got := digestPrefix + base64.URLEncoding.EncodeToString(sum[:]); got != info.Digest {
		return nil, fmt.Errorf("%w: its content has digest %s, its description says %s", ErrDamaged, got, info.Digest)
	}
	return data, nil
}

// digestPrefix is how a description's digest begins; base64 of the sum follows.
const digestPrefix = "SHA-256="

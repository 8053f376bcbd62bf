package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/huntgraph/huntgraph/codec"
)

// stream is one append-only JetStream stream with one subject.
type stream struct {
	j             *Journal
	name, subject string
	what          string // for errors: whose stream it is
	round         codec.Round
	damage        func(seq uint64, err error) error // the error that names what is damaged
}

// at names a place in the stream for an error.
func (s *stream) at(seq uint64) string {
	return fmt.Sprintf("journal: %s at index %v", s.what, codec.Index{Round: s.round, Seq: seq})
}

// state asks the stream's leader how far it goes.
func (s *stream) state(ctx context.Context) (jetstream.StreamState, error) {
	ctx, cancel := context.WithTimeout(ctx, s.j.ackWait)
	defer cancel()
	handle, err := s.j.js.Stream(ctx, s.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return jetstream.StreamState{}, fmt.Errorf("%w: %s", ErrNoStream, s.name)
	}
	if err != nil {
		return jetstream.StreamState{}, fmt.Errorf("journal: asking for the state of stream %s: %w", s.name, err)
	}
	return handle.CachedInfo().State, nil
}

// append stores data at sequence seq, or finds it there, or says why neither
// holds.
func (s *stream) append(ctx context.Context, seq uint64, data []byte) error {
	if err := s.lawful(seq, data); err != nil {
		return err
	}
	return s.settle(ctx, seq, data, s.publish(ctx, seq, data))
}

func (s *stream) lawful(seq uint64, data []byte) error {
	if len(data) == 0 || len(data) > codec.MaxRecord || seq == 0 {
		return fmt.Errorf("%s: appending %d bytes: lawful are 1 to %d bytes, from sequence 1",
			s.at(seq), len(data), codec.MaxRecord)
	}
	return nil
}

// settle follows up an attempt that ended with cause until it is known what
// became of the data. Everything before seq is stored. A record that counts as
// stored and cannot be read is damage only if that lasts: a server whose disk is full
// counts for a moment what it could not write.
func (s *stream) settle(ctx context.Context, seq uint64, data []byte, cause error) error {
	var unread time.Time // since when the record cannot be read
	for pause := firstPause; cause != nil; pause = min(2*pause, maxPause) {
		stored, err := s.readBack(ctx, seq, data, cause)
		switch {
		case !errors.Is(err, errUnread):
			if stored || err != nil {
				return err
			}
			unread = time.Time{}
		case unread.IsZero():
			unread = time.Now()
		case time.Since(unread) > unreadWait:
			return s.damage(seq, errUnread)
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("%s: not known to be stored: %w (last attempt: %w)", s.at(seq), err, cause)
		}
		cause = s.publish(ctx, seq, data)
	}
	return nil
}

// publish and publishAsync own every publish to the journal (I4): a publisher
// that omits the expected sequence would not be fenced at all. publish makes
// one attempt; only a nil error says that the data is stored at seq.
func (s *stream) publish(ctx context.Context, seq uint64, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.j.ackWait)
	defer cancel()
	ack, err := s.j.js.Publish(ctx, s.subject, data, s.place(seq, messageID(seq, data))...)
	if err != nil {
		return err
	}
	return s.acknowledged(ack, seq)
}

// publishAsync sends one attempt. In a chained stream the message before it may
// still be on its way: before is its id then, or empty.
func (s *stream) publishAsync(seq uint64, data []byte, id, before string) (jetstream.PubAckFuture, error) {
	options := append(s.place(seq, id), jetstream.WithStallWait(s.j.ackWait))
	if before != "" && s.chained() {
		options = append(options, jetstream.WithExpectLastMsgID(before))
	}
	return s.j.js.PublishAsync(s.subject, data, options...)
}

// place is what every publish says of where it belongs.
func (s *stream) place(seq uint64, id string) []jetstream.PublishOpt {
	options := []jetstream.PublishOpt{jetstream.WithRetryAttempts(0), jetstream.WithExpectLastSequence(seq - 1)}
	if s.chained() {
		options = append(options, jetstream.WithMsgID(id))
	}
	return options
}

// chained: a message may be sent while the one before it is on its way, since
// it names that one by its id. By sequences alone all but the first of a stale
// owner's messages would fit in behind the new owner's. In a stream with
// replicas the server checks the id too late: it takes the first mismatch for a
// failure of its disk and stops the stream.
func (s *stream) chained() bool { return s.j.replicas == 1 }

// messageID names a message by its place and content.
func messageID(seq uint64, data []byte) string {
	sum := sha256.Sum256(data)
	return fmt.Sprintf("%d.%x", seq, sum[:16])
}

// acknowledged checks that an acknowledgement is the one of seq. One that only
// knows the message's id is none: whether the message is stored is read back.
func (s *stream) acknowledged(ack *jetstream.PubAck, seq uint64) error {
	if ack.Duplicate {
		return fmt.Errorf("acknowledged as a duplicate of %s/%d", ack.Stream, ack.Sequence)
	}
	if ack.Stream != s.name || ack.Sequence != seq {
		return fmt.Errorf("acknowledged as %s/%d instead", ack.Stream, ack.Sequence)
	}
	return nil
}

var errUnread = errors.New("the record cannot be read back")

// readBack decides what an attempt that ended with cause has left: the data is
// stored at seq, or never will be by this writer (error), or neither is known
// and the attempt may be made again; errUnread is of a record that is counted and not there. The same attempt is harmless at any later
// time, since it names its place.
//
// That the data can be read back does not make it durable: a server whose disk
// fails answers no publish any more, but may show what it could not sync.
// The refusal of a repeat does, since only what is on the disk moves the place
// that publishes are compared with.
func (s *stream) readBack(ctx context.Context, seq uint64, data []byte, cause error) (stored bool, err error) {
	state, err := s.state(ctx)
	switch {
	case errors.Is(err, ErrNoStream):
		return false, err
	case err != nil:
		return false, nil
	case state.LastSeq+1 < seq:
		return false, s.damage(state.LastSeq+1, fmt.Errorf("the stream ends before it, but its writer has come to sequence %d", seq))
	case state.LastSeq < seq:
		return false, s.refused(seq, cause)
	}
	there, found, err := s.get(ctx, seq)
	switch {
	case err != nil:
		return false, nil
	case !found:
		return false, errUnread
	case !bytes.Equal(there, data):
		return false, fmt.Errorf("%s: %w", s.at(seq), ErrFenced)
	}
	var api *jetstream.APIError
	return errors.As(cause, &api) && movedOn(api.ErrorCode), nil
}

// refused tells a refusal that stays from one that may pass with what readBack
// saw. Nothing stands at seq.
func (s *stream) refused(seq uint64, cause error) error {
	var api *jetstream.APIError
	if !errors.As(cause, &api) {
		return nil
	}
	if api.ErrorCode == codeStoreFailed && api.Description == maximumMessages {
		return fmt.Errorf("%s: %w", s.at(seq), ErrFull)
	}
	if api.Code >= 400 && api.Code < 500 && !movedOn(api.ErrorCode) && !underWay(api.ErrorCode) {
		return fmt.Errorf("%s: the server refuses the append: %w", s.at(seq), cause)
	}
	return nil
}

// movedOn: the stream's end was another then.
func movedOn(code jetstream.ErrorCode) bool {
	return code == jetstream.JSErrCodeStreamWrongLastSequence || code == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// underWay: a message was not what it had to follow, or is being stored.
func underWay(code jetstream.ErrorCode) bool { return code == codeWrongLastID || code == codeInProcess }

// Codes for which the client has no names. A stream that holds its cap is a
// failure to store, told by its description.
const (
	codeStoreFailed jetstream.ErrorCode = 10077
	maximumMessages                     = "maximum messages exceeded"
	codeWrongLastID jetstream.ErrorCode = 10070
	codeInProcess   jetstream.ErrorCode = 10158 // a message of the same id
)

// get asks the stream's leader for one message; a replica may not have it yet.
func (s *stream) get(ctx context.Context, seq uint64) (data []byte, found bool, err error) {
	m, found, err := s.j.fromLeader(ctx, s.name, leaderRequest{Seq: seq})
	if err != nil {
		return nil, false, fmt.Errorf("%s: reading back: %w", s.at(seq), err)
	}
	return m.Data, found && m.Seq == seq, nil
}

// remove deletes the stream; one that is not there is well.
func (s *stream) remove(ctx context.Context) error {
	err := s.j.js.DeleteStream(ctx, s.name)
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("journal: deleting stream %s: %w", s.name, err)
	}
	return nil
}

// sleep waits for d or until ctx ends, and gives its error then.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

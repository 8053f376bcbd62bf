package journal

import (
	"bytes"
	"context"
	"encoding/json"
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

// append owns every publish to the journal (I4): a publisher that omits the
// expected sequence would not be fenced at all. It stores data at sequence seq,
// or finds it there, or says why neither holds.
func (s *stream) append(ctx context.Context, seq uint64, data []byte) error {
	if len(data) == 0 || len(data) > codec.MaxRecord || seq == 0 {
		return fmt.Errorf("%s: appending %d bytes: lawful are 1 to %d bytes, from sequence 1",
			s.at(seq), len(data), codec.MaxRecord)
	}
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		cause := s.publish(ctx, seq, data)
		if cause == nil {
			return nil
		}
		stored, err := s.readBack(ctx, seq, data, cause)
		if stored || err != nil {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("%s: not known to be stored: %w (last attempt: %w)", s.at(seq), err, cause)
		}
	}
}

// publish makes one attempt. Only a nil error says that the data is stored at seq.
func (s *stream) publish(ctx context.Context, seq uint64, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.j.ackWait)
	defer cancel()
	ack, err := s.j.js.Publish(ctx, s.subject, data,
		jetstream.WithExpectLastSequence(seq-1), jetstream.WithRetryAttempts(0))
	if err != nil {
		return err
	}
	if ack.Stream != s.name || ack.Sequence != seq {
		return fmt.Errorf("acknowledged as %s/%d instead", ack.Stream, ack.Sequence)
	}
	return nil
}

// readBack decides what an attempt that ended with cause has left: the data is
// stored at seq, or never will be by this writer (error), or neither is known
// and the attempt may be made again. The same attempt is harmless at any later
// time, since it names its place.
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
		return false, s.damage(seq, errors.New("the record cannot be read back"))
	case bytes.Equal(there, data):
		return true, nil
	}
	return false, fmt.Errorf("%s: %w", s.at(seq), ErrFenced)
}

// refused tells a refusal that stays from one that may pass. Nothing stands at seq.
func (s *stream) refused(seq uint64, cause error) error {
	var api *jetstream.APIError
	if !errors.As(cause, &api) {
		return nil
	}
	if api.ErrorCode == codeStoreFailed && api.Description == maximumMessages {
		return fmt.Errorf("%s: %w", s.at(seq), ErrFull)
	}
	if api.Code >= 400 && api.Code < 500 && !wrongLast(api.ErrorCode) {
		return fmt.Errorf("%s: the server refuses the append: %w", s.at(seq), cause)
	}
	return nil
}

// wrongLast: the stream had moved on, then; with what readBack saw it may pass.
func wrongLast(code jetstream.ErrorCode) bool {
	return code == jetstream.JSErrCodeStreamWrongLastSequence || code == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// How the server reports a stream that holds its cap; the client has no names for them.
const (
	codeStoreFailed jetstream.ErrorCode = 10077
	maximumMessages                     = "maximum messages exceeded"
)

// get asks the stream's leader for one message; a replica may not have it yet.
// The server does not tell a message that is missing from one that it cannot read.
func (s *stream) get(ctx context.Context, seq uint64) (data []byte, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.j.ackWait)
	defer cancel()
	reply, err := s.j.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+s.name, fmt.Appendf(nil, `{"seq":%d}`, seq))
	if err != nil {
		return nil, false, fmt.Errorf("%s: reading back: %w", s.at(seq), err)
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Seq  uint64 `json:"seq"`
			Data []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return nil, false, fmt.Errorf("%s: reading back: %w", s.at(seq), err)
	}
	if answer.Error != nil {
		if answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
			return nil, false, nil
		}
		return nil, false, fmt.Errorf("%s: reading back: %w", s.at(seq), answer.Error)
	}
	return answer.Message.Data, answer.Message.Seq == seq, nil
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

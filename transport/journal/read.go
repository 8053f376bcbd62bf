package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
)

// read delivers the messages from sequence from to the last that the leader
// has, every one of them, in order.
//
// It asks for batches of direct gets rather than through a consumer: they leave
// no state on the server, end by themselves, and a message that the server
// cannot read shows at once as a jump in the sequences or an early end.
func (s *stream) read(ctx context.Context, from uint64, fn func(seq uint64, data []byte) error) error {
	if from == 0 {
		return fmt.Errorf("%s: a read starts at sequence 1 or later", s.at(from))
	}
	state, err := s.state(ctx)
	if err != nil {
		return err
	}
	if state.LastSeq > 0 && state.FirstSeq != 1 {
		return s.damage(1, fmt.Errorf("the stream starts at sequence %d", state.FirstSeq))
	}
	next := from
	take := func(seq uint64, data []byte) error {
		if seq != next {
			return s.damage(next, fmt.Errorf("the record is missing or cannot be read; the next one that can has sequence %d", seq))
		}
		next++
		return fn(seq, data)
	}
	return drain(ctx, func() (int, error) {
		if next > state.LastSeq {
			return 0, errDone
		}
		request := batchRequest{Seq: next, Batch: int(min(batchMessages, state.LastSeq-next+1)), MaxBytes: batchBytes}
		return s.j.batch(ctx, s.name, request, take)
	}, func(err error) error {
		return s.damage(next, fmt.Errorf("the stream ends at sequence %d, but from here on no record can be read: %w", state.LastSeq, err))
	})
}

var (
	errDone    = errors.New("all was read")
	errNothing = errors.New("the server has no such message")
)

// drain calls batch until it says errDone. A batch that brings nothing is
// repeated a few times, since a replica may be behind; then it is missing.
func drain(ctx context.Context, batch func() (int, error), missing func(error) error) error {
	for failed := 0; ; {
		n, err := batch()
		switch {
		case errors.Is(err, errDone):
			return nil
		case err != nil:
			return err
		case n > 0:
			failed = 0
			continue
		}
		if failed++; failed == readAttempts {
			return missing(errNothing)
		}
		if err := sleep(ctx, firstPause<<(failed-1)); err != nil {
			return err
		}
	}
}

// batchRequest asks any server that holds a stream for messages from a sequence
// on, of one subject if NextFor is set.
type batchRequest struct {
	Seq      uint64 `json:"seq"`
	NextFor  string `json:"next_by_subj,omitempty"`
	Batch    int    `json:"batch"`
	MaxBytes int    `json:"max_bytes,omitempty"`
}

// batch makes one request and passes on what comes, and how many that were. The
// server may send fewer than asked for.
func (j *Journal) batch(ctx context.Context, stream string, request batchRequest, take func(seq uint64, data []byte) error) (int, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return 0, fmt.Errorf("journal: reading stream %s: %w", stream, err)
	}
	inbox := j.nc.NewInbox()
	sub, err := j.nc.SubscribeSync(inbox)
	if err != nil {
		return 0, fmt.Errorf("journal: reading stream %s: %w", stream, err)
	}
	defer sub.Unsubscribe() //nolint:errcheck // fails only on a closed connection, which has no subscriptions
	if err := j.nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, body); err != nil {
		return 0, fmt.Errorf("journal: reading stream %s: %w", stream, err)
	}
	for n := 0; ; n++ {
		m, err := j.next(ctx, sub)
		if err != nil {
			return n, fmt.Errorf("journal: reading stream %s from sequence %d on: %w", stream, request.Seq, err)
		}
		switch status := m.Header.Get("Status"); status {
		case "":
		case "204", "404": // the batch's end; nothing to be had
			return n, nil
		default:
			return n, fmt.Errorf("journal: reading stream %s from sequence %d on: the server says %s %s",
				stream, request.Seq, status, m.Header.Get("Description"))
		}
		seq, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
		if err != nil {
			return n, fmt.Errorf("journal: reading stream %s: a message without its sequence: %w", stream, err)
		}
		if err := take(seq, m.Data); err != nil {
			return n, err
		}
	}
}

// next waits for the next message of an answer.
func (j *Journal) next(ctx context.Context, sub *nats.Subscription) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, j.ackWait)
	defer cancel()
	return sub.NextMsgWithContext(ctx)
}

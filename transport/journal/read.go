package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// read delivers the messages from sequence from to the last that the leader
// has, every one of them, in order.
//
// It asks for batches of direct gets rather than through a consumer: they leave
// no state on the server, end by themselves, and a message that the server
// cannot read shows at once as a jump in the sequences or an early end. Any
// replica may answer, also one that is behind; what is missing is missing when
// the leader says so.
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
			return errJump
		}
		next++
		return fn(seq, data)
	}
	for next <= state.LastSeq {
		before := next
		request := batchRequest{Seq: next, Batch: int(min(batchMessages, state.LastSeq-next+1)), MaxBytes: batchBytes}
		if _, err := s.j.batch(ctx, s.name, request, take); err != nil && !errors.Is(err, errJump) {
			return err
		}
		if next > before {
			continue
		}
		data, found, err := s.get(ctx, next)
		if err != nil {
			return err
		}
		if !found {
			return s.damage(next, fmt.Errorf("the record is missing or cannot be read; the stream ends at sequence %d", state.LastSeq))
		}
		if err := take(next, data); err != nil {
			return err
		}
	}
	return nil
}

// errJump ends a batch at a message that is not the next.
var errJump = errors.New("a message is missing")

// leaderRequest asks a stream's leader for the message at a sequence, the first
// one of subject NextFor from there on, or the last one of subject LastFor.
type leaderRequest struct {
	Seq     uint64 `json:"seq,omitempty"`
	NextFor string `json:"next_by_subj,omitempty"`
	LastFor string `json:"last_by_subj,omitempty"`
}

// leaderMessage is its answer.
type leaderMessage struct {
	Seq  uint64 `json:"seq"`
	Data []byte `json:"data"`
}

// fromLeader makes a request. The server does not tell a message that is missing
// from one that it cannot read.
func (j *Journal) fromLeader(ctx context.Context, stream string, request leaderRequest) (m leaderMessage, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, j.ackWait)
	defer cancel()
	body, err := json.Marshal(request)
	if err != nil {
		return m, false, err
	}
	reply, err := j.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, body)
	if err != nil {
		return m, false, err
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message leaderMessage       `json:"message"`
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return m, false, err
	}
	if answer.Error != nil {
		if answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
			return m, false, nil
		}
		return m, false, answer.Error
	}
	return answer.Message, true, nil
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

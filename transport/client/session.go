package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quic-go/webtransport-go"
	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// Session is a player's session with a gateway. Its methods may be called from
// any goroutine; one Join, Move or Leave runs at a time, the others wait.
type Session struct {
	wt      *webtransport.Session
	stream  *webtransport.Stream
	in      *bufio.Reader // the reader's
	handle  Handlers
	calling sync.Mutex // held while a handler runs
	welcome *huntpb.Welcome

	turn    chan struct{} // a place for the one call that waits for an answer
	out     chan outgoing // to the one goroutine that writes
	running sync.WaitGroup
	done    chan struct{} // closed when the session is over

	mu       sync.Mutex
	closed   bool
	err      error
	last     uint32 // the last sequence that the partition applied
	receipts Receipts
	replies  chan *huntpb.Reply  // of the move that waits; nil: none
	joined   chan *huntpb.Joined // of the join or leave that waits
	ways     chan *huntpb.Way    // of the route that waits
	node     codec.NodeID        // where the player stands
	goal     uint32              // what it is led to
	asks     uint32              // pieces of ways asked for
	wayArea  uint32              // of the next piece; whoever has the turn uses it
	failed   chan *Error         // what the call that waits is answered with instead
}

// outgoing is a message, and where what became of it is told.
type outgoing struct {
	message []byte
	written chan error // a place for one
}

// Receipts are what the gateway confirmed to this session: it holds for good.
type Receipts struct {
	Seq         uint32          // the player's last durable move
	Round, Tick uint32          // every reply up to here is durable
	Grants      []*huntpb.Grant // the newest ones, oldest first
	Granted     int             // how many there were
}

func newSession(o Options, wt *webtransport.Session) *Session {
	return &Session{
		wt: wt, handle: o.Handlers,
		turn: make(chan struct{}, 1), out: make(chan outgoing), done: make(chan struct{}),
	}
}

// Player is who the token said.
func (s *Session) Player() codec.PlayerID { return codec.PlayerID(s.welcome.Player) }

// Welcome is what the gateway said of the hunt. It must not be changed.
func (s *Session) Welcome() *huntpb.Welcome { return s.welcome }

// Done is closed when the session is over; Err then says why.
func (s *Session) Done() <-chan struct{} { return s.done }

// Err is nil before Done. It is ErrClosed after Close, an *Error if the gateway
// ended the session with a reason, else what broke it.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Receipts is a copy.
func (s *Session) Receipts() Receipts {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.receipts
	r.Grants = append([]*huntpb.Grant(nil), r.Grants...)
	return r
}

// Close ends the session and waits until no handler runs any more; it must not
// be called from a handler. The player stays in the hunt: Leave takes it out.
func (s *Session) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	err := s.wt.CloseWithError(0, "")
	s.running.Wait()
	return err
}

// Join enters the hunt, or goes on where the player stands. While the partition
// cannot be reached it tries again until ctx ends. The answer's code is not
// always OK: a partition may be full.
func (s *Session) Join(ctx context.Context, name string) (*huntpb.Joined, error) {
	j, err := s.enter(ctx, &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Join{Join: &huntpb.Join{Name: name}}}, false)
	if err != nil {
		return nil, fmt.Errorf("client: join: %w", err)
	}
	return j, nil
}

// Seek is Join with a goal: Nearest, or one of the hunt's named goals. Hints lead
// there from now on.
func (s *Session) Seek(ctx context.Context, name string, goal codec.GoalID) (*huntpb.Joined, error) {
	j, err := s.enter(ctx, &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Join{Join: &huntpb.Join{Name: name, Goal: uint32(goal)}}}, false)
	if err != nil {
		return nil, fmt.Errorf("client: seek goal %d: %w", goal, err)
	}
	return j, nil
}

// Leave takes the player out of the hunt. The session goes on.
func (s *Session) Leave(ctx context.Context) (*huntpb.Joined, error) {
	j, err := s.enter(ctx, &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Leave{Leave: &huntpb.Leave{}}}, true)
	if err != nil {
		return nil, fmt.Errorf("client: leave: %w", err)
	}
	return j, nil
}

// enter joins or leaves.
func (s *Session) enter(ctx context.Context, m *huntpb.ClientMessage, leave bool) (*huntpb.Joined, error) {
	if err := s.take(ctx, s.turn); err != nil {
		return nil, err
	}
	defer func() { <-s.turn }()
	answers, failed := make(chan *huntpb.Joined, 4), make(chan *Error, 1)
	s.expect(nil, answers, failed)
	defer s.expect(nil, nil, nil)
	pause := minPause
	for {
		j, _, err := ask(ctx, s, m, answers, failed, func(j *huntpb.Joined) bool { return j.Left == leave })
		if err != nil || j.Code != huntpb.Code_CODE_NOT_NOW {
			return j, err
		}
		if err := s.sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause = min(2*pause, maxPause)
	}
}

// Move takes the edge from where the player stands. The session keeps the
// sequence: it is the next after the last one that the partition named, and a
// move whose answer does not come is sent again until ctx ends. A reply whose
// code is not OK changed nothing; it says where the player stands, and the next
// Move goes on from there. A reply is speculative until it is durable.
func (s *Session) Move(ctx context.Context, edge codec.EdgeID) (*huntpb.Reply, error) {
	r, err := s.move(ctx, edge)
	if err != nil {
		return nil, fmt.Errorf("client: move along edge %d: %w", edge, err)
	}
	return r, nil
}

func (s *Session) move(ctx context.Context, edge codec.EdgeID) (*huntpb.Reply, error) {
	if err := s.take(ctx, s.turn); err != nil {
		return nil, err
	}
	defer func() { <-s.turn }()
	answers, failed := make(chan *huntpb.Reply, 4), make(chan *Error, 1)
	seq := s.expect(answers, nil, failed) + 1
	defer s.expect(nil, nil, nil)
	m := &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Move{Move: &huntpb.Move{Seq: seq, Edge: uint32(edge)}}}
	r, sent, err := ask(ctx, s, m, answers, failed, func(r *huntpb.Reply) bool { return r.Seq == seq })
	if err != nil {
		return nil, err
	}
	return s.settle(ctx, r, sent, answers), nil
}

// settle makes one answer of those to a move that was sent more than once: a
// rejected copy says little while another may still be applied.
func (s *Session) settle(ctx context.Context, r *huntpb.Reply, sent int, answers <-chan *huntpb.Reply) *huntpb.Reply {
	seq := r.Seq
	for left := sent - 1; left > 0 && rejected(r); left-- {
		next, ok := s.another(ctx, answers, seq)
		if !ok {
			break
		}
		r = next
	}
	if sent > 1 && r.Code == huntpb.Code_CODE_STALE && r.LastSeq == seq {
		r = proto.CloneOf(r)         // a handler may have the other one
		r.Code = huntpb.Code_CODE_OK // it was applied when it was first sent
	}
	return r
}

// rejected: the move was not applied when this was answered, nor before.
func rejected(r *huntpb.Reply) bool {
	return r.Code != huntpb.Code_CODE_OK && r.Code != huntpb.Code_CODE_STALE
}

// another waits for the answer to another copy of a move; none comes if a link
// was lost with it.
func (s *Session) another(ctx context.Context, answers <-chan *huntpb.Reply, seq uint32) (*huntpb.Reply, bool) {
	timer := time.NewTimer(resendAfter)
	defer timer.Stop()
	for {
		select {
		case r := <-answers:
			if r.Seq == seq {
				return r, true
			}
		case <-timer.C:
			return nil, false
		case <-s.done:
			return nil, false
		case <-ctx.Done():
			return nil, false
		}
	}
}

// Subscribe replaces the areas whose deltas, positions, treasures and states the
// handlers get; without areas it is all of them. It waits for no answer.
func (s *Session) Subscribe(ctx context.Context, areas ...codec.AreaID) error {
	m := &huntpb.Subscribe{All: len(areas) == 0}
	for _, a := range areas {
		m.Areas = append(m.Areas, uint32(a))
	}
	if err := s.write(ctx, &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Subscribe{Subscribe: m}}); err != nil {
		return fmt.Errorf("client: subscribe: %w", err)
	}
	return nil
}

// expect says who waits for which answer, and returns the last sequence.
func (s *Session) expect(replies chan *huntpb.Reply, joined chan *huntpb.Joined, failed chan *Error) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies, s.joined, s.failed = replies, joined, failed
	return s.last
}

// ask sends until an answer comes that is the one, and says how often it sent.
func ask[T any](ctx context.Context, s *Session, m *huntpb.ClientMessage, answers <-chan T, failed <-chan *Error, is func(T) bool) (none T, sent int, err error) {
	timer := time.NewTimer(resendAfter)
	defer timer.Stop()
	for {
		sent++
		if err := s.write(ctx, m); err != nil {
			return none, sent, err
		}
		for again := false; !again; {
			select {
			case a := <-answers:
				if is(a) {
					return a, sent, nil
				}
			case e := <-failed:
				return none, sent, e
			case <-timer.C:
				timer.Reset(resendAfter)
				again = true
			case <-s.done:
				return none, sent, s.Err()
			case <-ctx.Done():
				return none, sent, context.Cause(ctx)
			}
		}
	}
}

// write sends one message; messages of several goroutines do not mix. One that waits
// for the gateway to take it when ctx ends may still leave, whole.
func (s *Session) write(ctx context.Context, m *huntpb.ClientMessage) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	b, err := huntpb.AppendDelimited(nil, m)
	if err != nil {
		return err
	}
	o := outgoing{b, make(chan error, 1)}
	select {
	case s.out <- o:
	case <-s.done:
		return s.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err = <-o.written:
	case <-s.done:
		return s.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err == nil {
		return nil
	}
	// The gateway may stop reading just before it says why.
	if over := s.sleep(ctx, resendAfter); over != nil && ctx.Err() == nil {
		return over
	}
	return errors.Join(errors.New("the gateway takes no more messages"), err)
}

// transmit writes what calls hand over, one message after the other, until the session
// is over: a Write knows no context, and half a message would end the session.
func (s *Session) transmit() {
	for {
		select {
		case o := <-s.out:
			_, err := s.stream.Write(o.message)
			o.written <- err
		case <-s.done:
			return
		}
	}
}

// take waits for a place.
func (s *Session) take(ctx context.Context, place chan struct{}) error {
	select {
	case place <- struct{}{}:
		return nil
	case <-s.done:
		return s.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *Session) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.done:
		return s.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

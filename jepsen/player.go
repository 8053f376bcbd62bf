package jepsen

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/client"
)

// Observer is a player that writes down all that it does and sees. It is the
// same player in every life of the process.
type Observer struct {
	id      codec.PlayerID
	durable chan struct{} // a place: something became durable

	mu   sync.Mutex
	ops  []Op
	sure Moment // all up to here is durable
}

// NewObserver makes the observer of a player.
func NewObserver(id codec.PlayerID) *Observer {
	return &Observer{id: id, durable: make(chan struct{}, 1)}
}

// History is a copy of what it saw so far.
func (o *Observer) History() History {
	o.mu.Lock()
	defer o.mu.Unlock()
	return History{Player: o.id, Ops: append([]Op(nil), o.ops...)}
}

func (o *Observer) note(op Op) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ops = append(o.ops, op)
}

// Play plays against the page's hunt until ctx ends. A session that breaks is
// followed by another.
func (o *Observer) Play(ctx context.Context, page string) {
	for ctx.Err() == nil {
		if err := o.session(ctx, page); err != nil && ctx.Err() == nil {
			_ = sleep(ctx, retryPause)
		}
	}
}

func (o *Observer) session(ctx context.Context, page string) error {
	short, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	options, err := SessionOf(short, page, o.id)
	if err != nil {
		return err
	}
	options.Handlers = o.handlers()
	s, err := client.Dial(short, options)
	if err != nil {
		return err
	}
	defer s.Close()
	at, err := s.Join(short, "observer")
	if err != nil {
		return err
	}
	if at.Code != huntpb.Code_CODE_OK {
		return fmt.Errorf("the join is answered with %v", at.Code)
	}
	return o.moves(ctx, s, at.LastSeq, at.Hint)
}

// moves follows the hints; without one it asks for another.
func (o *Observer) moves(ctx context.Context, s *client.Session, seq uint32, hint *huntpb.Hint) error {
	for sleep(ctx, movePeriod) == nil {
		if hint == nil || hint.Edge == uint32(codec.NoEdge) {
			at, err := s.Join(ctx, "observer")
			if err != nil {
				return err
			}
			seq, hint = at.LastSeq, at.Hint
			continue
		}
		o.note(Op{Kind: Tried, Seq: codec.MoveSeq(seq + 1), Node: codec.NodeID(hint.Node)})
		r, err := s.Move(ctx, codec.EdgeID(hint.Edge))
		if err != nil {
			return err
		}
		if r.Code == huntpb.Code_CODE_NOT_NOW || r.Code == huntpb.Code_CODE_UNKNOWN_PLAYER {
			return fmt.Errorf("the move is answered with %v", r.Code) // the join of the next session says where it is
		}
		seq, hint = r.LastSeq, r.Hint
	}
	return ctx.Err()
}

// SessionOf asks a hunt's page for the way to the gateway and a token of a player.
func SessionOf(ctx context.Context, page string, id codec.PlayerID) (client.Options, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/api/session?player=%016x", page, uint64(id)), nil)
	if err != nil {
		return client.Options{}, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return client.Options{}, err
	}
	defer answer.Body.Close()
	var session struct {
		Gateway, Token, Player, Error string
		CertHashes                    [][]byte `json:"cert_hashes"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&session); err != nil {
		return client.Options{}, fmt.Errorf("read the session: %w", err)
	}
	if session.Player != fmt.Sprintf("%016x", uint64(id)) {
		return client.Options{}, fmt.Errorf("asked for a session of %016x and got %q, %s", uint64(id), session.Player, session.Error)
	}
	o := client.Options{URL: session.Gateway, Token: session.Token}
	for _, hash := range session.CertHashes {
		if len(hash) != len(codec.Hash{}) {
			return client.Options{}, fmt.Errorf("the session's certificate hash has %d bytes", len(hash))
		}
		o.CertHashes = append(o.CertHashes, codec.Hash(hash))
	}
	return o, nil
}

func (o *Observer) handlers() client.Handlers {
	return client.Handlers{
		OnJoined: func(j *huntpb.Joined) {
			if j.Code == huntpb.Code_CODE_OK {
				o.note(Op{Kind: Joined, Seq: codec.MoveSeq(j.LastSeq), Node: codec.NodeID(j.Node), At: moment(j.Round, j.Tick)})
			}
		},
		OnReply: func(r *huntpb.Reply) {
			op := Op{Kind: Rejected, Seq: codec.MoveSeq(r.LastSeq), Node: codec.NodeID(r.Node), At: moment(r.Round, r.Tick)}
			switch r.Code {
			case huntpb.Code_CODE_OK:
				op.Kind = Replied
			case huntpb.Code_CODE_NOT_NOW, huntpb.Code_CODE_UNKNOWN_PLAYER:
				return // it does not say where the player is
			}
			o.note(op)
		},
		OnDurable: o.onDurable,
		OnGrant: func(g *huntpb.Grant) {
			o.note(Op{Kind: Received, Grant: Grant{
				Claim: Claim{codec.Round(g.Round), codec.TreasureID(g.Treasure)}, Player: codec.PlayerID(g.Player),
				Node: codec.NodeID(g.Node), Tick: codec.Tick(g.Tick),
			}})
		},
		OnRoundEvent: o.onRoundEvent,
	}
}

func (o *Observer) onDurable(d *huntpb.Durable) {
	op := Op{Kind: Durable, Seq: codec.MoveSeq(d.LastSeq), At: moment(d.Round, d.Tick)}
	o.note(op)
	o.mu.Lock()
	o.sure = op.At
	o.mu.Unlock()
	select {
	case o.durable <- struct{}{}:
	default:
	}
}

func (o *Observer) onRoundEvent(e *huntpb.RoundEvent) {
	if ended := e.GetEnded(); ended != nil {
		o.note(Op{Kind: Ended, At: Moment{Round: codec.Round(ended.Round)}, Grants: ended.Grants})
	}
	g := e.GetGranted()
	if g == nil {
		return
	}
	id := EventID{codec.PartitionID(e.Id.GetPartition()), codec.Index{Round: codec.Round(e.Id.GetRound()), Seq: e.Id.GetSeq()}, e.Id.GetOrdinal()}
	o.note(Op{Kind: Announced, Event: id, Score: g.Score, Grant: Grant{
		Claim: Claim{codec.Round(g.Round), codec.TreasureID(g.Treasure)}, Player: codec.PlayerID(g.Player),
		Node: codec.NodeID(g.Node), Tick: codec.Tick(g.Tick),
	}})
}

// await waits until all up to a moment is durable, as far as the observer was told.
func (o *Observer) await(ctx context.Context, m Moment) error {
	for {
		o.mu.Lock()
		sure := o.sure
		o.mu.Unlock()
		if !sure.Before(m) {
			return nil
		}
		select {
		case <-o.durable:
		case <-ctx.Done():
			return fmt.Errorf("player %016x waits for what is durable at %v to reach %v: %w", uint64(o.id), sure, m, context.Cause(ctx))
		}
	}
}

func moment(round, tick uint32) Moment {
	return Moment{codec.Round(round), codec.Tick(tick)}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Crowd is a number of observers, spread over the partitions.
type Crowd []*Observer

// NewCrowd makes n observers, the players 1 to n.
func NewCrowd(n int) Crowd {
	c := make(Crowd, n)
	for i := range c {
		c[i] = NewObserver(codec.PlayerID(i + 1))
	}
	return c
}

// Play lets all play until the function that it returns is called, which waits
// for their end.
func (c Crowd) Play(ctx context.Context, page string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var playing sync.WaitGroup
	for _, o := range c {
		playing.Go(func() { o.Play(ctx, page) })
	}
	return func() {
		cancel()
		playing.Wait()
	}
}

// Await waits until every observer was told that all up to a moment is durable.
func (c Crowd) Await(ctx context.Context, m Moment) error {
	for _, o := range c {
		if err := o.await(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// Killed notes that the process was killed. The observers must have stopped.
func (c Crowd) Killed() {
	for _, o := range c {
		o.note(Op{Kind: Killed})
	}
}

// Histories are those of all.
func (c Crowd) Histories() []History {
	h := make([]History, len(c))
	for i, o := range c {
		h[i] = o.History()
	}
	return h
}

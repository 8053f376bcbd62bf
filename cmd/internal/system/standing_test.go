package system

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/control/rounds"
	"github.com/huntgraph/huntgraph/transport/client"
)

// TestScoreIsWhatWasGranted: a player finds treasures, leaves the hunt after each
// and comes back, over a border, a rollback and a restart of the hunt. Its score,
// the events, the leaderboard and the grants that it was given agree all the time.
func TestScoreIsWhatWasGranted(t *testing.T) {
	cfg := DevConfig{
		Dir: t.TempDir(), HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0",
		Plan: Plan{Hunt: "demo/main", Edges: 12000, Seed: 1, Partitions: 2, RoundTicks: codec.MaxRoundTicks},
		Log:  slog.New(slog.DiscardHandler),
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	f := &finder{granted: map[uint32]bool{}, news: make(chan struct{}, 1)}
	for life := range 2 {
		d, err := StartDev(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		for find := range 3 {
			f.find(ctx, t, d, find == 0)
			if life == 0 && find == 1 {
				b := &Branches{node: d.node}
				if _, err := b.Fork(ctx, "before", codec.Cut{}); err != nil {
					t.Fatal(err)
				}
				f.find(ctx, t, d, false)
				if _, err := b.Rollback(ctx, "before"); err != nil {
					t.Fatal(err)
				}
			}
		}
		f.onBoard(ctx, t, d)
		s, err := d.Stop()
		if err != nil || s.DuplicateGrants != 0 || s.HandOffs == 0 {
			t.Fatalf("%+v, %v; want a hand-off", s, err)
		}
	}
	if len(f.granted) < 7 {
		t.Errorf("%d grants; want 7", len(f.granted))
	}
}

// onBoard waits until the leaderboard, which comes once a second, is what was granted.
func (f *finder) onBoard(ctx context.Context, t *testing.T, d *Dev) {
	t.Helper()
	for {
		board := d.tally.keeper.Board()
		want := rounds.Standing{Player: finderID, Name: "finder", Score: uint32(len(f.granted))}
		if len(board.Standings) == 1 && board.Standings[0] == want {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the board is %+v, the player was given %d", board, len(f.granted))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

const finderID codec.PlayerID = 4

// finder is a player that looks for one treasure at a time.
type finder struct {
	mu      sync.Mutex
	granted map[uint32]bool // treasures that it was given
	score   uint32          // as it was last told
	event   uint32          // as the last event of a grant says
	news    chan struct{}
}

func (f *finder) note(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// find joins, follows hints to a treasure, over a border if that is asked for, waits
// until all agree about it, and leaves.
func (f *finder) find(ctx context.Context, t *testing.T, d *Dev, abroad bool) {
	t.Helper()
	before := len(f.granted)
	o, err := d.edge.Client(finderID, "finder")
	if err != nil {
		t.Fatal(err)
	}
	o.Handlers = client.Handlers{
		OnGrant: func(g *huntpb.Grant) { f.note(func() { f.granted[g.Treasure] = true }) },
		OnScore: func(s *huntpb.Score) { f.note(func() { f.score = s.Score }) },
		OnRoundEvent: func(e *huntpb.RoundEvent) {
			if g := e.GetGranted(); g != nil && codec.PlayerID(g.Player) == finderID {
				f.note(func() { f.event = g.Score })
			}
		},
	}
	s, err := client.Dial(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	f.agree(ctx, t, before)
	if abroad {
		f.emigrate(ctx, t, d, s)
	}
	if err := f.walk(ctx, s, before+1); err != nil {
		t.Fatal(err)
	}
	f.agree(ctx, t, before+1)
	for {
		if left, err := s.Leave(ctx); err != nil {
			t.Fatal(err)
		} else if left.Left && left.Code == huntpb.Code_CODE_UNKNOWN_PLAYER || left.Code == huntpb.Code_CODE_OK {
			break
		}
		time.Sleep(20 * time.Millisecond) // it is on its way over a border
	}
	f.agree(ctx, t, before+1) // it may have found another one meanwhile
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// emigrate walks out of the partition that the player is in.
func (f *finder) emigrate(ctx context.Context, t *testing.T, d *Dev, s *client.Session) {
	t.Helper()
	j, err := s.Join(ctx, "finder")
	if err != nil {
		t.Fatal(err)
	}
	for way := wayOut(d.folder.World, codec.NodeID(j.Node)); len(way) > 0; {
		r, err := s.Move(ctx, way[0])
		switch {
		case err != nil:
			t.Fatal(err)
		case r.Code == huntpb.Code_CODE_OK:
			way = way[1:]
		case r.Code == huntpb.Code_CODE_TOO_FAST, r.Code == huntpb.Code_CODE_NOT_NOW:
			time.Sleep(20 * time.Millisecond) // the pace of moves
		default:
			t.Fatalf("on the way over a border: %v", r)
		}
	}
}

// walk follows hints until so many treasures were given.
func (f *finder) walk(ctx context.Context, s *client.Session, want int) error {
	var hint *huntpb.Hint
	for {
		f.mu.Lock()
		have := len(f.granted)
		f.mu.Unlock()
		if have >= want {
			return nil
		}
		if hint == nil || hint.Edge == uint32(codec.NoEdge) {
			j, err := s.Join(ctx, "finder")
			if err != nil {
				return err
			}
			hint = j.Hint
			time.Sleep(20 * time.Millisecond) // until it is there, or a way is known
			continue
		}
		r, err := s.Move(ctx, codec.EdgeID(hint.Edge))
		if err != nil {
			return err
		}
		if r.Code != huntpb.Code_CODE_OK {
			time.Sleep(20 * time.Millisecond) // the pace of moves
		}
		if r.Code == huntpb.Code_CODE_OK || r.Code != huntpb.Code_CODE_TOO_FAST {
			hint = r.Hint
		}
	}
}

// agree waits until score and events are what was granted.
func (f *finder) agree(ctx context.Context, t *testing.T, want int) {
	t.Helper()
	for {
		f.mu.Lock()
		all := []uint32{uint32(len(f.granted)), f.score, f.event}
		f.mu.Unlock()
		if all[0] >= uint32(want) && all[1] == all[0] && all[2] == all[0] {
			return
		}
		select {
		case <-f.news:
		case <-ctx.Done():
			t.Fatalf("of at least %d grants: granted %d, score %d, the last event %d: %v", want, all[0], all[1], all[2], errors.Join(ctx.Err()))
		}
	}
}

package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/client"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), rig.Wait)
	t.Cleanup(cancel)
	return ctx
}

// feed makes a handler of a channel; what does not fit is a failure.
func feed[T any](t *testing.T) (chan T, func(T)) {
	c := make(chan T, 1000)
	return c, func(v T) {
		select {
		case c <- v:
		default:
			t.Error("more than 1,000 messages unread")
		}
	}
}

// until waits for a message that is the one.
func until[T any](t *testing.T, c <-chan T, what string, is func(T) bool) T {
	t.Helper()
	timeout := time.After(rig.Wait)
	for {
		select {
		case v := <-c:
			if is(v) {
				return v
			}
		case <-timeout:
			t.Fatalf("no %s came", what)
		}
	}
}

func dial(t *testing.T, r *rig.Rig, player codec.PlayerID, h client.Handlers) *client.Session {
	t.Helper()
	s, err := client.Dial(deadline(t), client.Options{URL: r.URL, CertHashes: r.Hashes(), Token: r.Token(player), Handlers: h})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func join(t *testing.T, s *client.Session) *huntpb.Joined {
	t.Helper()
	j, err := s.Join(deadline(t), "ann")
	if err != nil || j.Code != huntpb.Code_CODE_OK {
		t.Fatalf("join: %v, %v", j, err)
	}
	return j
}

func move(t *testing.T, s *client.Session, edge codec.EdgeID, want huntpb.Code) *huntpb.Reply {
	t.Helper()
	r, err := s.Move(deadline(t), edge)
	if err != nil || r.Code != want {
		t.Fatalf("move along %d: %v, %v; want %v", edge, r, err, want)
	}
	return r
}

// TestPlay: join, move, what is refused changes nothing, durable and grant, leave.
func TestPlay(t *testing.T) {
	r := rig.Start(t, rig.Options{Partitions: 2, Held: true, Burst: 4})
	durables, onDurable := feed[*huntpb.Durable](t)
	grants, onGrant := feed[*huntpb.Grant](t)
	s := dial(t, r, 3, client.Handlers{OnDurable: onDurable, OnGrant: onGrant})
	if w := s.Welcome(); w.Hunt != rig.Hunt || w.Areas != 2 || s.Player() != 3 {
		t.Errorf("welcome: %v", w)
	}
	j := join(t, s)
	r.Commit(1) // the gateway follows the partition from here on
	until(t, durables, "durable", func(*huntpb.Durable) bool { return true })
	const first = rig.Ring // player 3 plays in partition 1
	if j.Area != 1 || j.Node != first || j.LastSeq != 0 || j.Hint.Edge != first {
		t.Errorf("joined: %v", j)
	}
	for i := range codec.EdgeID(rig.TreasureStep) {
		if m := move(t, s, first+i, huntpb.Code_CODE_OK); m.Seq != uint32(i+1) || m.Node != uint32(first+i+1) {
			t.Fatalf("move %d: %v", i, m)
		}
	}
	if m := move(t, s, 0, huntpb.Code_CODE_NO_SUCH_EDGE); m.LastSeq != 4 || m.Node != first+4 {
		t.Errorf("a wrong edge: %v", m)
	}
	if m := move(t, s, first+4, huntpb.Code_CODE_TOO_FAST); m.LastSeq != 4 {
		t.Errorf("too fast: %v", m)
	}
	if len(durables)+len(grants) != 0 || s.Receipts().Seq != 0 {
		t.Fatal("something is durable that was not committed")
	}
	r.Commit(1)
	until(t, durables, "durable", func(d *huntpb.Durable) bool { return d.LastSeq == 4 })
	g := until(t, grants, "grant", func(*huntpb.Grant) bool { return true })
	if g.Player != 3 || g.Node != first+4 {
		t.Errorf("grant: %v", g)
	}
	if got := s.Receipts(); got.Seq != 4 || got.Granted != 1 || got.Grants[0] != g {
		t.Errorf("receipts: %+v", got)
	}
	move(t, s, first+4, huntpb.Code_CODE_OK)
	if l, err := s.Leave(deadline(t)); err != nil || !l.Left || l.LastSeq != 5 {
		t.Errorf("leave: %v, %v", l, err)
	}
	if _, err := s.Move(deadline(t), first+5); !client.IsCode(err, huntpb.ErrorCode_ERROR_CODE_NOT_JOINED) {
		t.Errorf("a move after leaving: %v", err)
	}
	if err := s.Close(); err != nil || !errors.Is(s.Err(), client.ErrClosed) {
		t.Errorf("close: %v, the session ended with %v", err, s.Err())
	}
}

// TestDialRefused: what is wrong is said.
func TestDialRefused(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	good := client.Options{URL: r.URL, CertHashes: r.Hashes(), Token: r.Token(1)}
	for name, tc := range map[string]struct {
		change func(*client.Options)
		code   huntpb.ErrorCode
		text   string
	}{
		"no token":         {func(o *client.Options) { o.Token = "" }, huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN, "ask for a new one"},
		"damaged token":    {func(o *client.Options) { o.Token = o.Token[:len(o.Token)-8] + "AAAAAAAA" }, huntpb.ErrorCode_ERROR_CODE_BAD_TOKEN, "signature"},
		"a long token":     {func(o *client.Options) { o.Token = strings.Repeat("x", 5000) }, huntpb.ErrorCode_ERROR_CODE_OVERSIZED, "4096"},
		"wrong hash":       {func(o *client.Options) { o.CertHashes = []codec.Hash{{1}} }, 0, "pinned"},
		"no pinned hash":   {func(o *client.Options) { o.CertHashes = nil }, 0, "certificate"},
		"another path":     {func(o *client.Options) { o.URL += "er" }, 0, "404"},
		"not an https url": {func(o *client.Options) { o.URL = "127.0.0.1" }, 0, "dial 127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			tc.change(&o)
			s, err := client.Dial(deadline(t), o)
			if err == nil {
				s.Close()
				t.Fatal("dialled")
			}
			if tc.code != 0 && !client.IsCode(err, tc.code) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("error %v; want code %v and %q", err, tc.code, tc.text)
			}
		})
	}
}

// TestInterruption: a link that breaks loses answers that were not durable, and
// a session that goes on from what the partition has then (I3, I4).
func TestInterruption(t *testing.T) {
	r := rig.Start(t, rig.Options{Held: true})
	durables, onDurable := feed[*huntpb.Durable](t)
	joins, onJoined := feed[*huntpb.Joined](t)
	s := dial(t, r, 8, client.Handlers{OnDurable: onDurable, OnJoined: onJoined})
	join(t, s)
	move(t, s, 0, huntpb.Code_CODE_OK)
	move(t, s, 1, huntpb.Code_CODE_OK)
	r.Commit(0)
	until(t, durables, "durable", func(d *huntpb.Durable) bool { return d.LastSeq == 2 })
	move(t, s, 2, huntpb.Code_CODE_OK)
	move(t, s, 3, huntpb.Code_CODE_OK)

	r.Undo(8, 2) // a failover: the two were not durable
	r.Route(2)
	back := until(t, joins, "place after the interruption", func(j *huntpb.Joined) bool { return j.LastSeq == 2 })
	if back.Node != 2 {
		t.Errorf("stands at %d", back.Node)
	}
	r.Commit(0)
	if d := until(t, durables, "durable", func(*huntpb.Durable) bool { return true }); d.LastSeq != 2 {
		t.Fatalf("durable says %d of what was undone", d.LastSeq)
	}
	if m := move(t, s, 2, huntpb.Code_CODE_OK); m.Seq != 3 {
		t.Errorf("went on with %v", m)
	}
	r.Commit(0)
	until(t, durables, "durable", func(d *huntpb.Durable) bool { return d.LastSeq == 3 })
}

// TestSecondSession: the newer session of a player replaces the older, which is
// told, and goes on where the player stands.
func TestSecondSession(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	older := dial(t, r, 5, client.Handlers{})
	join(t, older)
	move(t, older, 0, huntpb.Code_CODE_OK)
	newer := dial(t, r, 5, client.Handlers{})
	<-older.Done()
	if !client.IsCode(older.Err(), huntpb.ErrorCode_ERROR_CODE_REPLACED) {
		t.Errorf("the older session ended with %v", older.Err())
	}
	if _, err := older.Move(deadline(t), 1); !client.IsCode(err, huntpb.ErrorCode_ERROR_CODE_REPLACED) {
		t.Errorf("a move on it: %v", err)
	}
	if j := join(t, newer); j.LastSeq != 1 || j.Node != 1 {
		t.Errorf("joined anew: %v", j)
	}
	move(t, newer, 1, huntpb.Code_CODE_OK)
}

// TestDraining: sessions are told that the gateway stops.
func TestDraining(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	s := dial(t, r, 5, client.Handlers{})
	join(t, s)
	r.Stop()
	<-s.Done()
	if !client.IsCode(s.Err(), huntpb.ErrorCode_ERROR_CODE_DRAINING) {
		t.Errorf("ended with %v", s.Err())
	}
}

// TestBots: bots hunt, over interruptions of every kind; no treasure is granted
// twice, and all that was applied becomes durable.
func TestBots(t *testing.T) {
	r := rig.Start(t, rig.Options{Partitions: 2})
	ctx, cancel := context.WithCancel(deadline(t))
	defer cancel()
	grants, onGrant := feed[*huntpb.Grant](t)
	var bots []*client.Bot
	ran := make(chan error, 4)
	for i := range 4 {
		b, err := client.NewBot(client.BotOptions{
			Options: client.Options{URL: r.URL, CertHashes: r.Hashes(), Token: r.Token(codec.PlayerID(i)), Handlers: client.Handlers{OnGrant: onGrant}},
			Name:    "bot", Rate: 200,
		})
		if err != nil {
			t.Fatal(err)
		}
		bots = append(bots, b)
		go func() { ran <- b.Run(ctx) }()
	}
	seen := map[[2]uint32]bool{}
	const perRound = 2 * (rig.Ring/rig.TreasureStep - 1)
	for round := 1; round <= 3; round++ {
		for range perRound {
			g := until(t, grants, "grant", func(*huntpb.Grant) bool { return true })
			if id := [2]uint32{g.Round, g.Treasure}; seen[id] {
				t.Fatalf("treasure %d of round %d was granted twice", g.Treasure, g.Round)
			} else {
				seen[id] = true
			}
		}
		r.DropLinks(0)
		r.NewRound(0)
		r.NewRound(1)
	}
	cancel()
	var sum client.Stats
	for range bots {
		if err := <-ran; err != nil {
			t.Error(err)
		}
	}
	for _, b := range bots {
		sum.Add(b.Stats())
	}
	if sum.Grants < 3*perRound || sum.Duplicates != 0 || sum.OK() < 3*2*12 || sum.Failures != 0 || sum.Dials != 4 {
		t.Errorf("%+v", sum)
	}
	if sum.Durable < sum.OK()-50 || sum.Durable > sum.OK() || sum.Quantile(0.99) < sum.Quantile(0.5) || sum.Quantile(0.5) == 0 {
		t.Errorf("%d of %d durable, round trips %v, %v", sum.Durable, sum.OK(), sum.Quantile(0.5), sum.Quantile(0.99))
	}
}

// TestBotReconnects: a bot whose session ends dials again and goes on; one that
// is replaced gives up.
func TestBotReconnects(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	ctx := deadline(t)
	durables, onDurable := feed[*huntpb.Durable](t)
	b, err := client.NewBot(client.BotOptions{
		Options: client.Options{URL: r.URL, CertHashes: r.Hashes(), Token: r.Token(1), Handlers: client.Handlers{OnDurable: onDurable}},
		Rate:    100,
	})
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- b.Run(ctx) }()
	until(t, durables, "durable", func(d *huntpb.Durable) bool { return d.LastSeq > 2 })
	dial(t, r, 1, client.Handlers{})
	if err := <-ran; !client.IsCode(err, huntpb.ErrorCode_ERROR_CODE_REPLACED) {
		t.Errorf("a replaced bot ended with %v", err)
	}
}

// TestStatsAdd: the sum is that of its parts, in any order.
func TestStatsAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SliceOfN(rapid.Int64Range(0, 1000), 4, 4)).Draw(t, "parts")
		var sum client.Stats
		var moves, ok, grants int64
		for _, p := range parts {
			s := client.Stats{Moves: p[0] + p[1], Grants: p[2], Dials: 1}
			s.ByCode[codec.CodeOK], s.ByCode[codec.CodeTooFast] = p[0], p[1]
			sum.Add(s)
			moves, ok, grants = moves+p[0]+p[1], ok+p[0], grants+p[2]
		}
		if sum.Moves != moves || sum.OK() != ok || sum.Rejected() != moves-ok || sum.Grants != grants || sum.Dials != int64(len(parts)) {
			t.Fatalf("%+v of %v", sum, parts)
		}
	})
}

package rounds_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/control/rounds"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a settable one.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time { return time.UnixMilli(c.ms.Load()) }

// keeper is a running one whose queue can be waited for.
type keeper struct {
	*rounds.Keeper
	cancel context.CancelFunc
	done   chan error
}

func open(t interface {
	Helper()
	Fatal(...any)
}, m *memory, partitions int, c *clock) *keeper {
	t.Helper()
	k, err := rounds.Open(context.Background(), rounds.Config{
		Partitions: partitions, RoundTicks: 150, Rules: 1, Now: c.now,
		Started: func(r codec.Round) time.Time { return time.UnixMilli(int64(r) * 5000) },
		Archive: m, Log: slog.New(slog.DiscardHandler),
	}, m)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run := &keeper{k, cancel, make(chan error, 1)}
	go func() { run.done <- k.Run(ctx) }()
	return run
}

// give offers the groups and waits until they are projected or the keeper fails.
func (k *keeper) give(groups ...codec.Group) error {
	for _, g := range groups {
		if err := k.Offer(context.Background(), g); err != nil {
			return err
		}
	}
	return k.Flush(context.Background())
}

func (k *keeper) stop() error {
	k.cancel()
	return <-k.done
}

func expect(t *testing.T, m *memory, r codec.Round, want ...string) {
	t.Helper()
	got, err := m.story(r)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("round %d:\n  %s\nwant\n  %s", r, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestRound: a round with two partitions that cross its border one after the other.
func TestRound(t *testing.T) {
	m, c := newMemory(), &clock{}
	k := open(t, m, 2, c)
	c.ms.Store(1000)
	err := k.give(
		group(0, 1, 1, started(1), opened(0), noise(), opened(1)),
		group(1, 1, 1, started(1), opened(8)),
		group(0, 1, 2, noise(), granted(1, 0, 7)),
		group(1, 1, 2, granted(1, 8, 9)), // within the same second: no leaderboard yet
	)
	if err != nil {
		t.Fatal(err)
	}
	c.ms.Store(2000)
	err = k.give(
		group(1, 1, 3),
		group(0, 1, 3, ended(1)),
		group(0, 2, 1, started(2), opened(2)),
		group(1, 1, 4, granted(1, 9, 9)),
	)
	if err != nil {
		t.Fatal(err)
	}
	if b := k.Board(); b.Round != 2 || len(b.Standings) != 0 || b.Ended {
		t.Errorf("the board is %+v", b)
	}
	if err := k.give(group(1, 2, 1, started(2))); err != nil { // without an end: the next round tells
		t.Fatal(err)
	}
	expect(t, m, 1,
		"own 1: started 1 seed 100 ticks 150 rules 1 at 5000",
		"p0 1/1.1: placed 0 at 1000",
		"p0 1/1.4: placed 1 at 1001",
		"p1 1/1.1: placed 8 at 1008",
		"p0 1/2.2: granted 0 to 7 (p7)",
		"own 2: leaderboard 7:1",
		"p1 1/2.0: granted 8 to 9 (p9)",
		"own 3: leaderboard 7:1 9:1",
		"p1 1/4.0: granted 9 to 9 (p9)",
		"own 4: ended 1 grants 3 9:2 7:1",
	)
	expect(t, m, 2, "own 1: started 2 seed 200 ticks 150 rules 1 at 10000", "p0 2/1.1: placed 2 at 1002")
	if s := k.Stats(); s != (rounds.Stats{Events: 12, Grants: 3, Archived: 1}) {
		t.Errorf("stats %+v", s)
	}
	if err := k.stop(); err != nil {
		t.Error(err)
	}
	if err := k.Offer(t.Context(), group(0, 2, 2)); err == nil {
		t.Error("a stopped keeper takes a group")
	}
}

// TestTakeover: a second keeper goes on, skips what is there and keeps the counts.
func TestTakeover(t *testing.T) {
	m, c := newMemory(), &clock{}
	first := []codec.Group{
		group(0, 1, 1, started(1), opened(0), opened(1)),
		group(0, 1, 2, granted(1, 0, 7)),
	}
	k := open(t, m, 1, c)
	if err := k.give(first...); err != nil {
		t.Fatal(err)
	}
	if err := k.stop(); err != nil {
		t.Fatal(err)
	}
	k = open(t, m, 1, c)
	if k.From() != 1 {
		t.Errorf("from round %d", k.From())
	}
	if b := k.Board(); b.Round != 1 || b.Grants != 1 || len(b.Standings) != 1 || b.Standings[0] != (rounds.Standing{Player: 7, Name: "p7", Score: 1}) {
		t.Errorf("the board is %+v", b)
	}
	// A leaderboard may have come just before the takeover: the next is a second later.
	if err := k.give(append(first, group(0, 1, 3, granted(1, 1, 7)))...); err != nil {
		t.Fatal(err)
	}
	c.ms.Store(999)
	if err := k.give(group(0, 1, 4)); err != nil {
		t.Fatal(err)
	}
	if n := len(m.logs[1]); n != 6 {
		t.Errorf("%d events before the second has passed", n)
	}
	c.ms.Store(1000)
	if err := k.give(group(0, 1, 5), group(0, 1, 6, ended(1))); err != nil {
		t.Fatal(err)
	}
	if k.From() != 2 {
		t.Errorf("after the end of round 1: from round %d", k.From())
	}
	expect(t, m, 1,
		"own 1: started 1 seed 100 ticks 150 rules 1 at 5000",
		"p0 1/1.1: placed 0 at 1000",
		"p0 1/1.2: placed 1 at 1001",
		"p0 1/2.0: granted 0 to 7 (p7)",
		"own 2: leaderboard 7:1",
		"p0 1/3.0: granted 1 to 7 (p7)",
		"own 3: leaderboard 7:2",
		"own 4: ended 1 grants 2 7:2",
	)
	if s := k.Stats(); s.Skipped != 3 {
		t.Errorf("stats %+v", s)
	}
	if err := k.stop(); err != nil {
		t.Fatal(err)
	}
	k = open(t, m, 1, c)
	if k.From() != 2 || !k.Board().Ended {
		t.Errorf("from round %d, board %+v", k.From(), k.Board())
	}
	if err := k.stop(); err != nil {
		t.Fatal(err)
	}
}

// TestRefuses: what must never happen stops the keeper with an error that names it.
func TestRefuses(t *testing.T) {
	begin := group(0, 1, 1, started(1), opened(0))
	cases := []struct {
		name   string
		groups []codec.Group
		want   string
	}{
		{"second grant (I2)", []codec.Group{begin, group(0, 1, 2, granted(1, 0, 7)), group(1, 1, 1, started(1), granted(1, 0, 9))},
			"treasure 0 of round 1 went to player 0000000000000007 (partition 0, index 1/2, frame 0) and to player 0000000000000009 (partition 1, index 1/1, frame 1)"},
		{"same player twice (I2)", []codec.Group{begin, group(0, 1, 2, granted(1, 0, 7), granted(1, 0, 7))}, "was granted twice"},
		{"history rewritten (I2)", []codec.Group{begin, group(0, 1, 2, granted(1, 0, 7)), group(0, 1, 2, granted(1, 0, 9))}, "was granted twice"},
		{"history invented", []codec.Group{begin, group(0, 1, 2, opened(1)), group(0, 1, 1, granted(1, 1, 9))}, "is not in the events"},
		{"not started", []codec.Group{group(0, 1, 2, opened(0))}, "round 1, which did not start"},
		{"another seed", []codec.Group{begin, group(1, 1, 1, codec.Event{Kind: codec.EventRoundStarted, Round: 1, Seed: codec.Seed{5}}.Append(nil))}, "with another seed"},
		{"no such partition", []codec.Group{group(2, 1, 1, started(1))}, "the hunt has 2 partitions"},
		{"half a frame", []codec.Group{group(0, 1, 1, started(1)[:5])}, "frame 0"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			k := open(t, newMemory(), 2, &clock{})
			err := k.give(tc.groups...)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v; want %q", err, tc.want)
			}
			i2 := strings.Contains(tc.name, "I2")
			if errors.Is(err, rounds.ErrDuplicateGrant) != i2 || (k.Stats().Duplicates == 1) != i2 {
				t.Errorf("%v with stats %+v", err, k.Stats())
			}
			_ = k.stop()
		})
	}
}

// TestOpenRefuses: a stream that breaks the rules is not gone on with.
func TestOpenRefuses(t *testing.T) {
	own := func(n uint32) *huntpb.EventID { return &huntpb.EventID{Round: 1, Ordinal: n} }
	from := func(p uint32, seq uint64) *huntpb.EventID {
		return &huntpb.EventID{Partition: proto.Uint32(p), Round: 1, Seq: seq}
	}
	begin := &huntpb.RoundEvent{Id: own(1), Body: startOf(1)}
	end := &huntpb.RoundEvent{Id: own(2), Body: endOf(1, 0)}
	grant := func(id *huntpb.EventID) *huntpb.RoundEvent {
		return &huntpb.RoundEvent{Id: id, Body: &huntpb.RoundEvent_Granted{Granted: &huntpb.TreasureGranted{Treasure: 3, Player: 7, Round: 1, Score: 1}}}
	}
	cases := []struct {
		name   string
		events []*huntpb.RoundEvent
		want   string
	}{
		{"an event twice", []*huntpb.RoundEvent{begin, grant(from(0, 5)), grant(from(0, 5))}, "an event twice or out of order"},
		{"a treasure twice (I2)", []*huntpb.RoundEvent{begin, grant(from(0, 5)), grant(from(0, 6))}, "was granted twice"},
		{"an own event missing", []*huntpb.RoundEvent{begin, {Id: own(3), Body: end.Body}}, "own event 3 comes after 1"},
		{"after the end", []*huntpb.RoundEvent{begin, end, grant(from(0, 5))}, "after the round's end"},
		{"another hunt's", []*huntpb.RoundEvent{begin, grant(from(4, 5))}, "partition 4, the hunt has 1"},
		{"empty", []*huntpb.RoundEvent{{}}, "says nothing"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			m := newMemory()
			for _, ev := range tc.events {
				m.put(t, 1, ev)
			}
			_, err := rounds.Open(t.Context(), rounds.Config{Partitions: 1}, m)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v; want %q", err, tc.want)
			}
		})
	}
	m := newMemory()
	m.logs[1] = [][]byte{{0xff}}
	if _, err := rounds.Open(t.Context(), rounds.Config{Partitions: 1}, m); err == nil {
		t.Error("garbage passes")
	}
}

// TestFenced: of two keepers on one stream the one that comes too late fails.
func TestFenced(t *testing.T) {
	m, c := newMemory(), &clock{}
	begin := group(0, 1, 1, started(1))
	a := open(t, m, 1, c)
	if err := a.give(begin); err != nil {
		t.Fatal(err)
	}
	b := open(t, m, 1, c)
	if err := b.give(begin, group(0, 1, 2, opened(0))); err != nil {
		t.Fatal(err)
	}
	if err := a.give(group(0, 1, 2, opened(0))); err == nil || !strings.Contains(err.Error(), "the last sequence is 2, not 1") {
		t.Errorf("the paused keeper: %v", err)
	}
	expect(t, m, 1, "own 1: started 1 seed 100 ticks 150 rules 1 at 5000", "p0 1/2.0: placed 0 at 1000")
	_ = a.stop()
	_ = b.stop()
}

// TestBackPressure: a keeper that is not running holds its callers, and drops nothing.
func TestBackPressure(t *testing.T) {
	k, err := rounds.Open(t.Context(), rounds.Config{Partitions: 1}, newMemory())
	if err != nil {
		t.Fatal(err)
	}
	taken := uint64(0)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for k.Offer(ctx, group(0, 1, taken+1, noise())) == nil {
		taken++
	}
	if taken == 0 || taken > 1000 {
		t.Errorf("%d groups waited", taken)
	}
}

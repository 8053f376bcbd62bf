package actor

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// openWithScribe opens an actor with a scribe of its own, which runs until the
// test ends, for rounds of so many ticks.
func (b *bed) openWithScribe(ticks uint32) *Actor {
	b.t.Helper()
	cfg := b.config(10)
	cfg.Rules.RoundTicks = ticks
	cfg.Scribe = NewScribe(nil, slog.New(slog.DiscardHandler))
	a, err := Open(b.t.Context(), cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		cfg.Scribe.Run(ctx)
	}()
	b.t.Cleanup(func() {
		stop()
		<-done
	})
	return a
}

// await waits for a condition.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute %s", what)
		}
	}
}

func (b *bed) stored() []codec.Index {
	all, _ := b.journal.Snapshots(b.t.Context())
	return all
}

// TestSnapshots: every round has one, when it is the partition's turn; the next
// base names it; recovery from the newest is recovery from the start, also where
// the journal ends right after the snapshot's record, before any base names it.
func TestSnapshots(t *testing.T) {
	b := newBed(t)
	a := b.openWithScribe(60)
	stop := run(t, a, 1500*time.Millisecond) // of the first round's two seconds
	g := newGateway()
	play(t, a, g, 5, 3)
	await(t, "for the third round's snapshot", func() bool { return len(b.stored()) > 0 && b.stored()[len(b.stored())-1].Round == 3 })
	play(t, a, g, 5, 2)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	mark := a.Durable()
	cfg := b.config(11)
	cfg.Marks = []codec.Watermark{mark}
	replay := cfg.replay()
	replay.Release = nil
	if err := b.eachGood(replay); err != nil {
		t.Error(err)
	}
	newest := b.stored()[len(b.stored())-1]
	h, err := Replay(t.Context(), replay)
	if err != nil || h.Snapshot.At != newest || h.Core.Hash() != a.core.Hash() || h.Records >= int(mark.Index.Seq) {
		t.Errorf("recovered from %v by %d records, the newest is %v (%v)", h.Snapshot.At, h.Records, newest, err)
	}
	b.journal.rounds[3] = b.journal.rounds[3][:newest.Seq]
	if h, err := b.replay(0, nil); err != nil || h.Last.Index != newest || h.Records != 0 {
		t.Errorf("a journal that ends with its snapshot: at %v, %v", h.Last.Index, err)
	}
	again := b.open(11)
	if again.lastSnapshot() != h.Snapshot {
		t.Errorf("the next owner's base will name %v, the newest is %v", again.lastSnapshot().At, newest)
	}
}

// eachGood checks all snapshots: where they are, and what the bases say of them.
func (b *bed) eachGood(cfg ReplayConfig) error {
	b.t.Helper()
	named := map[codec.Round]codec.SnapshotRef{}
	b.records(func(at codec.Index, h codec.RecordHeader, body []byte) {
		if h.Kind == codec.RecordBase {
			base, err := codec.ParseBase(body)
			if err != nil {
				b.t.Fatal(err)
			}
			named[at.Round] = base.Snapshot
		}
	})
	known := 0
	for _, at := range b.stored() {
		if err := CheckSnapshot(b.t.Context(), cfg, at); err != nil {
			return err
		}
		if ref := named[at.Round+1]; ref.At == at {
			known++
			if ref.Sum != hashOf(b.journal.snapshots[at]) {
				b.t.Errorf("the base of round %d names another snapshot of %v", at.Round+1, at)
			}
		}
	}
	if known == 0 {
		b.t.Errorf("no base names a snapshot: %v, stored are %v", named, b.stored())
	}
	return nil
}

// TestSnapshotOfAnother: bytes that hold the very same state are refused if the
// next base names others.
func TestSnapshotOfAnother(t *testing.T) {
	b, _ := played(t)
	all, cuts := b.ends()
	b.snap(all[30], cuts[30])
	b.snap(all[10], cuts[10])
	h, err := b.replayTo(1, cuts[30])
	if err != nil {
		t.Fatal(err)
	}
	named := codec.SnapshotRef{At: all[30], Sum: hashOf(b.journal.snapshots[all[30]])}
	for _, spoil := range []bool{false, true} {
		if spoil {
			named.Sum[5] ^= 1
		}
		at := codec.Index{Round: 2, Seq: 1}
		record := b.journal.rounds[2][0]
		header, body, err := codec.ParseRecord(record)
		if err != nil {
			t.Fatal(err)
		}
		base, err := codec.ParseBase(body)
		if err != nil {
			t.Fatal(err)
		}
		base.Snapshot = named
		b.journal.rounds[2][0] = base.Append(header.Append(nil))
		b.lost(t, named.At)
		cfg := b.config(1)
		s, err := (&ReplayConfig{Hunt: cfg.Hunt, World: cfg.World, Build: cfg.Build, Journal: cfg.Journal}).load(t.Context(), all[30])
		if (err != nil) != spoil || err == nil && s.core.Hash() != h.Core.Hash() {
			t.Errorf("spoilt: %v, loaded: %v; the base at %v", spoil, err, at)
		}
	}
}

// lost holds that a snapshot which a base names and which is not there is noted.
func (b *bed) lost(t *testing.T, at codec.Index) {
	t.Helper()
	stored := b.journal.snapshots
	for i, snapshots := range []map[codec.Index][]byte{nil, {{Round: 1, Seq: 1}: nil}, {at: stored[at]}, {{Round: 1, Seq: at.Seq + 1}: nil}} {
		b.journal.snapshots = snapshots
		r := replayer{ctx: t.Context(), cfg: func() ReplayConfig { c := b.config(1); return c.replay() }()}
		if err := r.lost(b.stored(), 2); err != nil || len(r.Fallbacks) != []int{1, 1, 0, 0}[i] {
			t.Errorf("%d stored: noted %v, %v", len(snapshots), r.Fallbacks, err)
		}
	}
	b.journal.snapshots = stored
}

// TestTurnForSnapshot: a partition waits for its turn, unless it had none in the
// round before.
func TestTurnForSnapshot(t *testing.T) {
	a := newBed(t).open(10)
	for range 2 {
		for !a.core.RoundOver() {
			a.core.Tick()
		}
		a.core.BeginRound(a.core.Round()+1, codec.Seed{1})
	}
	turn := codec.Tick(a.core.Rules().RoundTicks / 2)
	for !a.core.RoundOver() {
		a.core.Tick()
		for last, want := range []bool{true, true, a.core.TickNow() >= turn} {
			if a.taken.round = codec.Round(last); a.turnForSnapshot() != want {
				t.Fatalf("tick %d of round 3, the last snapshot in round %d: due is %v", a.core.TickNow(), last, !want)
			}
		}
	}
}

// stuck is a journal that stores no snapshot until it is freed.
type stuck struct {
	*memJournal
	free chan struct{}
}

func (j *stuck) PutSnapshot(ctx context.Context, at codec.Index, data []byte) error {
	select {
	case <-j.free:
		return j.memJournal.PutSnapshot(ctx, at, data)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestSnapshotIsStuck: while one cannot be stored, moves and rounds go on; it is
// counted that rounds end without one; and then there are snapshots again.
func TestSnapshotIsStuck(t *testing.T) {
	b := newBed(t)
	free := make(chan struct{})
	a := b.openWithScribe(60)
	a.cfg.Journal = &stuck{b.journal, free}
	stop := run(t, a, 6*time.Second) // three rounds back to back
	g := newGateway()
	if last := play(t, a, g, 5, 4); last.Seq != 4 {
		t.Errorf("the last move was %d", last.Seq)
	}
	await(t, "for the fourth round", func() bool { return a.Durable().Index.Round >= 4 })
	if all := b.stored(); len(all) != 0 || len(a.cfg.Scribe.page) != 0 {
		t.Fatalf("stored %v", all)
	}
	close(free)
	await(t, "for snapshots", func() bool { return len(b.stored()) > 1 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	await(t, "for the page", func() bool { return len(a.cfg.Scribe.page) == 1 })
	if all := b.stored(); all[0].Round != 1 || all[1].Round < 4 {
		t.Errorf("stored are %v: rounds 2 and 3 should have none", all)
	}
}

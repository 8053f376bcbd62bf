package actor

import (
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// TestSilentJournal: ticks without inputs fill few records, so what may be
// undone is bounded in ticks too; moves get a code, and all goes on by itself.
func TestSilentJournal(t *testing.T) {
	b := newBed(t)
	cfg := b.config(10)
	cfg.Rules.RoundTicks, cfg.Rules.Treasures, cfg.Rules.OpenAtStart = codec.MaxRoundTicks, 0, 0
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	a.start = time.Now().Add(-time.Minute) // the journal has been silent for so long
	join := func() codec.Code {
		a.in = codec.Input{Kind: codec.InputJoin, Player: 5}
		return a.step()
	}
	if code := join(); code != codec.CodeOK {
		t.Fatalf("a join before the stall: %v", code)
	}
	a.pass()
	if got := a.core.Clock(); got < maxHaste || got >= maxAhead {
		t.Errorf("%d overdue ticks were passed at once without an answer of the journal, want %d", got, maxHaste)
	}
	for began := time.Now(); a.room(); { // and the others at their pace
		if next := a.pass(); a.room() && time.Until(next) > 2*tickTime || time.Since(began) > time.Minute {
			t.Fatalf("the next tick comes in %v, after %v", time.Until(next), time.Since(began))
		}
		time.Sleep(tickTime / 4)
	}
	if got := a.core.Clock(); got != maxAhead {
		t.Errorf("%d ticks were passed without an answer of the journal, want %d", got, maxAhead)
	}
	if code := join(); code != codec.CodeNotNow {
		t.Errorf("a join during the stall: %v", code)
	}
	for len(a.toWrite) > 0 {
		s := <-a.toWrite
		if s.err = a.persist(t.Context(), s); s.err != nil {
			t.Fatal(s.err)
		}
		if err := a.release(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		a.pass()
		if ahead := a.ahead(); ahead > maxAhead {
			t.Fatalf("%d ticks ahead of the journal, want at most %d", ahead, maxAhead)
		}
	}
	if late := a.due(a.core.Clock() + 1); time.Until(late) <= 0 {
		t.Errorf("the journal answers, and tick %d still waits", a.core.Clock()+1)
	}
	if code := join(); code != codec.CodeOK {
		t.Errorf("a join after the stall: %v", code)
	}
}

// TestSlowJournal: a journal that needs several ticks for a record gets fewer and
// longer ones. No move is refused as long as it takes a record within a second, and
// then fewer are, in proportion; what is not durable is bounded by what it takes.
func TestSlowJournal(t *testing.T) {
	for _, c := range []struct {
		each  int // ticks that the journal needs for a record
		ahead uint64
	}{{1, 3}, {2, 5}, {6, 13}, {25, 51}, {40, maxAhead}, {120, maxAhead}} {
		b := newBed(t)
		cfg := b.config(10)
		cfg.Rules.RoundTicks, cfg.Rules.Treasures, cfg.Rules.OpenAtStart = codec.MaxRoundTicks, 0, 0
		a, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		const ticks = 1200
		taken, ahead, begun := 0, uint64(0), 0
		for now := range ticks {
			if len(a.toWrite) == 0 {
				begun = now
			} else if now-begun >= c.each {
				b.take(a)
				begun = now
			}
			a.in = codec.Input{Kind: codec.InputJoin, Player: 5}
			if taken%2 == 1 { // each changes something
				a.in.Kind = codec.InputLeave
			}
			if a.step() == codec.CodeOK {
				taken++
			}
			if a.room() {
				a.tick()
			}
			ahead = max(ahead, a.ahead())
		}
		want := min(ticks, ticks*maxMerge/c.each) * 9 / 10
		if taken < want || ahead > c.ahead {
			t.Errorf("a record each %d ticks: %d of %d inputs were taken, want %d; %d ticks ahead, want at most %d",
				c.each, taken, ticks, want, ahead, c.ahead)
		}
	}
}

// TestFullStream: with too few messages left in a round's stream the partition
// only ends the round, refuses with a code, and goes on in the next one.
func TestFullStream(t *testing.T) {
	b := newBed(t)
	b.journal.limit = 40 // of 200 ticks, each with moves
	cfg := b.config(10)
	cfg.Records = uint64(b.journal.limit)
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	refused, moved := 0, [5]int{}
	g := newGateway()
	for round := codec.Round(1); round < 4; round++ {
		for !a.core.RoundOver() {
			a.in = codec.Input{Kind: codec.InputJoin, Player: 5}
			switch code := a.step(); code {
			case codec.CodeOK:
				moved[a.core.Round()]++
			case codec.CodeNotNow:
				refused++
			default:
				t.Fatal(code)
			}
			if a.core.TickNow() == 100 {
				if err := a.subscribe(g, 0); err != nil {
					t.Fatal(err)
				}
			}
			if a.tick(); a.core.Round() > round {
				break
			}
			b.drain(a)
		}
		b.drain(a)
	}
	if refused == 0 || moved[1] < 20 || moved[2] < 20 || moved[3] < 20 {
		t.Errorf("%d inputs were refused; by round %v were taken", refused, moved)
	}
	g.next(t, codec.TypeEvent) // who subscribes in such a round follows too
	mark := a.Durable()
	h, err := b.replay(1, &mark)
	if err != nil || h.Core.Hash() != a.core.Hash() {
		t.Errorf("replay: %v", err)
	}
	b.releasedAlike(cfg)
}

// releasedAlike holds that a replay of the last round releases what was released.
func (b *bed) releasedAlike(cfg Config) {
	b.t.Helper()
	live := b.groups
	b.groups = nil
	if _, err := Replay(b.t.Context(), cfg.replay()); err != nil {
		b.t.Fatal(err)
	}
	for i, g := range b.groups {
		was := live[len(live)-len(b.groups)+i]
		if was.Durable != g.Durable || string(was.Frames) != string(g.Frames) {
			b.t.Errorf("%v is released differently by a replay", g.Durable.Index)
		}
	}
}

// TestStopBehind: a stop makes durable what was applied while the journal owed
// answers, and releases it once.
func TestStopBehind(t *testing.T) {
	b := newBed(t)
	cfg := b.config(10)
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range codec.PlayerID(25) {
		a.in = codec.Input{Kind: codec.InputJoin, Player: 5 + i}
		if code := a.step(); code != codec.CodeOK {
			t.Fatal(code)
		}
		if a.core.TickNow() < 24 { // the last input has no boundary after it
			a.tick()
		}
	}
	if a.ring.used != 1 || a.draft.ticks < 20 {
		t.Fatalf("%d records wait for the journal, the next one has %d ticks", a.ring.used, a.draft.ticks)
	}
	go a.write(t.Context())
	go a.settle(t.Context())
	if err := a.finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h, err := b.replay(1, nil); err != nil || h.Core.Hash() != a.core.Hash() {
		t.Errorf("the journal leads to another state: %v", err)
	}
	b.releasedAlike(cfg)
}

// drain lets the journal take what waits for it.
func (b *bed) drain(a *Actor) {
	b.t.Helper()
	for len(a.toWrite) > 0 {
		b.take(a)
	}
}

// take lets the journal take one record.
func (b *bed) take(a *Actor) {
	b.t.Helper()
	s := <-a.toWrite
	s.err = a.persist(b.t.Context(), s)
	if err := a.release(b.t.Context(), s); err != nil {
		b.t.Fatal(err)
	}
}

// TestTakeOverFullStream: owners that follow one another all the time cannot
// take the messages that the round's end needs, and the last one can end it.
func TestTakeOverFullStream(t *testing.T) {
	b := newBed(t)
	b.journal.limit = 40
	cfg := b.config(1)
	cfg.Records = uint64(b.journal.limit)
	var owner *Actor
	for {
		next, err := Open(t.Context(), cfg)
		if err != nil {
			t.Logf("epoch %d: %v", cfg.Epoch, err)
			break
		}
		owner = next
		cfg.Epoch++
		for range 3 {
			owner.in = codec.Input{Kind: codec.InputJoin, Player: 5}
			if code := owner.step(); (code == codec.CodeNotNow) != owner.draft.tight {
				t.Fatalf("epoch %d, record %v: %v", owner.cfg.Epoch, owner.at, code)
			}
			owner.tick()
		}
		b.drain(owner)
	}
	if owner == nil || cfg.Epoch < 8 || !owner.draft.tight {
		t.Fatalf("only %d owners could follow one another", cfg.Epoch-1)
	}
	for owner.core.Round() == 1 {
		owner.tick()
		b.drain(owner)
	}
	if cfg.Epoch++; b.journal.rounds[2] == nil {
		t.Error("round 2 did not begin")
	}
	if _, err := Open(t.Context(), cfg); err != nil {
		t.Errorf("a take-over in the next round: %v", err)
	}
}

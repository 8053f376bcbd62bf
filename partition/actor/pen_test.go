package actor

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// slowJournal notes what is begun, and appends nothing before it is told to.
type slowJournal struct {
	*memJournal
	mu    sync.Mutex
	begun []codec.Index
	more  chan struct{} // a value for each that is begun
	let   chan error    // one answer each: nil lets the append happen
}

type slowPending struct {
	begun
	let chan error
}

func (j *slowJournal) Start(at codec.Index, record []byte) Pending {
	j.mu.Lock()
	j.begun = append(j.begun, at)
	j.mu.Unlock()
	j.more <- struct{}{}
	return slowPending{begun{j.memJournal, at, record}, j.let}
}

func (p slowPending) Wait(ctx context.Context) error {
	if err := <-p.let; err != nil {
		return err
	}
	return p.begun.Wait(ctx)
}

// seen is what was begun so far.
func (j *slowJournal) seen() []codec.Index {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.begun)
}

// penBed is an actor at the end of round 1 of which nothing is durable but the
// base: records 2 to `window` + 3, the last of them the round's, and round 2's base.
func penBed(t *testing.T) (*Actor, *slowJournal, []codec.Index) {
	b := newBed(t)
	j := &slowJournal{memJournal: b.journal, more: make(chan struct{}, 100), let: make(chan error, 100)}
	cfg := b.config(10)
	cfg.Journal, cfg.Rules.RoundTicks, cfg.Rules.Treasures, cfg.Rules.OpenAtStart = j, 30, 0, 0
	j.let <- nil // of the first base
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	<-j.more
	j.begun = nil
	for round := a.core.Round(); a.core.Round() == round; {
		if left := 30 - int(a.core.TickNow()); left <= window+2 {
			a.in = codec.Input{Kind: codec.InputJoin, Player: codec.PlayerID(a.core.TickNow())} // a new one each time
			a.step()
		}
		a.tick()
		if a.draft.inputs > 0 { // as if it were full: it would grow on
			a.closeTicks()
		}
	}
	var closed []codec.Index
	for seq := uint64(2); seq <= a.ring.slots[a.ring.used-2].at.Seq; seq++ {
		closed = append(closed, codec.Index{Round: 1, Seq: seq})
	}
	return a, j, append(closed, codec.Index{Round: 2, Seq: 1})
}

// penRuns lets the pen run; stop waits for its end and gives its answers.
func penRuns(t *testing.T, a *Actor) (stop func() []error) {
	go a.write(t.Context())
	go a.settle(t.Context())
	return func() (answers []error) {
		close(a.toWrite)
		for s := range a.written {
			answers = append(answers, s.err)
		}
		return answers
	}
}

// TestPenWindow: appends are begun in order and ahead of their answers, as many
// as the window holds; a base only when all before it are durable (I4).
func TestPenWindow(t *testing.T) {
	a, j, closed := penBed(t)
	if len(closed) < window+3 {
		t.Fatalf("only %d records are closed", len(closed))
	}
	stop := penRuns(t, a)
	for range window {
		<-j.more
	}
	if got := j.seen(); !slices.Equal(got, closed[:window]) || len(j.more) > 0 {
		t.Errorf("begun without an answer: %v, want %v", got, closed[:window])
	}
	base := len(closed) - 1
	for range base - window { // each answer lets one more in
		j.let <- nil
		<-j.more
	}
	for range window - 1 {
		j.let <- nil
	}
	select {
	case <-j.more:
		t.Fatal("the base is begun while a record before it is under way")
	case <-time.After(50 * time.Millisecond): // longer than it takes if nothing forbids it
	}
	j.let <- nil
	<-j.more
	if got := j.seen(); !slices.Equal(got, closed) {
		t.Errorf("begun: %v, want %v", got, closed)
	}
	j.let <- nil
	for _, err := range stop() {
		if err != nil {
			t.Error(err)
		}
	}
	if n := len(j.rounds[1]) + len(j.rounds[2]); n != len(closed)+1 {
		t.Errorf("%d records are stored, want %d", n, len(closed)+1)
	}
}

// TestPenFailure: after an append that failed nothing is begun, nothing that was
// begun behind it counts, and every slot is answered.
func TestPenFailure(t *testing.T) {
	for _, good := range []int{0, 1, window - 1} {
		a, j, closed := penBed(t)
		stop := penRuns(t, a)
		broken := errors.New("the disk is gone")
		for range good {
			j.let <- nil
		}
		j.let <- broken
		close(j.let) // what is waited for after it would be stored
		answers := stop()
		for i, err := range answers {
			if (err == nil) != (i < good) || err != nil && !errors.Is(err, broken) {
				t.Errorf("%d good: record %d is answered with %v", good, i, err)
			}
		}
		if len(answers) != len(closed) || len(j.rounds[1]) != 1+good {
			t.Errorf("%d good: %d of %d slots are answered, %d records are stored", good, len(answers), len(closed), len(j.rounds[1])-1)
		}
		if got := len(j.seen()); got > good+window+1 {
			t.Errorf("%d good: %d appends are begun", good, got)
		}
	}
}

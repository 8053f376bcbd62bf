package journal

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

func event(round codec.Round, seq uint64) string {
	return fmt.Sprintf("event %d of round %d", seq, round)
}

// add appends the events of a round that follow last, up to sequence to.
func add(t *testing.T, e *Events, round codec.Round, last, to uint64) {
	t.Helper()
	for last < to {
		seq, err := e.Append(soon(t), round, last, []byte(event(round, last+1)))
		if err != nil || seq != last+1 {
			t.Fatalf("event %d of round %d: stored at %d, %v", last+1, round, seq, err)
		}
		last = seq
	}
}

func TestEvents(t *testing.T) {
	dir := t.TempDir()
	j, stop := open(t, dir)
	must(t, j.Partition(1).Create(soon(t), 5)) // no round of events
	e := j.Events()
	must(t, e.Create(soon(t), 2))
	must(t, e.Create(soon(t), 2))
	must(t, e.Create(soon(t), 10))
	add(t, e, 2, 0, 6)
	if _, err := e.Append(soon(t), 2, 3, []byte("another keeper's")); !errors.Is(err, ErrFenced) {
		t.Errorf("a second keeper: %v", err)
	}
	add(t, e, 2, 3, 4) // a takeover writes what it does not know to be there
	stop()

	j, _ = open(t, dir)
	e = j.Events()
	rounds, err := e.Rounds(soon(t))
	if err != nil || fmt.Sprint(rounds) != "[2 10]" {
		t.Fatalf("rounds %v, error %v", rounds, err)
	}
	n := uint64(0)
	must(t, e.Read(soon(t), 2, func(seq uint64, data []byte) error {
		if n++; seq != n || string(data) != event(2, seq) {
			t.Errorf("event %d: %d %q", n, seq, data)
		}
		return nil
	}))
	if n != 6 {
		t.Errorf("%d events", n)
	}
	if err := e.Read(soon(t), 3, nil); !errors.Is(err, ErrNoStream) {
		t.Errorf("a round that is not there: %v", err)
	}
}

// follow starts a follower and gives what it delivers.
func follow(t *testing.T, e *Events, from codec.Round) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(soon(t))
	got, done := make(chan string, 100), make(chan error, 1)
	go func() {
		done <- e.Follow(ctx, from, func(round codec.Round, seq uint64, data []byte) error {
			if string(data) != event(round, seq) {
				t.Errorf("round %d, sequence %d: %q", round, seq, data)
			}
			got <- fmt.Sprintf("%d/%d", round, seq)
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the follower ended with %v", err)
		}
		if len(got) > 0 {
			t.Errorf("%d events more than expected, the first is %s", len(got), <-got)
		}
	})
	return got
}

func expect(t *testing.T, got <-chan string, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case g := <-got:
			if g != w {
				t.Fatalf("delivered %s, not %s", g, w)
			}
		case <-soon(t).Done():
			t.Fatalf("%s did not come", w)
		}
	}
}

func TestFollow(t *testing.T) { both(t, testFollow) }

func testFollow(t *testing.T, open opener) {
	j := open(t)
	e := j.Events()
	early := follow(t, e, 0) // before anything is there
	for _, round := range []codec.Round{1, 2, 3} {
		must(t, e.Create(soon(t), round))
	}
	add(t, e, 1, 0, 2)
	expect(t, early, "1/1", "1/2")
	add(t, e, 2, 0, 3)
	expect(t, early, "2/1", "2/2", "2/3")

	current, all, later := follow(t, e, 0), follow(t, e, 1), follow(t, e, 3)
	expect(t, current, "2/1", "2/2", "2/3")
	expect(t, all, "1/1", "1/2", "2/1", "2/2", "2/3")

	add(t, e, 1, 2, 3) // late, but the round before the current one is still followed
	expect(t, early, "1/3")
	expect(t, all, "1/3")
	add(t, e, 3, 0, 1) // its stream was there before its turn
	for _, got := range []<-chan string{early, current, all, later} {
		expect(t, got, "3/1")
	}
	add(t, e, 2, 3, 4)
	for _, got := range []<-chan string{early, current, all} {
		expect(t, got, "2/4")
	}
	must(t, e.Create(soon(t), 4)) // a round whose stream appears while it is followed
	add(t, e, 4, 0, 2)
	for _, got := range []<-chan string{early, current, all, later} {
		expect(t, got, "4/1", "4/2")
	}
}

// What is stored while a follower reads comes after it, once: the writer is as
// fast as it can be, and many wake-ups are dropped.
func TestFollowUnderLoad(t *testing.T) { both(t, testFollowUnderLoad) }

func testFollowUnderLoad(t *testing.T, open opener) {
	j := open(t)
	e := j.Events()
	must(t, e.Create(soon(t), 1))
	got := follow(t, e, 1)
	written := make(chan error, 1)
	go func() {
		var err error
		for seq := uint64(0); seq < 200 && err == nil; {
			seq, err = e.Append(context.Background(), 1, seq, []byte(event(1, seq+1)))
		}
		written <- err
	}()
	for seq := uint64(1); seq <= 200; seq++ {
		expect(t, got, fmt.Sprintf("1/%d", seq))
	}
	must(t, <-written)
}

// I12: a server that does not answer for longer than a request waits does not
// end a follower, which then goes on where it was: each event comes once.
func TestFollowOutlastsASilentServer(t *testing.T) {
	s, err := StartServer(Config{Dir: t.TempDir(), Log: quiet})
	must(t, err)
	defer s.Close()
	direct := connect(t, s)
	defer direct.Close()
	writer := journal(t, direct).Events()
	must(t, writer.Create(soon(t), 1))
	add(t, writer, 1, 0, 2)

	w := &wire{Server: s}
	nc := w.connect(t)
	t.Cleanup(nc.Close) // after the follower's end
	got := follow(t, journal(t, nc, withAckWait(20*time.Millisecond)).Events(), 0)
	expect(t, got, "1/1", "1/2")

	w.stalled.Store(true)
	asked := w.asked.Load()
	add(t, writer, 1, 2, 3)
	must(t, writer.Create(soon(t), 2))
	add(t, writer, 2, 0, 2)
	for ctx := soon(t); w.asked.Load() < asked+3; { // a request is made again when the one before it has failed
		must(t, sleep(ctx, 10*time.Millisecond))
	}
	w.stalled.Store(false)
	expect(t, got, "1/3", "2/1", "2/2")
}

// I12: an event that is gone is not told; the rounds after it are.
func TestFollowGoesOnAfterDamage(t *testing.T) {
	j, _ := open(t, t.TempDir())
	e := j.Events()
	openToLoss(t, e.stream(1))
	add(t, e, 1, 0, 3)
	lose(t, e.stream(1), 2)
	must(t, e.Create(soon(t), 2))
	add(t, e, 2, 0, 2)
	expect(t, follow(t, e, 1), "1/1", "2/1", "2/2")
}

func TestFollowStopsAtTheCallersError(t *testing.T) { both(t, testFollowStopsAtTheCallersError) }

func testFollowStopsAtTheCallersError(t *testing.T, open opener) {
	j := open(t)
	e := j.Events()
	must(t, e.Create(soon(t), 1))
	add(t, e, 1, 0, 2)
	enough, n := errors.New("enough"), 0
	err := e.Follow(soon(t), 1, func(codec.Round, uint64, []byte) error { n++; return enough })
	if err != enough || n != 1 {
		t.Errorf("%d calls, then %v", n, err)
	}
}

package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/huntgraph/huntgraph/codec"
)

// begin starts the appends of records from to to of round 1.
func begin(l *Log, from, to uint64) []Pending {
	var all []Pending
	for seq := from; seq <= to; seq++ {
		all = append(all, l.Start(at(1, seq), record(seq)))
	}
	return all
}

func waitAll(t *testing.T, all []Pending) {
	t.Helper()
	for i, p := range all {
		if err := p.Wait(soon(t)); err != nil {
			t.Fatalf("pending %d: %v", i, err)
		}
	}
}

// whole checks that round 1 holds records 1 to n and nothing else.
func whole(t *testing.T, l *Log, n uint64) {
	t.Helper()
	if last, err := check(t, l, 1, 1); last != n || err != nil {
		t.Errorf("read to %d of %d, %v", last, n, err)
	}
}

// TestStartReused: once an append is settled its record's memory may be another's;
// the next one still names the message that is stored, and is taken at once.
func TestStartReused(t *testing.T) {
	j, _ := open(t, t.TempDir())
	l := j.Partition(0)
	must(t, l.Create(soon(t), 1))
	first := record(1)
	must(t, l.Start(at(1, 1), first).Wait(soon(t)))
	clear(first)
	p := l.Start(at(1, 2), record(2)).(*pending)
	select {
	case <-p.ack.Ok():
	case err := <-p.ack.Err():
		t.Errorf("refused: %v", err)
	case <-soon(t).Done():
		t.Error("no answer")
	}
}

func TestStart(t *testing.T) { both(t, testStart) }

func testStart(t *testing.T, open opener) {
	j := open(t)
	l := j.Partition(0)
	must(t, l.Create(soon(t), 1))
	must(t, l.Create(soon(t), 2))
	waitAll(t, begin(l, 1, 20))
	must(t, l.Append(soon(t), at(1, 21), record(21)))
	waitAll(t, begin(l, 22, 40))
	whole(t, l, 40)
	must(t, l.Start(at(2, 1), record(1)).Wait(soon(t)))
	must(t, l.Start(at(1, 40), record(40)).Wait(soon(t))) // a repeat
	whole(t, l, 40)
	for name, p := range map[string]Pending{
		"empty":     l.Start(at(1, 41), nil),
		"oversized": l.Start(at(1, 41), make([]byte, codec.MaxRecord+1)),
		"no place":  l.Start(at(1, 0), record(1)),
	} {
		if err := p.Wait(soon(t)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := l.Start(at(7, 1), record(1)).Wait(soon(t)); !errors.Is(err, ErrNoStream) {
		t.Errorf("a round that is not there: %v", err)
	}
	whole(t, l, 40)
}

// I3: records and acknowledgements that are lost anywhere in a run of appends
// are made up for, in order.
func TestStartRepairs(t *testing.T) {
	s, err := StartServer(Config{Dir: t.TempDir(), Log: quiet})
	must(t, err)
	defer s.Close()
	w := &wire{Server: s}
	nc, err := nats.Connect("", nats.InProcessServer(w), nats.MaxReconnects(-1),
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0))
	must(t, err)
	defer nc.Close()
	l := journal(t, nc, withAckWait(200*time.Millisecond)).Partition(0)
	must(t, l.Create(soon(t), 1))
	last := uint64(0)
	for name, c := range map[string]struct {
		what   string
		toward bool
	}{
		"a record is lost":           {"HPUB hunt.", true},
		"an acknowledgement is lost": {`"stream":"hunt-`, false},
	} {
		for _, after := range []uint64{0, 1, 5} {
			first := begin(l, last+1, last+after)
			must(t, nc.FlushWithContext(soon(t)))
			w.arm(c.what, c.toward, func() {})
			waitAll(t, append(first, begin(l, last+after+1, last+10)...))
			last += 10
			whole(t, l, last)
			if after == 0 && w.armed != nil {
				t.Errorf("%s: did not happen", name)
			}
			w.arm("nothing at all", true, nil)
		}
	}
}

// I4: of a run of appends that finds another writer's record none behind it is
// stored, and each says so.
func TestStartFenced(t *testing.T) { both(t, testStartFenced) }

func testStartFenced(t *testing.T, open opener) {
	for _, place := range []uint64{4, 5, 9} { // of records 4 to 9
		t.Run(fmt.Sprintf("place=%d", place), func(t *testing.T) {
			j := open(t)
			l, other := j.Partition(0), j.Partition(0)
			fill(t, l, 1, 3)
			waitAll(t, begin(l, 4, place-1))
			must(t, other.Append(soon(t), at(1, place), []byte("the new owner's")))
			for i, p := range begin(l, place, 9) {
				if err := p.Wait(soon(t)); !errors.Is(err, ErrFenced) || !strings.Contains(err.Error(), fmt.Sprintf("index 1/%d", place)) {
					t.Errorf("record %d: %v", place+uint64(i), err)
				}
			}
			if last, _, err := other.Last(soon(t), 1); last != place || err != nil {
				t.Errorf("the stream goes to %d, %v", last, err)
			}
			if err := l.Start(at(1, 10), record(10)).Wait(soon(t)); !errors.Is(err, ErrFenced) {
				t.Errorf("the next: %v", err)
			}
			must(t, other.Append(soon(t), at(1, place+1), []byte("the new owner's second")))
		})
	}
}

func TestStartFull(t *testing.T) { both(t, testStartFull) }

func testStartFull(t *testing.T, open opener) {
	j := open(t, WithMessages(4))
	l := j.Partition(0)
	must(t, l.Create(soon(t), 1))
	for i, p := range begin(l, 1, 7) {
		if err := p.Wait(soon(t)); errors.Is(err, ErrFull) != (i >= 4) || (err == nil) != (i < 4) {
			t.Errorf("record %d of 4: %v", i+1, err)
		}
	}
	whole(t, l, 4)
}

// Giving up leaves it open what became of a record; waiting again settles it.
func TestStartGivenUp(t *testing.T) { both(t, testStartGivenUp) }

func testStartGivenUp(t *testing.T, open opener) {
	j := open(t)
	l := j.Partition(0)
	must(t, l.Create(soon(t), 1))
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	all := begin(l, 1, 3)
	for i, p := range all {
		if err := p.Wait(gone); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("pending %d: %v", i, err)
		}
	}
	waitAll(t, all)
	whole(t, l, 3)
}

package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/huntgraph/huntgraph/codec"
)

// roles are what this binary does instead of its tests when a variable is set.
var roles = map[string]func(value string) error{memberVariable: runMember}

func TestMain(m *testing.M) {
	for variable, run := range roles {
		if value := os.Getenv(variable); value != "" {
			if err := run(value); err != nil {
				log.Fatal(err)
			}
			return
		}
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := closeShared(); err != nil {
			log.Print(err)
		}
		os.Exit(code)
	}))
}

const hunt = "demo/room_1"

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// open starts a server on dir and gives its journal; both are closed with the test, or earlier by close.
func open(t testing.TB, dir string, options ...Option) (j *Journal, close func()) {
	t.Helper()
	s, err := StartServer(Config{Dir: dir, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	nc := connect(t, s)
	closed := false
	close = func() {
		if closed {
			return
		}
		closed = true
		nc.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(close)
	return journal(t, nc, options...), close
}

// opener gives the journal of a hunt that only the test has.
type opener func(t testing.TB, options ...Option) *Journal

// both runs a test on an embedded server and on a cluster of three.
func both(t *testing.T, test func(*testing.T, opener)) {
	t.Run("embedded", func(t *testing.T) {
		test(t, func(t testing.TB, options ...Option) *Journal {
			j, _ := open(t, t.TempDir(), options...)
			return j
		})
	})
	t.Run("cluster", func(t *testing.T) {
		c := sharedCluster(t)
		test(t, func(t testing.TB, options ...Option) *Journal { return c.journal(t, options...) })
	})
}

func connect(t testing.TB, s *Server) *nats.Conn {
	t.Helper()
	nc, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	return nc
}

func journal(t testing.TB, nc *nats.Conn, options ...Option) *Journal {
	t.Helper()
	j, err := New(nc, hunt, options...)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// soon is a context for what is done at once, on a slow machine too.
func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// brief is a context for one try of eventually: an answer that is lost must not take all its time.
func brief(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), ackWait)
	t.Cleanup(cancel)
	return ctx
}

func at(round codec.Round, seq uint64) codec.Index { return codec.Index{Round: round, Seq: seq} }

// record is what the tests store at a sequence.
func record(seq uint64) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "record %d.", seq), 1+int(seq%7))
}

// fill creates a round and appends records 1 to n.
func fill(t testing.TB, l *Log, round codec.Round, n uint64) {
	t.Helper()
	ctx := soon(t)
	must(t, l.Create(ctx, round))
	for seq := uint64(1); seq <= n; seq++ {
		must(t, l.Append(ctx, at(round, seq), record(seq)))
	}
}

// check reads a round from a sequence on and compares every record; it returns
// the last sequence read and the read's error.
func check(t testing.TB, l *Log, round codec.Round, from uint64) (uint64, error) {
	t.Helper()
	last := from - 1
	err := l.Read(soon(t), round, from, func(seq uint64, got []byte) error {
		if last++; seq != last {
			t.Fatalf("sequence %d after %d", seq, last-1)
		}
		if !bytes.Equal(got, record(seq)) {
			t.Fatalf("record %d came back as %q", seq, got)
		}
		return nil
	})
	return last, err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually tries until there is no error.
func eventually(t testing.TB, try func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	t.Fatal(err)
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	j, stop := open(t, dir)
	l := j.Partition(3)
	fill(t, l, 7, 20)
	must(t, l.Create(soon(t), 7)) // again: nothing happens
	must(t, l.Create(soon(t), 8))
	must(t, j.Partition(30).Create(soon(t), 9))
	stop()

	j, _ = open(t, dir)
	l = j.Partition(3)
	rounds, err := l.Rounds(soon(t))
	if err != nil || fmt.Sprint(rounds) != "[7 8]" {
		t.Fatalf("rounds %v, error %v", rounds, err)
	}
	for from := uint64(1); from <= 22; from += 7 {
		if last, err := check(t, l, 7, from); err != nil || last != max(20, from-1) {
			t.Errorf("read from %d: to %d, error %v", from, last, err)
		}
	}
	must(t, l.Append(soon(t), at(7, 21), record(21)))
	for _, c := range []struct {
		round codec.Round
		seq   uint64
		ok    bool
	}{{7, 21, true}, {8, 0, true}, {9, 0, false}} {
		if seq, ok, err := l.Last(soon(t), c.round); seq != c.seq || ok != c.ok || err != nil {
			t.Errorf("last of round %d: %d %v %v", c.round, seq, ok, err)
		}
	}
	if _, err := check(t, l, 9, 1); !errors.Is(err, ErrNoStream) {
		t.Errorf("reading a round that is not there: %v", err)
	}
}

func TestReadStopsAtTheCallersError(t *testing.T) { both(t, testReadStopsAtTheCallersError) }

func testReadStopsAtTheCallersError(t *testing.T, open opener) {
	j := open(t)
	fill(t, j.Partition(0), 1, 3)
	enough, n := errors.New("enough"), 0
	err := j.Partition(0).Read(soon(t), 1, 1, func(uint64, []byte) error { n++; return enough })
	if err != enough || n != 1 {
		t.Errorf("%d calls, then %v", n, err)
	}
}

func TestAppendRefuses(t *testing.T) { both(t, testAppendRefuses) }

func testAppendRefuses(t *testing.T, open opener) {
	j := open(t)
	l := j.Partition(0)
	fill(t, l, 1, 2)
	for name, c := range map[string]struct {
		at     codec.Index
		record []byte
	}{
		"empty":     {at(1, 3), nil},
		"oversized": {at(1, 3), make([]byte, codec.MaxRecord+1)},
		"no place":  {at(1, 0), record(1)},
	} {
		if err := l.Append(soon(t), c.at, c.record); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := l.Append(soon(t), at(5, 1), record(1)); !errors.Is(err, ErrNoStream) {
		t.Errorf("a round that is not there: %v", err)
	}
	var damage *DamageError
	if err := l.Append(soon(t), at(1, 9), record(9)); !errors.As(err, &damage) || damage.Index != at(1, 3) {
		t.Errorf("six records are missing: %v", err)
	}
	if last, err := check(t, l, 1, 1); last != 2 || err != nil {
		t.Errorf("refused appends left %d records, %v", last, err)
	}
	must(t, l.Append(soon(t), at(1, 3), make([]byte, codec.MaxRecord)))
}

// I4: of two writers at the same place one wins, whatever the order, and the
// other learns it; a repeat of the stored record is the same append.
func TestFenced(t *testing.T) { both(t, testFenced) }

func testFenced(t *testing.T, open opener) {
	j := open(t)
	l := j.Partition(2)
	fill(t, l, 4, 5)
	for seq := uint64(1); seq <= 5; seq++ {
		must(t, l.Append(soon(t), at(4, seq), record(seq)))
		err := l.Append(soon(t), at(4, seq), []byte("the second writer's"))
		if !errors.Is(err, ErrFenced) || !strings.Contains(err.Error(), fmt.Sprintf("partition 2 at index 4/%d", seq)) {
			t.Errorf("overwriting %d: %v", seq, err)
		}
	}
	won := make(chan error, 2)
	for w := range 2 {
		go func() {
			for seq := uint64(6); ; seq++ {
				if err := l.Append(context.Background(), at(4, seq), fmt.Appendf(nil, "writer %d, %d", w, seq)); err != nil || seq == 40 {
					won <- err
					return
				}
			}
		}()
	}
	a, b := <-won, <-won
	if (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), ErrFenced) {
		t.Errorf("two writers ended with %v and %v", a, b)
	}
	if last, ok, err := l.Last(soon(t), 4); last != 40 || !ok || err != nil {
		t.Errorf("last %d %v %v", last, ok, err)
	}
}

func TestFull(t *testing.T) { both(t, testFull) }

func testFull(t *testing.T, open opener) {
	j := open(t, WithMessages(4))
	l := j.Partition(0)
	fill(t, l, 1, 4)
	if err := l.Append(soon(t), at(1, 5), record(5)); !errors.Is(err, ErrFull) {
		t.Errorf("the fifth of four: %v", err)
	}
	must(t, l.Append(soon(t), at(1, 4), record(4))) // a repeat needs no room
	if last, err := check(t, l, 1, 1); last != 4 || err != nil {
		t.Errorf("read to %d, %v", last, err)
	}
}

func TestCreateRefusesOtherSettings(t *testing.T) {
	s, err := StartServer(Config{Dir: t.TempDir(), Log: quiet})
	must(t, err)
	defer s.Close()
	nc := connect(t, s)
	defer nc.Close()
	must(t, journal(t, nc).Partition(0).Create(soon(t), 1))
	if err := journal(t, nc, WithMessages(5)).Partition(0).Create(soon(t), 1); err == nil {
		t.Error("two caps for one stream")
	}
}

func TestStartServerRefuses(t *testing.T) {
	dir := t.TempDir()
	_, stop := open(t, dir)
	if _, err := StartServer(Config{Dir: dir, Log: quiet}); err == nil || !strings.Contains(err.Error(), "another process uses it") {
		t.Errorf("a folder in use: %v", err)
	}
	stop()
	open(t, dir)
	if _, err := StartServer(Config{Dir: "/dev/null/x", Log: quiet}); err == nil || !strings.Contains(err.Error(), "/dev/null") {
		t.Errorf("a folder that cannot be: %v", err)
	}
	if _, err := StartServer(Config{}); err == nil {
		t.Error("no folder")
	}
}

func TestRecord(t *testing.T) { both(t, testRecord) }

func testRecord(t *testing.T, open opener) {
	j := open(t)
	l := j.Partition(0)
	fill(t, l, 1, 3)
	for _, c := range []struct {
		at codec.Index
		ok bool
	}{{at(1, 1), true}, {at(1, 3), true}, {at(1, 4), false}, {at(1, 0), false}, {at(2, 1), false}} {
		got, ok, err := l.Record(soon(t), c.at)
		if ok != c.ok || err != nil || ok && !bytes.Equal(got, record(c.at.Seq)) {
			t.Errorf("%v: %q %v %v", c.at, got, ok, err)
		}
	}
}

func TestDeleteRound(t *testing.T) {
	dir := t.TempDir()
	j, stop := open(t, dir)
	l, e := j.Partition(3), j.Events()
	fill(t, l, 1, 3)
	fill(t, l, 2, 2)
	fill(t, l, 3, 0)
	must(t, e.Create(soon(t), 1))
	add(t, e, 1, 0, 2)
	for range 2 {
		must(t, l.DeleteRound(soon(t), 1))
		must(t, e.DeleteRound(soon(t), 1))
	}
	stop()
	j, _ = open(t, dir)
	if rounds, err := j.Partition(3).Rounds(soon(t)); err != nil || fmt.Sprint(rounds) != "[2 3]" {
		t.Errorf("left are %v, %v", rounds, err)
	}
	if rounds, err := j.Events().Rounds(soon(t)); err != nil || len(rounds) != 0 {
		t.Errorf("left are %v, %v", rounds, err)
	}
	if last, err := check(t, j.Partition(3), 2, 1); last != 2 || err != nil {
		t.Errorf("read to %d, %v", last, err)
	}
}

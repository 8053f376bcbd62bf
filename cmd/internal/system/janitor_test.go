package system

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/jepsen"
)

// shortRounds is a hunt of two partitions with a round a second.
func shortRounds(dir string) DevConfig {
	return DevConfig{
		Dir: dir, HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0", Bots: 20, BotRate: 5,
		Plan: Plan{Hunt: "demo/main", Edges: 12000, Seed: 1, Partitions: 2, RoundTicks: codec.TicksPerSecond},
		Log:  slog.New(slog.DiscardHandler),
	}
}

// played runs the hunt until a round has begun everywhere, and stops it.
func played(t *testing.T, dir string, until codec.Round) Summary {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	d, err := StartDev(ctx, shortRounds(dir))
	if err != nil {
		t.Fatal(err)
	}
	for ctx.Err() == nil {
		behind := false
		for _, mark := range d.node.Watermarks() {
			behind = behind || mark.Index.Round < until || mark.Index.Seq < 5
		}
		if !behind {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	s, err := d.Stop()
	if err = errors.Join(err, ctx.Err()); err != nil {
		t.Fatal(err)
	}
	return s
}

// opened is the store of a folder, and a janitor that keeps a round of shortRounds.
func opened(t *testing.T, dir string) (*Store, *janitor, func()) {
	t.Helper()
	f, err := FindFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenStore(t.Context(), f)
	if err != nil {
		t.Fatal(errors.Join(err, f.Close()))
	}
	j := newJanitor(s, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	j.keep = codec.TicksPerSecond
	return s, j, func() {
		if err := errors.Join(s.Close(), f.Close()); err != nil {
			t.Error(err)
		}
	}
}

// kept is what there is of a hunt.
type kept struct {
	floors    map[codec.PartitionID]codec.Watermark
	rounds    [][]codec.Round // by partition
	snapshots [][]codec.Index
	events    []codec.Round
	archives  []codec.Round
}

func keptOf(t *testing.T, s *Store) (k kept) {
	t.Helper()
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	var err error
	k.floors, err = control.GetFloors(t.Context(), s.Etcd.Client(), s.Folder.Plan.Hunt)
	note(err)
	for p := range codec.PartitionID(s.Folder.World.Partitions()) {
		rounds, err := s.Journal.Partition(p).Rounds(t.Context())
		note(err)
		snapshots, err := s.Journal.Partition(p).Snapshots(t.Context())
		note(err)
		k.rounds, k.snapshots = append(k.rounds, rounds), append(k.snapshots, snapshots)
	}
	k.events, err = s.Journal.Events().Rounds(t.Context())
	note(err)
	k.archives, err = s.Journal.Events().Archives(t.Context())
	note(err)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return k
}

// sound replays all that there is.
func sound(t *testing.T, s *Store, state string) {
	t.Helper()
	for p := range codec.PartitionID(s.Folder.World.Partitions()) {
		if err := s.whole(t.Context(), p); err != nil {
			t.Error(err)
		}
	}
	v, err := Verify(t.Context(), s)
	if err != nil || !v.Sound() || v.StateHash != state || v.Snapshots == 0 {
		t.Errorf("%+v, %v; want state %s", v, err, state)
	}
}

// TestRetention: what goes is what states of the last round of play do not need,
// and the hunt goes on. As long as less was played than is kept nothing goes.
func TestRetention(t *testing.T) {
	dir := t.TempDir()
	s := played(t, dir, 5)
	store, j, done := opened(t, dir)
	before := keptOf(t, store)
	j.keep = keepFor
	if err := j.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := keptOf(t, store); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("after some seconds of play there is %+v; before there was %+v", got, before)
	}
	j.keep = codec.TicksPerSecond
	for range 2 { // the second time there is nothing to do
		if err := j.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	after := keptOf(t, store)
	for p := range after.rounds {
		floor := after.floors[codec.PartitionID(p)].Index
		now, err := begun(t.Context(), store.Journal.Partition(codec.PartitionID(p)), after.rounds[p])
		if err != nil || floor.Round == 0 || floor.Round+2 > now {
			t.Errorf("partition %d has floor %v in round %d, %v", p, floor, now, err)
		}
		first := slices.Index(before.rounds[p], floor.Round)
		if first < 1 || !slices.Equal(after.rounds[p], before.rounds[p][first:]) {
			t.Errorf("partition %d has rounds %v of %v; its floor is %v", p, after.rounds[p], before.rounds[p], floor)
		}
		first = slices.Index(before.snapshots[p], floor)
		if first < 0 || !slices.Equal(after.snapshots[p], before.snapshots[p][first:]) {
			t.Errorf("partition %d has snapshots %v of %v; its floor is %v", p, after.snapshots[p], before.snapshots[p], floor)
		}
	}
	if !slices.Equal(after.archives, before.archives) || len(before.archives) < 3 {
		t.Errorf("archives %v of %v", after.archives, before.archives)
	}
	last := before.archives[len(before.archives)-1]
	if slices.ContainsFunc(after.events, func(r codec.Round) bool { return r < last-1 }) || len(after.events) == 0 {
		t.Errorf("events of %v of %v; archived are %v", after.events, before.events, before.archives)
	}
	sound(t, store, s.StateHash)
	done()
	inspected(t, dir)
	played(t, dir, last+3)
	inspected(t, dir)
}

func inspected(t *testing.T, dir string) {
	t.Helper()
	in, err := Inspect(t.Context(), dir)
	if err != nil || !in.Sound() {
		t.Errorf("%s: %v", in.Report(), err)
	}
}

// TestDeletionCutShort: killed before any of its deletions the janitor leaves a
// hunt that goes on, and the next one leaves what this one would have.
func TestDeletionCutShort(t *testing.T) {
	image := t.TempDir()
	s := played(t, image, 5)
	whole := copied(t, image)
	store, j, done := opened(t, whole)
	steps := 0
	j.step = func() error { steps++; return nil }
	if err := j.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := keptOf(t, store)
	done()
	if steps < 6 {
		t.Fatalf("%d deletions", steps)
	}
	for at := 1; at <= steps; at += 1 + at/3 { // the first of each partition's, and fewer later
		t.Run(fmt.Sprintf("before deletion %d of %d", at, steps), func(t *testing.T) {
			dir := copied(t, image)
			_, first, stop := opened(t, dir)
			left, crash := at, errors.New("crash")
			first.step = func() error {
				if left--; left == 0 {
					return crash
				}
				return nil
			}
			if err := first.sweep(t.Context()); !errors.Is(err, crash) {
				t.Fatal(err)
			}
			killed := copied(t, dir) // what is on disk while the servers run
			stop()
			store, j, done := opened(t, killed)
			defer done()
			sound(t, store, s.StateHash)
			if err := j.sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := keptOf(t, store); !maps.Equal(got.floors, want.floors) || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("in the end there is %+v; want %+v", got, want)
			}
			sound(t, store, s.StateHash)
		})
	}
}

// copied is a copy of a folder, away with the test.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := jepsen.Clone(dir, to); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(to + "/" + lockFile); err != nil {
		t.Fatal(err)
	}
	return to
}

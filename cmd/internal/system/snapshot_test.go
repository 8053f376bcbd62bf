package system

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// lines is a log that may be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestSnapshotFallsBack: a hunt whose newest snapshots are of no use starts from
// those before them and says so; the state is that of the whole journal.
func TestSnapshotFallsBack(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	dir, said := t.TempDir(), new(lines)
	start := func() *Dev {
		d, err := StartDev(ctx, DevConfig{
			Dir: dir, HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0", Bots: 20, BotRate: 5,
			Plan: Plan{Hunt: "demo/main", Edges: 12000, Seed: 1, Partitions: 2, RoundTicks: 60},
			Log:  slog.New(slog.NewTextHandler(said, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	stop := func(d *Dev) {
		if _, err := d.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	d := start()
	for p := range codec.PartitionID(2) {
		for len(snapshotsOf(ctx, t, d.store, p)) < 3 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	stop(d)

	spoilt := 0
	var named []codec.Index // the newest before the round that is released again
	offline(ctx, t, dir, func(s *Store) {
		for p := range codec.PartitionID(2) {
			log, all := s.Journal.Partition(p), snapshotsOf(ctx, t, s, p)
			data, err := log.Snapshot(ctx, all[0])
			for _, at := range all[1:] { // a sound one, of another index
				if err == nil {
					err = log.PutSnapshot(ctx, at, data)
				}
				spoilt++
			}
			if err != nil {
				t.Fatal(err)
			}
			named = append(named, all[len(all)-2])
		}
	})
	d = start()
	for p, at := range named {
		if want := fmt.Sprintf("partition %d, index %v", p, at); !strings.Contains(said.String(), want) {
			t.Errorf("the log does not name %s", want)
		}
	}
	stop(d)
	offline(ctx, t, dir, func(s *Store) {
		v, err := Verify(ctx, s)
		if err != nil || v.BadSnapshots != spoilt || v.HashMismatches+v.ChainErrors != 0 || v.Sound() {
			t.Errorf("%+v, %v: only the %d spoilt snapshots should be found", v, err, spoilt)
		}
	})
}

func snapshotsOf(ctx context.Context, t *testing.T, s *Store, p codec.PartitionID) []codec.Index {
	t.Helper()
	all, err := s.Journal.Partition(p).Snapshots(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// offline opens a stopped hunt's store.
func offline(ctx context.Context, t *testing.T, dir string, fn func(*Store)) {
	t.Helper()
	folder, err := FindFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	store, err := OpenStore(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	fn(store)
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	if err := folder.Close(); err != nil {
		t.Error(err)
	}
}

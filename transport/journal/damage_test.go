package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/huntgraph/huntgraph/codec"
)

const stored = 24 // records in the images below

// image is a folder with one round of records, as a clean stop or a kill -9 leaves it.
func image(t *testing.T, clean bool) string {
	t.Helper()
	dir := t.TempDir()
	j, stop := open(t, dir)
	fill(t, j.Partition(5), 9, stored)
	if clean {
		stop()
		return dir
	}
	return clone(t, dir) // what is on disk while the server runs
}

func clone(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	must(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

// flip inverts one bit of a file.
func flip(t *testing.T, path string, offset int64, bit int) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	b[offset] ^= 1 << bit
	must(t, os.WriteFile(path, b, 0o600))
}

// outcome says what one sees of the round after a start on a damaged folder.
// Every record that is delivered is compared by check.
func outcome(t *testing.T, dir string) string {
	t.Helper()
	s, err := StartServer(Config{Dir: dir, Log: quiet})
	if err != nil {
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "p5-r9") {
			t.Errorf("a refusal that does not say what is damaged: %v", err)
		}
		return "start refused"
	}
	defer s.Close()
	nc := connect(t, s)
	defer nc.Close()
	last, err := check(t, journal(t, nc).Partition(5), 9, 1)
	var damage *DamageError
	switch {
	case errors.As(err, &damage):
		if damage.Partition != 5 || damage.Index != at(9, last+1) {
			t.Errorf("after %d records: %v", last, err)
		}
		return "damage error"
	case err != nil:
		t.Errorf("after %d records: %v", last, err)
	case last < stored:
		return "short"
	}
	return "whole"
}

// One flipped byte anywhere in a stream's files never shows as other content: it
// is a refused start that says where, or, in the last record, a log that ends
// before it, which only a watermark kept outside can tell from a torn write.
func TestFlippedByte(t *testing.T) {
	for name, clean := range map[string]bool{"after a clean stop": true, "after kill -9": false} {
		t.Run(name, func(t *testing.T) {
			dir := image(t, clean)
			seen := make(map[string]int)
			must(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() || !strings.Contains(path, "p5-r9") {
					return err
				}
				info, err := d.Info()
				if err != nil {
					return err
				}
				for offset := int64(0); offset < info.Size(); offset += 1 + info.Size()/24 {
					damaged := clone(t, dir)
					flip(t, filepath.Join(damaged, path), offset, 4)
					seen[filepath.Base(path)+": "+outcome(t, damaged)]++
				}
				return nil
			}))
			t.Log(seen)
			for _, want := range []string{"1.blk: start refused", "meta.inf: start refused"} {
				if seen[want] < 15 {
					t.Errorf("%s: %d times only, %v", want, seen[want], seen)
				}
			}
			if seen["index.db: whole"] == 0 && clean || seen["1.blk: whole"] > 0 {
				t.Errorf("seen %v", seen)
			}
		})
	}
}

// The last record of a round that another one followed was durable: damage there
// is no torn write, in whichever way the server was stopped.
func TestFlippedEndOfPastRound(t *testing.T) {
	for _, next := range []uint64{0, 1} {
		t.Run(fmt.Sprintf("records in the next round=%d", next), func(t *testing.T) {
			dir := t.TempDir()
			j, stop := open(t, dir)
			l := j.Partition(5)
			fill(t, l, 9, stored)
			fill(t, l, 10, next)
			stop()
			path := filepath.Join(dir, "jetstream", "$G", "streams", l.stream(9).name, "msgs", "1.blk")
			info, err := os.Stat(path)
			must(t, err)
			flip(t, path, info.Size()-1, 0)
			s, err := StartServer(Config{Dir: dir, Log: quiet})
			if next == 0 {
				must(t, err)
				must(t, s.Close())
				return
			}
			var damage *DamageError
			if !errors.As(err, &damage) || damage.Partition != 5 || damage.Index != at(9, stored) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Every byte of a block is looked at, and a torn last write is told from damage.
func TestScan(t *testing.T) {
	dir := image(t, true)
	j, stop := open(t, t.TempDir())
	name := j.Partition(5).stream(9).name
	stop()
	msgs := filepath.Join(dir, "jetstream", "$G", "streams", name, "msgs")
	must(t, checkStream(msgs, name))
	path, state := filepath.Join(msgs, "1.blk"), filepath.Join(msgs, stateFile)
	data, err := os.ReadFile(path)
	must(t, err)
	b, err := newBlock(name, 1, data)
	must(t, err)
	if next, good := b.walk(1, true); next != stored+1 || good != len(data) {
		t.Fatalf("a sound block is good up to sequence %d, offset %d", next, good)
	}
	start := 0
	for seq := uint64(1); seq <= stored; seq++ {
		_, size := b.record(start)
		for offset := start; offset < start+size; offset++ {
			for bit := range 8 {
				data[offset] ^= 1 << bit
				next, good := b.walk(1, true)
				if next != seq || good != start || b.follows(good) != (seq < stored) {
					t.Errorf("offset %d, bit %d, in record %d: good up to sequence %d, offset %d", offset, bit, seq, next, good)
				}
				data[offset] ^= 1 << bit
			}
		}
		start += size
	}
	for cut := 1; cut < 40; cut += 9 { // torn writes: the last record is cut short
		must(t, os.WriteFile(path, data[:len(data)-cut], 0o600))
		must(t, checkStream(msgs, name))
	}
	if _, err := os.Stat(state); err == nil {
		t.Error("a torn end leaves the server's index in force")
	}
	flip(t, path, 500, 0)
	var damage *DamageError
	if err := checkStream(msgs, name); !errors.As(err, &damage) || damage.Partition != 5 || damage.Index.Round != 9 {
		t.Errorf("damage in the middle: %v", err)
	}
}

// A record that was removed behind the journal's back is a gap, wherever it stood.
func TestGap(t *testing.T) { both(t, testGap) }

func testGap(t *testing.T, open opener) {
	for _, gone := range []uint64{1, 4, 8} {
		t.Run(fmt.Sprintf("gone=%d", gone), func(t *testing.T) {
			j := open(t)
			l := j.Partition(0)
			openToLoss(t, l.stream(1))
			for seq := uint64(1); seq <= 8; seq++ {
				must(t, l.Append(soon(t), at(1, seq), record(seq)))
			}
			lose(t, l.stream(1), gone)
			last, err := check(t, l, 1, 1)
			var damage *DamageError
			if !errors.As(err, &damage) || !errors.Is(err, ErrDamaged) || damage.Index != at(1, gone) || last != gone-1 {
				t.Errorf("read to %d, %v", last, err)
			}
			if err := l.Append(soon(t), at(1, gone), record(gone)); !errors.As(err, &damage) {
				t.Errorf("appending into the gap: %v", err)
			}
		})
	}
}

// openToLoss makes a stream from which lose can take a message.
func openToLoss(t *testing.T, s *stream) {
	t.Helper()
	cfg := s.j.config(s.name, s.subject)
	cfg.DenyDelete = false
	must(t, s.j.create(soon(t), cfg))
}

func lose(t *testing.T, s *stream, seq uint64) {
	t.Helper()
	handle, err := s.j.js.Stream(soon(t), s.name)
	must(t, err)
	eventually(t, func() error { return handle.DeleteMsg(brief(t), seq) }) // a cluster may not have found its leader
}

func TestDeleteAndPurgeAreDenied(t *testing.T) { both(t, testDeleteAndPurgeAreDenied) }

func testDeleteAndPurgeAreDenied(t *testing.T, open opener) {
	j := open(t)
	l := j.Partition(0)
	fill(t, l, 1, 3)
	handle, err := j.js.Stream(soon(t), l.stream(1).name)
	must(t, err)
	if err := handle.DeleteMsg(soon(t), 2); err == nil {
		t.Error("a record was deleted")
	}
	if err := handle.Purge(soon(t)); err == nil {
		t.Error("the stream was purged")
	}
	cfg := handle.CachedInfo().Config
	if cfg.Discard != jetstream.DiscardNew || cfg.MaxAge != 0 || cfg.MaxMsgs != 10_000 || cfg.MaxMsgSize < codec.MaxRecord {
		t.Errorf("settings %+v", cfg)
	}
}

// A crash while a stream is made leaves a folder that the next start must
// neither refuse nor take into use as it is.
func TestUnbornStream(t *testing.T) {
	for _, left := range [][]string{nil, {server.JetStreamMetaFile}} {
		t.Run(fmt.Sprint(left), func(t *testing.T) {
			dir := t.TempDir()
			j, stop := open(t, dir)
			must(t, j.Partition(5).Create(soon(t), 9))
			stop()
			folder := filepath.Join(dir, "jetstream", "$G", "streams", j.Partition(5).stream(9).name)
			must(t, os.Remove(filepath.Join(folder, server.JetStreamMetaFileSum)))
			if left == nil {
				must(t, os.Remove(filepath.Join(folder, server.JetStreamMetaFile)))
			}
			j, stop = open(t, dir)
			fill(t, j.Partition(5), 9, stored)
			stop()
			if got := outcome(t, dir); got != "whole" {
				t.Error(got)
			}
			must(t, os.Remove(filepath.Join(folder, server.JetStreamMetaFileSum)))
			if got := outcome(t, dir); got != "start refused" { // now it has records
				t.Error(got)
			}
		})
	}
}

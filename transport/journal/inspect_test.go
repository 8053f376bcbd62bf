package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// twoStreams is a folder with two rounds of a partition, the events of a round
// and an object, after a clean stop.
func twoStreams(t *testing.T) (dir string, folder func(name string) string) {
	t.Helper()
	dir = t.TempDir()
	j, stop := open(t, dir)
	fill(t, j.Partition(5), 9, stored)
	fill(t, j.Partition(6), 9, stored)
	must(t, j.Events().Create(soon(t), 9))
	add(t, j.Events(), 9, 0, 4)
	must(t, j.Events().PutArchive(soon(t), 8, noise(1000)))
	stop()
	return dir, func(name string) string { return filepath.Join(dir, "jetstream", "$G", "streams", name) }
}

func swap(t *testing.T, a, b string) {
	t.Helper()
	must(t, os.Rename(a, a+".swap"))
	must(t, os.Rename(b, a))
	must(t, os.Rename(a+".swap", b))
}

// Files that are sound in themselves and not where they belong are found as a
// flipped byte is: by the look at a folder that is stopped, and by a start.
func TestInspect(t *testing.T) {
	const p5, p6, events, objects = "hunt-demo_2froom_5f1-p5-r9", "hunt-demo_2froom_5f1-p6-r9", "hunt-demo_2froom_5f1-events-r9", "OBJ_hunt-demo_2froom_5f1"
	const block = "msgs/1.blk"
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, folder func(string) string)
		want  map[string]string // by stream: what its error says, and for a partition's log where
	}{
		{"sound", func(*testing.T, func(string) string) {}, nil},
		{"block files swapped", func(t *testing.T, f func(string) string) {
			swap(t, filepath.Join(f(p5), block), filepath.Join(f(p6), block))
		}, map[string]string{p5: "partition 5 is damaged at index 9/1", p6: "partition 6 is damaged at index 9/1"}},
		{"folders swapped", func(t *testing.T, f func(string) string) { swap(t, f(p5), f(p6)) },
			map[string]string{p5: "partition 5 is damaged at index 9/1", p6: "partition 6 is damaged at index 9/1"}},
		{"settings swapped", func(t *testing.T, f func(string) string) {
			for _, name := range []string{server.JetStreamMetaFile, server.JetStreamMetaFileSum} {
				swap(t, filepath.Join(f(p5), name), filepath.Join(f(p6), name))
			}
		}, map[string]string{p5: p5, p6: p6}},
		{"settings gone", func(t *testing.T, f func(string) string) {
			must(t, os.Remove(filepath.Join(f(events), server.JetStreamMetaFile)))
		}, map[string]string{events: "meta.inf"}},
		{"settings' checksum gone", func(t *testing.T, f func(string) string) {
			must(t, os.Remove(filepath.Join(f(p6), server.JetStreamMetaFileSum)))
		}, map[string]string{p6: "meta.sum"}},
		{"only its last record left", func(t *testing.T, f func(string) string) {
			path := filepath.Join(f(p5), block)
			data, err := os.ReadFile(path)
			must(t, err)
			b, err := newBlock(p5, 1, data)
			must(t, err)
			last := 0
			for at := 0; at < len(data); {
				last = at
				_, size := b.record(at)
				at += size
			}
			must(t, os.WriteFile(path, data[last:], 0o600))
		}, map[string]string{p5: "partition 5 is damaged at index 9/1"}},
		{"an event's first byte", func(t *testing.T, f func(string) string) { flip(t, filepath.Join(f(events), block), 0, 0) },
			map[string]string{events: events}},
		{"an object's first byte", func(t *testing.T, f func(string) string) { flip(t, filepath.Join(f(objects), block), 0, 0) },
			map[string]string{objects: objects}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, folder := twoStreams(t)
			c.spoil(t, folder)
			all, err := Inspect(dir)
			must(t, err)
			if len(all) != 4 {
				t.Errorf("%d streams", len(all))
			}
			for _, s := range all {
				if err := s.Err; (err != nil) != (c.want[s.Stream] != "") || err != nil && (!errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want[s.Stream])) {
					t.Errorf("%s: %v; want %q", s.Stream, err, c.want[s.Stream])
				}
				if s.Err != nil && !strings.Contains(s.File, s.Stream) {
					t.Errorf("%s: the file is %s", s.Stream, s.File)
				}
				if s.Torn || s.Err == nil && s.Records == 0 {
					t.Errorf("%+v", s)
				}
			}
			server, err := StartServer(Config{Dir: dir, Log: quiet})
			if err == nil {
				must(t, server.Close())
			}
			mended := c.want[objects] != "" // and said so: TestSnapshotFlippedByte
			if (err != nil) != (c.want != nil && !mended) || err != nil && !errors.Is(err, ErrDamaged) {
				t.Errorf("a start: %v", err)
			}
		})
	}
}

// A last write that is cut short is told from damage, and looking changes nothing.
func TestInspectTorn(t *testing.T) {
	dir, folder := twoStreams(t)
	path := filepath.Join(folder("hunt-demo_2froom_5f1-p5-r9"), "msgs", "1.blk")
	data, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, data[:len(data)-3], 0o600))
	for range 2 {
		all, err := Inspect(dir)
		must(t, err)
		for _, s := range all {
			if s.Err != nil || s.Torn != (s.File == path) || s.Torn && s.Records != stored-1 {
				t.Errorf("%+v", s)
			}
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), stateFile)); err != nil {
			t.Error(err)
		}
	}
	if _, err := Inspect(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder of nothing: %v", err)
	}
}

package journal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/huntgraph/huntgraph/codec"
)

func noise(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails
	return b
}

func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	j, stop := open(t, dir)
	l := j.Partition(4)
	if _, err := l.Snapshot(soon(t), at(1, 7)); !errors.Is(err, ErrNoSnapshot) {
		t.Errorf("before the first: %v", err)
	}
	for _, size := range []int{0, 1, 128 << 10, 128<<10 + 1, 6 << 20} { // replaced each time
		must(t, l.PutSnapshot(soon(t), at(2, 7), noise(size)))
		must(t, j.Partition(5).PutSnapshot(soon(t), at(2, 7), noise(10)))
		if got, err := l.Snapshot(soon(t), at(2, 7)); err != nil || !bytes.Equal(got, noise(size)) {
			t.Errorf("%d bytes instead of %d, %v", len(got), size, err)
		}
	}
	must(t, l.PutSnapshot(soon(t), at(2, 7), noise(6<<20))) // again
	if err := l.PutSnapshot(soon(t), at(2, 7), make([]byte, MaxSnapshot+1)); err == nil {
		t.Error("an oversized one")
	}
	stop()

	j, _ = open(t, dir)
	got, err := j.Partition(4).Snapshot(soon(t), at(2, 7))
	if err != nil || !bytes.Equal(got, noise(6<<20)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, c := range []struct {
		partition codec.PartitionID
		at        codec.Index
	}{{4, at(1, 7)}, {4, at(2, 6)}, {6, at(2, 7)}} {
		if _, err := j.Partition(c.partition).Snapshot(soon(t), c.at); !errors.Is(err, ErrNoSnapshot) {
			t.Errorf("partition %d at %v: %v", c.partition, c.at, err)
		}
	}
}

// Whatever byte of the object store is flipped, after a clean stop or a kill: the
// server starts, says so, and keeps the file; at most one snapshot is lost, none
// is served with other content, and another can be stored.
func TestSnapshotFlippedByte(t *testing.T) {
	for name, clean := range map[string]bool{"after a clean stop": true, "after kill -9": false} {
		t.Run(name, func(t *testing.T) { testSnapshotFlippedByte(t, clean) })
	}
}

func testSnapshotFlippedByte(t *testing.T, clean bool) {
	dir := t.TempDir()
	j, stop := open(t, dir)
	for p := range codec.PartitionID(3) {
		if p < 2 { // replaced: leaves what the server deleted
			must(t, j.Partition(p).PutSnapshot(soon(t), at(2, 7), noise(300_000)))
		}
		must(t, j.Partition(p).PutSnapshot(soon(t), at(2, 7), noise(200_000)))
	}
	if clean {
		stop()
	} else {
		dir = clone(t, dir)
	}
	lost, files := 0, os.DirFS(dir)
	must(t, fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".blk") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		for back := int64(1); back < info.Size(); back += 1 + back/3 {
			copied, log := clone(t, dir), new(bytes.Buffer)
			flip(t, filepath.Join(copied, path), info.Size()-back, 4)
			s, err := StartServer(Config{Dir: copied, Log: slog.New(slog.NewTextHandler(log, nil))})
			must(t, err)
			kept, err := filepath.Glob(filepath.Join(copied, damagedDir, "*", "*"))
			if err != nil || len(kept) != 1 || !strings.Contains(log.String(), path) || !strings.Contains(log.String(), kept[0]) {
				t.Errorf("%s at -%d: kept %v (%v); the log says %s", path, back, kept, err, log)
			}
			lost += readMended(t, s)
			must(t, s.Close())
			s, err = StartServer(Config{Dir: copied, Log: quiet}) // what was mended is whole
			must(t, err)
			must(t, s.Close())
			if again, _ := filepath.Glob(filepath.Join(copied, damagedDir, "*", "*")); len(again) != 1 {
				t.Errorf("%s at -%d: mended twice", path, back)
			}
		}
		return nil
	}))
	if lost < 10 {
		t.Errorf("%d snapshots lost: too few to show anything", lost)
	}
}

// readMended reads what is left of the snapshots, and says how many are lost.
func readMended(t *testing.T, s *Server) (lost int) {
	nc := connect(t, s)
	defer nc.Close()
	j := journal(t, nc)
	for p := range codec.PartitionID(3) {
		got, err := j.Partition(p).Snapshot(soon(t), at(2, 7))
		switch {
		case errors.Is(err, ErrNoSnapshot) || errors.Is(err, ErrDamaged):
			lost++
		case err != nil || !bytes.Equal(got, noise(200_000)) && (p == 2 || !bytes.Equal(got, noise(300_000))):
			t.Errorf("partition %d: %d bytes, %v", p, len(got), err)
		}
	}
	if lost > 1 {
		t.Errorf("%d snapshots are lost by one byte", lost)
	}
	must(t, j.Partition(1).PutSnapshot(soon(t), at(3, 1), noise(500)))
	if got, err := j.Partition(1).Snapshot(soon(t), at(3, 1)); err != nil || !bytes.Equal(got, noise(500)) {
		t.Errorf("stored after the damage: %d bytes, %v", len(got), err)
	}
	return lost
}

// A snapshot that is not whole is an error that names it, at once.
func TestSnapshotDamage(t *testing.T) { both(t, testSnapshotDamage) }

func testSnapshotDamage(t *testing.T, open opener) {
	want := noise(300_000) // three chunks, sequences 1 to 3; the description is 4
	for name, spoil := range map[string]func(*testing.T, jetstream.Stream){
		"first chunk gone": func(t *testing.T, s jetstream.Stream) { must(t, s.DeleteMsg(soon(t), 1)) },
		"last chunk gone":  func(t *testing.T, s jetstream.Stream) { must(t, s.DeleteMsg(soon(t), 3)) },
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t)
			must(t, j.Partition(4).PutSnapshot(soon(t), at(2, 7), want))
			s, err := j.js.Stream(soon(t), j.names.bucketStream())
			must(t, err)
			spoil(t, s)
			_, err = j.Partition(4).Snapshot(soon(t), at(2, 7))
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "partition 4 at index 2/7") {
				t.Error(err)
			}
			if got, err := j.Partition(4).Snapshots(soon(t)); err != nil || len(got) != 1 {
				t.Errorf("listed are %v, %v", got, err)
			}
		})
	}
	for name, c := range map[string][2]string{
		"other digest": {`"digest":"SHA-256=`, `"digest":"SHA-256=X`},
		"smaller":      {`"size":300000`, `"size":299999`},
		"larger":       {`"size":300000`, `"size":300001`},
		"giant":        {`"size":300000`, `"size":3000000000`},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t)
			must(t, j.Partition(4).PutSnapshot(soon(t), at(2, 7), want))
			s, err := j.js.Stream(soon(t), j.names.bucketStream())
			must(t, err)
			m, err := s.GetMsg(soon(t), 4)
			must(t, err)
			other := strings.Replace(string(m.Data), c[0], c[1], 1)
			if other == string(m.Data) {
				t.Fatalf("%s has no %s", m.Data, c[0])
			}
			_, err = j.js.Publish(soon(t), m.Subject, []byte(other))
			must(t, err)
			_, err = j.Partition(4).Snapshot(soon(t), at(2, 7))
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "partition 4 at index 2/7") {
				t.Error(err)
			}
		})
	}
}

// What is listed is what was put, in the order of indices, and what is deleted
// leaves nothing.
func TestSnapshotsAreListedAndDeleted(t *testing.T) { both(t, testSnapshotsAreListedAndDeleted) }

func testSnapshotsAreListedAndDeleted(t *testing.T, open opener) {
	j := open(t)
	l := j.Partition(4)
	if got, err := l.Snapshots(soon(t)); err != nil || len(got) != 0 {
		t.Errorf("before the first: %v, %v", got, err)
	}
	must(t, l.DeleteSnapshot(soon(t), at(1, 1)))
	for _, i := range []codec.Index{at(10, 2), at(9, 3000), at(10, 11), at(9, 20)} {
		must(t, l.PutSnapshot(soon(t), i, noise(1000*int(i.Round))))
		must(t, j.Partition(44).PutSnapshot(soon(t), i, noise(10)))
	}
	must(t, j.Events().PutArchive(soon(t), 9, noise(20)))
	infos, err := l.SnapshotInfos(soon(t))
	must(t, err)
	want := []codec.Index{at(9, 20), at(9, 3000), at(10, 2), at(10, 11)}
	if len(infos) != len(want) {
		t.Fatalf("%d snapshots: %v", len(infos), infos)
	}
	for i, info := range infos {
		data := noise(1000 * int(want[i].Round))
		if info.At != want[i] || info.Bytes != uint64(len(data)) || info.Sum != sha256.Sum256(data) || info.Err != nil {
			t.Errorf("snapshot %d is %+v", i, info)
		}
	}
	for _, i := range []codec.Index{at(9, 20), at(10, 2), at(10, 2)} {
		must(t, l.DeleteSnapshot(soon(t), i))
	}
	if got, err := l.Snapshots(soon(t)); err != nil || fmt.Sprint(got) != "[9/3000 10/11]" {
		t.Errorf("left are %v, %v", got, err)
	}
	if got, err := j.Partition(44).Snapshots(soon(t)); err != nil || len(got) != len(want) {
		t.Errorf("the other partition's: %v, %v", got, err)
	}
	for _, i := range want {
		must(t, l.DeleteSnapshot(soon(t), i))
		must(t, j.Partition(44).DeleteSnapshot(soon(t), i))
	}
	s, err := j.js.Stream(soon(t), j.names.bucketStream())
	must(t, err)
	if n := s.CachedInfo().State.Msgs; n != 2 { // the archive's chunk and description
		t.Errorf("%d messages are left of what was deleted", n-2)
	}
}

func TestArchive(t *testing.T) { both(t, testArchive) }

func testArchive(t *testing.T, open opener) {
	j := open(t)
	e := j.Events()
	if _, err := e.Archive(soon(t), 3); !errors.Is(err, ErrNoArchive) {
		t.Errorf("before the first: %v", err)
	}
	for _, round := range []codec.Round{10, 9, 10} {
		must(t, e.PutArchive(soon(t), round, noise(100*int(round))))
	}
	must(t, j.Partition(9).PutSnapshot(soon(t), at(9, 9), noise(9)))
	if got, err := e.Archives(soon(t)); err != nil || fmt.Sprint(got) != "[9 10]" {
		t.Errorf("there are %v, %v", got, err)
	}
	if got, err := e.Archive(soon(t), 10); err != nil || !bytes.Equal(got, noise(1000)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := e.Archive(soon(t), 11); !errors.Is(err, ErrNoArchive) {
		t.Errorf("one that is not there: %v", err)
	}
}

// A snapshot is stored at its rate, and records do not wait for it.
func TestAppendsDuringAPut(t *testing.T) {
	j, _ := open(t, t.TempDir())
	l := j.Partition(4)
	must(t, l.Create(soon(t), 1))
	const size = 16 * chunkBytes
	began, put := time.Now(), make(chan error, 1)
	go func() { put <- l.PutSnapshot(soon(t), at(1, 1), noise(size)) }()
	for seq := uint64(1); ; seq++ {
		select {
		case err := <-put:
			must(t, err)
			took := time.Since(began)
			if least := size * time.Second / objectRate * 9 / 10; took < least || seq < 8 {
				t.Errorf("%d bytes were stored within %v, the least is %v; %d records meanwhile", size, took, least, seq-1)
			}
			return
		default:
			must(t, l.Append(soon(t), at(1, seq), record(seq)))
		}
	}
}

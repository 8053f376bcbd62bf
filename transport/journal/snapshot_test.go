package journal

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	if _, err := l.Snapshot(soon(t), 1); !errors.Is(err, ErrNoSnapshot) {
		t.Errorf("before the first: %v", err)
	}
	for _, size := range []int{0, 1, 128 << 10, 128<<10 + 1, 6 << 20} { // replaced each time
		must(t, l.PutSnapshot(soon(t), 2, noise(size)))
		must(t, j.Partition(5).PutSnapshot(soon(t), 2, noise(10)))
		if got, err := l.Snapshot(soon(t), 2); err != nil || !bytes.Equal(got, noise(size)) {
			t.Errorf("%d bytes instead of %d, %v", len(got), size, err)
		}
	}
	must(t, l.PutSnapshot(soon(t), 2, noise(6<<20))) // again
	if err := l.PutSnapshot(soon(t), 2, make([]byte, MaxSnapshot+1)); err == nil {
		t.Error("an oversized one")
	}
	stop()

	j, _ = open(t, dir)
	got, err := j.Partition(4).Snapshot(soon(t), 2)
	if err != nil || !bytes.Equal(got, noise(6<<20)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, c := range []struct {
		partition codec.PartitionID
		round     codec.Round
	}{{4, 1}, {6, 2}} {
		if _, err := j.Partition(c.partition).Snapshot(soon(t), c.round); !errors.Is(err, ErrNoSnapshot) {
			t.Errorf("partition %d, round %d: %v", c.partition, c.round, err)
		}
	}
}

// Whatever byte of the object store is flipped, the start is refused; but a flip
// in the last record, the newest snapshot's description, may be a torn write, and
// then that snapshot is not there, or is damaged.
func TestSnapshotFlippedByte(t *testing.T) {
	dir := t.TempDir()
	j, stop := open(t, dir)
	for p := range codec.PartitionID(3) {
		if p < 2 { // replaced: leaves what the server deleted
			must(t, j.Partition(p).PutSnapshot(soon(t), 2, noise(300_000)))
		}
		must(t, j.Partition(p).PutSnapshot(soon(t), 2, noise(200_000)))
	}
	stop()
	var torn, refused int
	must(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".blk") && !strings.HasSuffix(path, "meta.inf") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		for back := int64(1); back < info.Size(); back += 1 + back/3 {
			copied := clone(t, dir)
			flip(t, filepath.Join(copied, path), info.Size()-back, 4)
			s, err := StartServer(Config{Dir: copied, Log: quiet})
			if errors.Is(err, ErrDamaged) {
				refused++
				continue
			}
			must(t, err)
			nc := connect(t, s)
			for p := range codec.PartitionID(3) {
				got, err := journal(t, nc).Partition(p).Snapshot(soon(t), 2)
				if p == 2 && (errors.Is(err, ErrNoSnapshot) || errors.Is(err, ErrDamaged)) {
					torn++
				} else if err != nil || !bytes.Equal(got, noise(200_000)) {
					t.Errorf("%s at -%d: partition %d: %d bytes, %v", path, back, p, len(got), err)
				}
			}
			nc.Close()
			must(t, s.Close())
		}
		return nil
	}))
	if torn < 5 || refused < 20 {
		t.Errorf("%d torn, %d refused", torn, refused)
	}
}

// A snapshot that is not whole is an error that names it, at once.
func TestSnapshotDamage(t *testing.T) {
	want := noise(300_000) // three chunks, sequences 1 to 3; the description is 4
	for name, spoil := range map[string]func(*testing.T, jetstream.Stream){
		"first chunk gone": func(t *testing.T, s jetstream.Stream) { must(t, s.DeleteMsg(soon(t), 1)) },
		"last chunk gone":  func(t *testing.T, s jetstream.Stream) { must(t, s.DeleteMsg(soon(t), 3)) },
	} {
		t.Run(name, func(t *testing.T) {
			j, _ := open(t, t.TempDir())
			must(t, j.Partition(4).PutSnapshot(soon(t), 2, want))
			s, err := j.js.Stream(soon(t), "OBJ_"+j.names.bucket())
			must(t, err)
			spoil(t, s)
			_, err = j.Partition(4).Snapshot(soon(t), 2)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "partition 4, round 2") {
				t.Error(err)
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
			j, _ := open(t, t.TempDir())
			must(t, j.Partition(4).PutSnapshot(soon(t), 2, want))
			s, err := j.js.Stream(soon(t), "OBJ_"+j.names.bucket())
			must(t, err)
			m, err := s.GetMsg(soon(t), 4)
			must(t, err)
			other := strings.Replace(string(m.Data), c[0], c[1], 1)
			if other == string(m.Data) {
				t.Fatalf("%s has no %s", m.Data, c[0])
			}
			_, err = j.js.Publish(soon(t), m.Subject, []byte(other))
			must(t, err)
			_, err = j.Partition(4).Snapshot(soon(t), 2)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "partition 4, round 2") {
				t.Error(err)
			}
		})
	}
}

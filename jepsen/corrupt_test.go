package jepsen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corruption is one thing that goes wrong with files, and what must be said of it.
type corruption struct {
	name string
	do   Corruption
	file string // what a finding of `hunt admin verify` names
	at   string // and the place: "partition 2, index 1/7", or what that begins with; "": none
	live bool   // a start may go on: what is gone is made again from the journal
}

// Whatever is done to the files of a stopped hunt is found and named by `hunt
// admin verify`, and a start refuses the folder rather than serve it.
func TestCorruption(t *testing.T) {
	bin := hunt(t)
	foreign := newImage(t, bin, true) // the same world and seed, another game
	other := otherWorld(t, bin)
	for _, c := range []struct {
		name  string
		clean bool
	}{{"clean stop", true}, {"kill -9", false}} {
		t.Run(c.name, func(t *testing.T) {
			im := newImage(t, bin, c.clean)
			ctx, cancel := context.WithTimeout(t.Context(), trial)
			defer cancel()
			sound := im.copied(t, nil)
			if v, err := RunVerify(ctx, bin, sound); err != nil || c.clean && len(v.Torn) > 0 {
				t.Fatalf("the image itself: %+v, %v", v, err)
			}
			for _, c := range im.corruptions(t, foreign.dir, other) {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel() // each in copies of its own
					im.corrupt(t, c)
				})
			}
		})
	}
}

// otherWorld is a data folder of another world.
func otherWorld(t *testing.T, bin string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), trial)
	defer cancel()
	dir := t.TempDir()
	p, err := Start(ctx, bin, dev(dir, 2*halfRound, "--seed", "2", "--bots", "0", "--for", "100ms")...)
	must(t, err)
	if e := p.Wait(); e.Code != 0 {
		t.Fatalf("hunt dev: %s", e.Stderr)
	}
	return dir
}

// corrupt does it to two copies: one is looked at, one is started.
func (im *image) corrupt(t *testing.T, c corruption) {
	ctx, cancel := context.WithTimeout(t.Context(), trial)
	defer cancel()
	dir := im.copied(t, c.do)
	defer os.RemoveAll(dir)
	v, err := RunVerify(ctx, im.bin, dir)
	if !errors.Is(err, ErrRefused) {
		t.Errorf("I5: hunt admin verify: %+v, %v", v, err)
	} else if !v.names(c.file, c.at) {
		t.Errorf("I5: hunt admin verify does not name %q and %q: %+v", c.file, c.at, v.Findings)
	}
	started := im.copied(t, c.do)
	defer os.RemoveAll(started)
	switch err := im.restarted(ctx, started); {
	case errors.Is(err, ErrRefused):
		t.Logf("refused: %v", err)
	case err != nil || !c.live:
		t.Errorf("I5: hunt dev: %v", err)
	}
}

// names reports whether a finding is about the file, and the place if there is one.
func (v *Verify) names(file, at string) bool {
	for _, f := range v.Findings {
		where := ""
		if f.Partition != nil {
			where = fmt.Sprintf("partition %d, index %s", *f.Partition, f.Index)
		}
		if strings.Contains(f.File, file) && strings.HasPrefix(where+",", at) {
			return true
		}
	}
	return false
}

// corruptions is everything that is done to an image.
func (im *image) corruptions(t *testing.T, foreign, other string) []corruption {
	const world, plan = "world.world", "hunt.json"
	path := func(pattern string) string {
		p, err := Glob(im.dir, pattern)
		must(t, err)
		return p
	}
	folder := func(p, round int) string { return path(fmt.Sprintf("jetstream/*/streams/*-p%d-r%d", p, round)) }
	block := func(p, round int) string { return filepath.Join(folder(p, round), "msgs", "1.blk") }
	stream := func(p, round int) *Stream {
		for i := range im.streams {
			if s := &im.streams[i]; int(s.Partition) == p && int(s.Round) == round {
				return s
			}
		}
		t.Fatalf("no stream of partition %d, round %d", p, round)
		return nil
	}
	size := func(file string) int64 {
		info, err := os.Stat(filepath.Join(im.dir, file))
		must(t, err)
		return info.Size()
	}
	first, second := stream(1, 1), stream(1, 2)
	third := len(second.Records) / 3 // below the watermark
	return []corruption{
		{name: "world, a byte", do: Flip{world, size(world) / 2, 1}.Apply, file: world},
		{name: "world, its last byte gone", do: Truncate(world, -1), file: world},
		{name: "world, half of it", do: Truncate(world, size(world)/2), file: world},
		{name: "world, none", do: Remove(world), file: world},
		{name: "world, another's", do: Foreign(world, other), file: world},
		{name: "plan, a digit of the seed", do: im.edit(plan, `"seed": 1`, `"seed": 2`), file: plan},
		{name: "plan, half of it", do: Truncate(plan, size(plan)/2), file: plan},
		{name: "plan, none", do: Remove(plan), file: plan},
		{name: "plan, another's", do: Foreign(plan, other), file: world},

		{name: "etcd, none", do: Remove("etcd"), file: "etcd"},
		{name: "etcd, no database", do: Remove("etcd/member/snap/db"), file: "etcd"},
		{name: "etcd, half a database", do: Truncate("etcd/member/snap/db", 12<<10), file: "etcd"},
		{name: "etcd, no log", do: Remove("etcd/member/wal"), file: "etcd"},
		{name: "etcd, another game's", do: Foreign("etcd", foreign), file: "-p"},
		{name: "etcd, another world's", do: Foreign("etcd", other), file: "etcd"},

		{name: "journal, none", do: Remove("jetstream"), file: "jetstream"},
		{name: "journal, another game's", do: Foreign("jetstream", foreign), file: "-p"},
		{name: "journal, another world's", do: Foreign("jetstream", other), file: "-p"},

		{name: "stream, a byte of a round that is over", do: Flip{first.Path, first.Records[7] + 30, 4}.Apply,
			file: first.Path, at: "partition 1, index 1/8,"},
		{name: "stream, the last byte of a round that is over", do: Flip{first.Path, first.Size - 1, 4}.Apply,
			file: first.Path, at: fmt.Sprintf("partition 1, index 1/%d,", len(first.Records))},
		{name: "stream, cut within a record", do: Truncate(second.Path, second.Records[third]+40),
			file: "-p1-r2", at: fmt.Sprintf("partition 1, index 2/%d,", third+1)},
		{name: "stream, cut between records", do: Truncate(second.Path, second.Records[third]),
			file: "-p1-r2", at: fmt.Sprintf("partition 1, index 2/%d,", third+1)},
		{name: "stream, a round that is over cut between records", do: Truncate(first.Path, first.Records[9]),
			file: "-p1-r", at: "partition 1, index "},
		{name: "stream, zeros at the end of a round that is over", do: Zero(first.Path, 60), file: first.Path,
			at: fmt.Sprintf("partition 1, index 1/%d,", len(first.Records))},
		{name: "stream, no block", do: Remove(second.Path), file: "-p1-r2", at: "partition 1, index 2/"},
		{name: "stream, no first round", do: Remove(folder(1, 1)), file: "-p1-r1", at: "partition 1, index 1/1,"},
		{name: "stream, no last round", do: Remove(folder(1, 2)), file: "-p1-r", at: "partition 1, index "},
		{name: "stream, no settings", do: Remove(filepath.Join(folder(2, 1), "meta.inf")), file: "-p2-r1"},
		{name: "streams, blocks of two partitions swapped", do: Swap(block(0, 2), block(3, 2)),
			file: "-p3-r2", at: "partition 3, index 2/1,"},
		{name: "streams, blocks of two rounds swapped", do: Swap(block(2, 1), block(2, 2)),
			file: "-p2-r1", at: "partition 2, index 1/1,"},
		{name: "streams, folders of two partitions swapped", do: Swap(folder(0, 2), folder(3, 2)),
			file: "-p0-r2", at: "partition 0, index 2/1,"},
		{name: "stream, another game's of a round that is over", do: Foreign(folder(0, 1), foreign), file: "-p0-r"},
		{name: "stream, another game's of the last round", do: Foreign(folder(0, 2), foreign), file: "-p0-r2",
			at: "partition 0, index 2/1,"},

		{name: "events, none of a round that is over, and no archive", do: both(Remove(path("jetstream/*/streams/*-events-r1")),
			Remove(path("jetstream/*/streams/OBJ_*"))), file: "-events-r1", live: true},
		{name: "events, another game's", do: Foreign(path("jetstream/*/streams/*-events-r1"), foreign), file: "jetstream", live: true},
		{name: "events and archives, another game's", do: both(Foreign(path("jetstream/*/streams/*-events-r1"), foreign),
			Foreign(path("jetstream/*/streams/OBJ_*"), foreign)), file: "-events-r1", live: true},
		{name: "events, a byte", do: Flip{path("jetstream/*/streams/*-events-r1/msgs/1.blk"), 40, 4}.Apply, file: "-events-r1"},
		{name: "snapshots and archives, another game's", do: Foreign(path("jetstream/*/streams/OBJ_*"), foreign), file: "jetstream", live: true},
		{name: "snapshots and archives, a byte", do: Flip{path("jetstream/*/streams/OBJ_*/msgs/1.blk"), 40, 4}.Apply, file: "OBJ_", live: true},
	}
}

func both(a, b Corruption) Corruption {
	return func(dir string) error { return errors.Join(a(dir), b(dir)) }
}

// edit replaces a text that must be in a file.
func (im *image) edit(path, was, is string) Corruption {
	return func(dir string) error {
		path := filepath.Join(dir, path)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !strings.Contains(string(data), was) {
			return fmt.Errorf("%s has no %s", path, was)
		}
		return os.WriteFile(path, []byte(strings.Replace(string(data), was, is, 1)), 0o600)
	}
}

package journal

import (
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

func TestNames(t *testing.T) {
	n, err := namesOf("demo/Room_1")
	must(t, err)
	for _, c := range [][2]string{
		{n.logStream(3, 7), "hunt-demo_2f_52oom_5f1-p3-r7"},
		{n.logSubject(3, 7), "hunt.demo_2f_52oom_5f1.p.3.7"},
		{n.eventStream(7), "hunt-demo_2f_52oom_5f1-events-r7"},
		{n.bucket(), "hunt-demo_2f_52oom_5f1"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s instead of %s", c[0], c[1])
		}
	}
	for _, bad := range []string{"", strings.Repeat("x", MaxHunt+1)} {
		if _, err := namesOf(bad); err == nil {
			t.Errorf("%q is no name", bad)
		}
	}
}

// What an object's name says is what it was made of, and no other name is taken for one.
func TestObjectNames(t *testing.T) {
	if p, i, ok := parseSnapshotName(snapshotName(65535, at(1<<32-1, 1<<64-1))); !ok || p != 65535 || i != at(1<<32-1, 1<<64-1) {
		t.Errorf("read as %d %v %v", p, i, ok)
	}
	if r, ok := parseArchiveName(archiveName(1<<32 - 1)); !ok || r != 1<<32-1 {
		t.Errorf("read as %d %v", r, ok)
	}
	for _, name := range []string{"", "1", "1/2", "1/2/", "1/2/03", "1/2/3/4", "1/2/3 ", "-1/2/3", "65536/2/3", "events/", "events/01", "events/1/2", "events/x"} {
		_, _, snapshot := parseSnapshotName(name)
		if _, archive := parseArchiveName(name); snapshot || archive {
			t.Errorf("%q is taken for an object's name", name)
		}
	}
}

// Two hunts, partitions or rounds never share a stream, and a name is one that
// the server and a file system take.
func FuzzNamesInjective(f *testing.F) {
	f.Add("a/b", "a_2fb", uint16(1), uint16(11), uint32(1), uint32(1))
	f.Add("a", "a-p1", uint16(1), uint16(1), uint32(2), uint32(2))
	f.Add("A", "a", uint16(0), uint16(0), uint32(0), uint32(0))
	f.Add("é.*> ", "e", uint16(65535), uint16(0), uint32(1<<32-1), uint32(0))
	f.Fuzz(func(t *testing.T, h1, h2 string, p1, p2 uint16, r1, r2 uint32) {
		a, err1 := namesOf(h1)
		b, err2 := namesOf(h2)
		if err1 != nil || err2 != nil {
			return
		}
		part1, part2, round1, round2 := codec.PartitionID(p1), codec.PartitionID(p2), codec.Round(r1), codec.Round(r2)
		same := h1 == h2 && p1 == p2 && r1 == r2
		for _, c := range [][2]string{
			{a.logStream(part1, round1), b.logStream(part2, round2)},
			{a.logSubject(part1, round1), b.logSubject(part2, round2)},
		} {
			if strings.EqualFold(c[0], c[1]) != same {
				t.Errorf("%q %d %d and %q %d %d give %q and %q", h1, p1, r1, h2, p2, r2, c[0], c[1])
			}
		}
		if (a.eventStream(round1) == b.eventStream(round2)) != (h1 == h2 && r1 == r2) {
			t.Errorf("%q %d and %q %d share an event stream", h1, r1, h2, r2)
		}
		if a.logStream(part1, round1) == b.eventStream(round2) {
			t.Errorf("log and events share %q", b.eventStream(round2))
		}
		name := a.logStream(part1, round1)
		if strings.ContainsAny(name, "/\\.*> \t\r\n") || len(name) > 255 {
			t.Errorf("%q is no stream's name", name)
		}
		if r, ok := roundOf(name, "-r"); !ok || r != round1 {
			t.Errorf("%q is read as round %d", name, r)
		}
	})
}

package rounds_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/control/rounds"
)

// aRound are the groups of a round of one partition with two grants.
func aRound(r codec.Round) []codec.Group {
	return []codec.Group{
		group(0, r, 1, started(r), opened(0), opened(1), opened(2)),
		group(0, r, 2, granted(r, 0, 7)),
		group(0, r, 3, granted(r, 2, 9), ended(r)),
	}
}

// TestArchive: a round that is over is archived, once, and what could not be
// stored then is stored at the next round's end, or by the next keeper.
func TestArchive(t *testing.T) {
	m, c := newMemory(), &clock{}
	k := open(t, m, 1, c)
	if err := k.give(aRound(1)...); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"own 1: started 1 seed 100 ticks 150 rules 1 at 5000",
		"p0 1/2.0: granted 0 to 7 (p7)",
		"p0 1/3.0: granted 2 to 9 (p9)",
		"own 3: ended 1 grants 2 7:1 9:1",
	}
	if got := archived(t, m, 1); !slices.Equal(got, want) {
		t.Errorf("the archive holds\n%s", strings.Join(got, "\n"))
	}
	m.full = true
	if err := k.give(append(aRound(2), aRound(3)...)...); err != nil {
		t.Fatalf("an archive that cannot be stored stops the hunt: %v", err)
	}
	if len(m.kept) != 1 {
		t.Errorf("%d archives in a full store", len(m.kept))
	}
	m.full = false
	if err := k.give(aRound(4)...); err != nil {
		t.Fatal(err)
	}
	if len(m.kept) != 4 || k.Stats().Archived != 4 {
		t.Errorf("%d archives after there is room, %+v", len(m.kept), k.Stats())
	}
	m.full = true
	if err := k.give(aRound(5)...); err != nil {
		t.Fatal(err)
	}
	if err := k.stop(); err != nil {
		t.Fatal(err)
	}
	m.full = false
	first := m.kept[1]
	delete(m.kept, 1)
	k = open(t, m, 1, c) // after a crash between a round's end and its archive
	if err := k.give(); err != nil {
		t.Fatal(err)
	}
	if len(m.kept) != 5 || k.Stats().Archived != 2 {
		t.Errorf("%d archives after a takeover, %+v", len(m.kept), k.Stats())
	}
	if !bytes.Equal(m.kept[1], first) {
		t.Error("an archive made again is another one")
	}
	if err := k.stop(); err != nil {
		t.Fatal(err)
	}
}

// archived tells an archive's events, one a line.
func archived(t *testing.T, m *memory, r codec.Round) (lines []string) {
	t.Helper()
	events, _, err := rounds.ParseArchive(r, m.kept[r])
	if err != nil {
		t.Fatal(err)
	}
	tell := newMemory()
	for _, ev := range events {
		tell.put(t, r, ev)
	}
	lines, err = tell.story(r)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestParseArchiveRefuses: an archive that is not whole and right is an error
// that says why.
func TestParseArchiveRefuses(t *testing.T) {
	id := func(n uint64) *huntpb.EventID { return &huntpb.EventID{Partition: proto.Uint32(0), Round: 1, Seq: n} }
	start := &huntpb.RoundEvent{Id: &huntpb.EventID{Round: 1, Ordinal: 1}, Body: startOf(1)}
	grant := func(seq uint64, treasure uint32) *huntpb.RoundEvent {
		return &huntpb.RoundEvent{Id: id(seq), Body: &huntpb.RoundEvent_Granted{Granted: &huntpb.TreasureGranted{Treasure: treasure, Player: 7, Round: 1, Score: uint32(seq)}}}
	}
	placed := &huntpb.RoundEvent{Id: id(1), Body: &huntpb.RoundEvent_Placed{Placed: &huntpb.TreasurePlaced{}}}
	end := func(round, grants uint32) *huntpb.RoundEvent {
		return &huntpb.RoundEvent{Id: &huntpb.EventID{Round: round, Ordinal: 2}, Body: endOf(codec.Round(round), grants)}
	}
	uncommitted, otherSeed := proto.CloneOf(start), end(1, 0)
	uncommitted.GetStarted().Seed[0]++
	otherSeed.GetEnded().Seed[0]++
	cases := []struct {
		name   string
		events []*huntpb.RoundEvent
		want   string // empty: it is well
	}{
		{"whole", []*huntpb.RoundEvent{start, grant(1, 0), grant(2, 1), end(1, 2)}, ""},
		{"nobody found any", []*huntpb.RoundEvent{start, end(1, 0)}, ""},
		{"nothing", nil, "no end"},
		{"cut", []*huntpb.RoundEvent{start, grant(1, 0)}, "no end"},
		{"a grant is missing", []*huntpb.RoundEvent{start, grant(1, 0), end(1, 2)}, "counts 2 grants, the archive holds 1"},
		{"a treasure twice (I2)", []*huntpb.RoundEvent{start, grant(1, 0), grant(2, 0), end(1, 2)}, "granted twice"},
		{"a score that is not the grants'", []*huntpb.RoundEvent{start, grant(2, 0), end(1, 1)}, "its grants make 1"},
		{"without its start", []*huntpb.RoundEvent{grant(1, 0), end(1, 1)}, "one start"},
		{"two starts", []*huntpb.RoundEvent{start, start, end(1, 0)}, "one start"},
		{"two ends", []*huntpb.RoundEvent{start, end(1, 0), end(1, 0)}, "one start"},
		{"of another round", []*huntpb.RoundEvent{start, end(2, 0)}, "of round 2"},
		{"a seed that was not committed to (I13)", []*huntpb.RoundEvent{uncommitted, end(1, 0)}, "committed to"},
		{"an end with another seed (I13)", []*huntpb.RoundEvent{start, otherSeed}, "committed to"},
		{"a placing", []*huntpb.RoundEvent{start, placed, end(1, 0)}, "none that an archive holds"},
		{"empty event", []*huntpb.RoundEvent{{}}, "none that an archive holds"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var data []byte
			for _, ev := range tc.events {
				var err error
				if data, err = huntpb.AppendDelimited(data, ev); err != nil {
					t.Fatal(err)
				}
			}
			_, _, err := rounds.ParseArchive(1, data)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v; want %q", err, tc.want)
			}
			for cut := range data {
				if tc.want != "" {
					break
				}
				if _, _, err := rounds.ParseArchive(1, data[:cut]); err == nil {
					t.Errorf("the first %d of %d bytes pass", cut, len(data))
				}
			}
		})
	}
}

// FuzzParseArchive: whatever the bytes are, the answer is an error or an archive
// that encodes to an archive again.
func FuzzParseArchive(f *testing.F) {
	m, c := newMemory(), &clock{}
	k := open(f, m, 1, c)
	if err := k.give(aRound(1)...); err != nil {
		f.Fatal(err)
	}
	if err := k.stop(); err != nil {
		f.Fatal(err)
	}
	f.Add(m.kept[1])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		events, _, err := rounds.ParseArchive(1, data)
		if err != nil {
			return
		}
		var again []byte
		for _, ev := range events {
			if again, err = huntpb.AppendDelimited(again, ev); err != nil {
				t.Fatal(err)
			}
		}
		if more, _, err := rounds.ParseArchive(1, again); err != nil || len(more) != len(events) {
			t.Errorf("%d events, encoded and read again %d: %v", len(events), len(more), err)
		}
	})
}

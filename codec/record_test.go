package codec

import (
	"math"
	"reflect"
	"testing"
)

var inputs = []struct {
	name string
	in   Input
}{
	{"ticks", Input{Kind: InputTicks, Count: MaxRecordTicks}},
	{"join", Input{Kind: InputJoin, Player: 0x0102030405060708, Name: NameOf("Ada"), Goal: MaxGoals}},
	{"leave", Input{Kind: InputLeave, Player: 0x0102030405060708}},
	{"move", Input{Kind: InputMove, Player: 0x0102030405060708, Seq: 0x090a0b0c, Edge: 0x0d0e0f10}},
	{"expire", Input{Kind: InputExpire, Player: 0x0102030405060708}},
	{"border", Input{Kind: InputBorder, Cut: Cut{0x01020304, 0x05060708}, Goal: 9, First: 0x0a0b, Reaches: reaches}},
	{"border without reaches", Input{Kind: InputBorder, Reaches: Reaches{}}},
	{"prepared", Input{Kind: InputPrepared, Cut: Cut{0x01020304, 0x05060708}}},
	{"switched", Input{Kind: InputSwitched, Cut: Cut{0x01020304, 0x05060708}, Next: 0x090a0b0c}},
	{"rolled back", Input{Kind: InputRolledBack, Cut: Cut{0x01020304, 0x05060708}, State: 0x090a0b0c0d0e0f10}},
	{"weight", Input{Kind: InputWeight, Edge: 0x01020304, Weight: 0x05060708}},
	{"arrive", arrival(0x0102, handoff)},
	{"arrive of one that left", arrival(1, Handoff{Hand: 1, Gone: true, Node: NoNode})},
	{"handed", Input{Kind: InputHanded, Partition: 0x0102, Hand: 0x03040506, Code: CodeTableFull}},
}

var (
	header = RecordHeader{
		Partition: 0x0102, Round: 0x03040506, Epoch: 0x0708090a0b0c0d0e, Prev: count(0x10), State: 0x3031323334353637,
		Neighbour: Watermark{Partition: 0x3839, Index: Index{0x3a3b3c3d, 0x3e3f404142434445}, State: 0x464748494a4b4c4d, Chain: count(0x50)},
	}
	base = Base{
		Hunt: count(0x61), World: count(1), Snapshot: SnapshotRef{Index{0x51525354, 0x5556575859}, count(0x21)}, Seed: Seed(count(0x41)),
		Rules: Rules{
			Version: 0x494a, RoundTicks: 0x4b4c4d4e, RefreshTicks: 0x4f50, SweepTicks: 0x5152,
			MoveLoad: 0x53, DecayShift: 0x54, LevelLoad: 0x55, Hysteresis: 0x56, MaxLevel: 0x57, LevelShift: 0x58,
			MoveTicks: 0x595a, MoveBurst: 0x5b5c, IdleTicks: 0x5d5e, Treasures: 0x5f60, OpenAtStart: 0x6162,
			Goals: [MaxGoals]Goal{{NameOf("exit"), 0x63646566}, 15: {NameOf("last"), 0x6768696a}},
		},
	}
)

// reaches are two that differ in every byte.
var reaches = Reaches{}.Append(Reach{0x0c0d0e0f, 0x1011}).Append(Reach{0x12131415, 0x1617})

type record struct {
	name  string
	kind  RecordKind
	bytes []byte
}

func startRecord(k RecordKind) []byte {
	h := header
	h.Kind = k
	return h.Append(nil)
}

// records are one whole record of every kind.
func records() []record {
	ticks := AppendTicks(startRecord(RecordTicks), 0x01020304, 0x01020306)
	for _, c := range inputs {
		ticks = c.in.Append(ticks)
	}
	return []record{
		{"base", RecordBase, base.Append(startRecord(RecordBase))},
		{"epoch", RecordEpoch, startRecord(RecordEpoch)},
		{"ticks", RecordTicks, ticks},
	}
}

func appended(in Input) []byte { return in.Append(nil) }

func TestInputs(t *testing.T) {
	kinds := map[InputKind]bool{}
	for _, c := range inputs {
		kinds[c.in.Kind] = true
		t.Run(c.name, func(t *testing.T) {
			b := c.in.Append([]byte("before"))[len("before"):]
			if len(b) != c.in.Len() || len(b) > MaxInputLen {
				t.Fatalf("%d bytes, Len %d, MaxInputLen %d", len(b), c.in.Len(), MaxInputLen)
			}
			got := Input{Kind: 99, Weight: 99, Count: 99, Player: 99, Seq: 99, Edge: 99, Name: NameOf("old"), Partition: 99, Hand: 99, Gone: true, Code: 9, Rest: 99, Node: 99, State: 99} // nothing of it may stay
			rest, err := ParseInput(append(b, "after"...), &got)
			if err != nil || !reflect.DeepEqual(got, c.in) || string(rest) != "after" {
				t.Fatalf("%+v, rest %q, %v; appended %+v", got, rest, err, c.in)
			}
			for n := range b {
				if rest, err := ParseInput(b[:n], &got); err != ErrTruncated || len(rest) != n {
					t.Errorf("%d of %d bytes: %v, %d left; want ErrTruncated and all of them", n, len(b), err, len(rest))
				}
			}
		})
	}
	for k := InputTicks; k < inputEnd; k++ {
		if k.length() > 0 && !kinds[k] {
			t.Errorf("no case for kind %d", k)
		}
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"kind 0", make([]byte, 64), ErrType},
		{"the kind after the last", append([]byte{byte(inputEnd)}, make([]byte, 64)...), ErrType},
		{"a goal above the last", appended(Input{Kind: InputJoin, Goal: MaxGoals + 1}), ErrValue},
		{"a border towards a goal above the last", appended(Input{Kind: InputBorder, Goal: MaxGoals + 1}), ErrValue},
		{"too many reaches", appended(Input{Kind: InputBorder, Reaches: make(Reaches, (MaxReaches+1)*ReachLen)}), ErrValue},
		{"a hand-off without a number", append([]byte{byte(InputArrive)}, make([]byte, 64)...), ErrValue},
		{"an answer with an unknown code", append([]byte{byte(InputHanded), 7: byte(codeCount)}, make([]byte, 64)...), ErrValue},
		{"a name with a control character", append([]byte{byte(InputJoin), 8: 0, 9: '\n'}, make([]byte, 64)...), ErrValue},
	} {
		var in Input
		if rest, err := ParseInput(c.bytes, &in); err != c.want || len(rest) != len(c.bytes) {
			t.Errorf("%s: %v, %d bytes left; want %v and all of them", c.name, err, len(rest), c.want)
		}
	}
}

func TestRecords(t *testing.T) {
	for _, c := range records() {
		t.Run(c.name, func(t *testing.T) {
			want := header
			want.Kind = c.kind
			got, body, err := ParseRecord(c.bytes)
			if err != nil || got != want || len(body) != len(c.bytes)-RecordHeaderLen {
				t.Fatalf("%+v, body of %d, %v; appended %+v", got, len(body), err, want)
			}
			for n := range RecordHeaderLen {
				if _, _, err := ParseRecord(c.bytes[:n]); err != ErrTruncated {
					t.Fatalf("%d bytes: %v, want ErrTruncated", n, err)
				}
			}
		})
	}
	damaged := func(at int, v byte) []byte {
		b := startRecord(RecordEpoch)
		b[at] = v
		return b
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"version 0", damaged(0, 0), ErrVersion},
		{"the next version", damaged(0, RecordVersion+1), ErrVersion},
		{"no kind", damaged(1, 0), ErrType},
		{"unknown kind", damaged(1, byte(recordEnd)), ErrType},
		{"an epoch with a body", append(startRecord(RecordEpoch), 0), ErrOversized},
		{"the longest", append(startRecord(RecordTicks), make([]byte, MaxRecord-RecordHeaderLen)...), nil},
		{"one byte too long", append(startRecord(RecordTicks), make([]byte, MaxRecord-RecordHeaderLen+1)...), ErrOversized},
	} {
		if _, _, err := ParseRecord(c.bytes); err != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestBase(t *testing.T) {
	b := base.Append(nil)
	if len(b) != BaseLen {
		t.Fatalf("%d bytes, BaseLen is %d", len(b), BaseLen)
	}
	if got, err := ParseBase(b); got != base || err != nil {
		t.Fatalf("%+v, %v; appended %+v", got, err, base)
	}
	for n := range b {
		if _, err := ParseBase(b[:n]); err != ErrTruncated {
			t.Errorf("%d bytes: %v, want ErrTruncated", n, err)
		}
	}
	if _, err := ParseBase(append(b, 0)); err != ErrOversized {
		t.Errorf("one byte too long: %v, want ErrOversized", err)
	}
}

// TestTickCounts: a boundary count outside 1 to 30 is refused.
func TestTickCounts(t *testing.T) {
	for _, count := range []uint16{0, MaxRecordTicks + 1, math.MaxUint16} {
		in := Input{Kind: InputTicks, Count: count}
		if _, err := ParseInput(in.Append(nil), &in); err != ErrValue {
			t.Errorf("%d boundaries: %v, want ErrValue", count, err)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, last Tick
		want        error
	}{
		{"one", 5, 5, nil},
		{"thirty", 0, 29, nil},
		{"one too many", 0, 30, ErrValue},
		{"as many as a number holds", 0, math.MaxUint16, ErrValue},
		{"at the end of the numbers", math.MaxUint32, math.MaxUint32, nil},
		{"backwards", 6, 5, ErrValue},
		{"all there are", 0, math.MaxUint32, ErrValue},
	} {
		b := AppendTicks(nil, c.first, c.last)
		first, last, rest, err := ParseTicks(append(b, "inputs"...))
		if err != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if c.want == nil && (first != c.first || last != c.last || string(rest) != "inputs" || len(b) != TicksLen) {
			t.Errorf("%s: [%d, %d], inputs %q, %d bytes", c.name, first, last, rest, len(b))
		}
		for n := range b {
			if _, _, _, err := ParseTicks(b[:n]); err != ErrTruncated {
				t.Errorf("%s, %d bytes: %v, want ErrTruncated", c.name, n, err)
			}
		}
	}
}

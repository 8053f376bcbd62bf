package huntpb

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
)

var (
	someHint = codec.Hint{Edge: 1, Node: 2, Distance: 3, CutTick: 4, Treasure: 5, Claimed: true, Goal: 6}
	hints    = map[string]codec.Hint{
		"a way":       someHint,
		"no treasure": codec.NoHint(9),
		"the last":    {Edge: codec.NoEdge - 1, Node: codec.NoNode - 1, Distance: codec.Unreachable - 1, CutTick: 1<<32 - 1, Treasure: codec.MaxTreasures - 1},
	}
)

// Through the wire and back: a conversion that mixed two fields up, or a message
// that lacks one, shows here, as all the values differ.
func through[M proto.Message](t *testing.T, sent, got M) M {
	t.Helper()
	b, err := proto.Marshal(sent)
	if err == nil {
		err = proto.Unmarshal(b, got)
	}
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestHintReplyJoinedThereAndBack(t *testing.T) {
	for name, hint := range hints {
		t.Run(name, func(t *testing.T) {
			if got, err := ParseHint(through(t, HintOf(hint), &Hint{})); got != hint || err != nil {
				t.Errorf("hint: %+v, %v; sent %+v", got, err, hint)
			}
			reply := codec.Reply{Player: 11, Seq: 12, Code: codec.CodeStale, Last: 13, Round: 14, Tick: 15, Node: 16, Hint: hint}
			if got, err := ParseReply(11, through(t, ReplyOf(reply), &Reply{})); got != reply || err != nil {
				t.Errorf("reply: %+v, %v; sent %+v", got, err, reply)
			}
			joined := codec.Joined{Player: 21, Code: codec.CodeTableFull, Left: true, Last: 22, Round: 23, Tick: 24, Node: 25, Hint: hint}
			got, area, err := ParseJoined(21, through(t, JoinedOf(joined, 27), &Joined{}))
			if got != joined || area != 27 || err != nil {
				t.Errorf("joined: %+v, area %d, %v; sent %+v", got, area, err, joined)
			}
		})
	}
}

func TestGrantThereAndBack(t *testing.T) {
	sent := codec.Grant{Player: 1 << 63, Treasure: 2, Round: 3, Tick: 4, Node: 5, Name: codec.NameOf("ann")}
	want := sent
	want.Name = codec.Name{}
	if got, err := ParseGrant(through(t, GrantOf(sent), &Grant{})); got != want || err != nil {
		t.Errorf("%+v, %v; sent %+v", got, err, sent)
	}
}

func TestEveryCodeHasOneOfItsOwn(t *testing.T) {
	if len(Code_name) != codec.Codes {
		t.Fatalf("hunt.proto has %d codes, codec %d", len(Code_name), codec.Codes)
	}
	for c := range codec.Code(codec.Codes) {
		name := "CODE_" + strings.ToUpper(strings.ReplaceAll(c.String(), " ", "_"))
		if got := CodeOf(c).String(); got != name {
			t.Errorf("%q becomes %s, want %s", c, got, name)
		}
		if back, err := ParseCode(CodeOf(c)); back != c || err != nil {
			t.Errorf("%q comes back as %q, %v", c, back, err)
		}
	}
}

func TestParseRefusesWhatNoFrameHolds(t *testing.T) {
	bad := &Hint{Treasure: 1 << 16}
	for name, err := range map[string]error{
		"code below":           second(ParseCode(-1)),
		"code above":           second(ParseCode(Code(codec.Codes))),
		"hint's treasure":      second(ParseHint(bad)),
		"hint's goal":          second(ParseHint(&Hint{Goal: codec.MaxGoals + 1})),
		"treasure too high":    second(ParseHint(&Hint{Treasure: codec.MaxTreasures})),
		"reply's code":         second(ParseReply(1, &Reply{Code: 99})),
		"reply's hint":         second(ParseReply(1, &Reply{Hint: bad})),
		"joined's code":        third(ParseJoined(1, &Joined{Code: 99})),
		"joined's hint":        third(ParseJoined(1, &Joined{Hint: bad})),
		"grant of too high":    second(ParseGrant(&Grant{Treasure: 1<<16 + 1})),
		"grant of no treasure": second(ParseGrant(&Grant{Treasure: uint32(codec.NoTreasure)})),
	} {
		if !errors.Is(err, codec.ErrValue) {
			t.Errorf("%s: %v, want codec.ErrValue", name, err)
		}
	}
	if h, err := ParseHint(nil); h != codec.NoHint(0) || err != nil {
		t.Errorf("a missing hint: %+v, %v", h, err)
	}
}

func second[A any](_ A, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }

package codec

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// frame is what every frame can do.
type frame interface {
	Len() int
	Append(b []byte) []byte
}

func parser[F frame](parse func([]byte) (F, error)) func([]byte) (frame, error) {
	return func(b []byte) (frame, error) { return parse(b) }
}

// parsers has the parser of every type: a new frame without one fails TestFrames.
var parsers = [typeEnd]func([]byte) (frame, error){
	TypeHello:     parser(ParseHello),
	TypeJoin:      parser(ParseJoin),
	TypeJoined:    parser(ParseJoined),
	TypeLeave:     parser(ParseLeave),
	TypeMove:      parser(ParseMove),
	TypeReply:     parser(ParseReply),
	TypeSubscribe: parser(ParseSubscribe),
	TypeDurable:   parser(ParseDurable),
	TypeGrant:     parser(ParseGrant),
	TypeDelta:     parser(ParseDelta),
	TypeEvent:     parser(ParseEvent),
	TypeError:     parser(ParseError),
	TypeAsk:       parser(ParseAsk),
	TypeWay:       parser(ParseWay),
	TypeBorder:    parser(ParseBorder),
	TypePrepare:   parser(ParsePrepare),
	TypePrepared:  parser(ParsePrepared),
	TypeSwitch:    parser(ParseSwitch),
	TypeWeight:    parser(ParseSetWeight),
	TypeWeighed:   parser(ParseWeighed),
	TypeArrive:    parser(ParseArrive),
	TypeArrived:   parser(ParseArrived),
	TypePresent:   parser(ParsePresent),
}

// count is a hash whose bytes all differ, so that a shift shows.
func count(from byte) (h Hash) {
	for i := range h {
		h[i] = from + byte(i)
	}
	return h
}

var (
	hint = Hint{Edge: 0x21222324, Node: 0x25262728, Distance: 0x292a2b2c, CutTick: 0x2d2e2f30, Treasure: 0x0132, Claimed: true, Goal: 3}

	handoff = Handoff{
		Hand: 0x05060708, Player: 0x0a0b0c0d0e0f1011, Name: NameOf("Zoë"), Goal: 3, Seq: 0x12131415,
		Rest: 0x1e1f, Node: 0x20212223,
	}

	// frames are the named cases of every frame. The fields of each are distinct,
	// so that no two can change places unseen.
	frames = []struct {
		name  string
		t     Type
		frame frame
	}{
		{"hello", TypeHello, Hello{Version: 1, Partition: 2, Epoch: 3, Gateway: 4, Hunt: "demo/main"}},
		{"hello of no hunt", TypeHello, Hello{Version: Version}},
		{"hello, longest", TypeHello, Hello{Version: 0xffff, Hunt: strings.Repeat("h", MaxHunt)}},
		{"join", TypeJoin, Join{Player: 0x0102030405060708, Name: NameOf("Ada")}},
		{"join with the last goal", TypeJoin, Join{Player: 1, Goal: MaxGoals}},
		{"ask", TypeAsk, Ask{ID: 0x01020304, Node: 0x05060708, Goal: 9}},
		{"way", TypeWay, Way{ID: 0x01020304, Cut: Cut{0x05060708, 0x090a0b0c}, Node: 0x0d0e0f10, Distance: 0x11121314, Next: 0x15161718, Partition: 0x191a, More: true, Count: 2, Edges: [MaxWayEdges]EdgeID{0x1b1c1d1e, 0x1f202122}}},
		{"way to nowhere", TypeWay, Way{Code: codeCount - 1, Distance: Unreachable}},
		{"way, longest piece", TypeWay, longestWay()},
		{"border", TypeBorder, Border{Cut: Cut{0x01020304, 0x05060708}, Goal: 9, First: 0x0a0b, Reaches: reaches}},
		{"border without reaches", TypeBorder, Border{Reaches: Reaches{}}},
		{"prepare", TypePrepare, Prepare{Cut{0x01020304, 0x05060708}}},
		{"prepared", TypePrepared, Prepared{Partition: 0x0102, Cut: Cut{0x03040506, 0x0708090a}, Now: 0x0b0c0d0e}},
		{"switch", TypeSwitch, Switch{Cut: Cut{0x01020304, 0x05060708}, Next: 0x090a0b0c}},
		{"join, longest name", TypeJoin, Join{Player: 1, Name: NameOf("sixteen bytes ab")}},
		{"joined", TypeJoined, Joined{Player: 0x0102030405060708, Last: 0x090a0b0c, Round: 0x0d0e0f10, Tick: 0x11121314, Node: 0x15161718, Hint: hint}},
		{"joined after a leave", TypeJoined, Joined{Player: 1, Code: CodeUnknownPlayer, Left: true, Hint: NoHint(7)}},
		{"leave", TypeLeave, Leave{Player: 0x0102030405060708}},
		{"present", TypePresent, Present{Player: 0x0102030405060708}},
		{"move", TypeMove, Move{Player: 0x0102030405060708, Seq: 0x090a0b0c, Edge: 0x0d0e0f10}},
		{"move of zeroes", TypeMove, Move{}},
		{"reply", TypeReply, Reply{Player: 0x0102030405060708, Seq: 0x090a0b0c, Last: 0x0d0e0f10, Round: 0x11121314, Tick: 0x15161718, Node: 0x191a1b1c, Hint: hint}},
		{"reply with the last code", TypeReply, Reply{Code: codeCount - 1, Hint: NoHint(0)}},
		{"reply with the last treasure", TypeReply, Reply{Hint: Hint{Treasure: MaxTreasures - 1}}},
		{"subscribe", TypeSubscribe, Subscribe{From: 0x0102030405060708}},
		{"durable", TypeDurable, Durable{Partition: 0x0102, Epoch: 0x030405060708090a, Index: Index{0x0b0c0d0e, 0x0f10111213141516}, Tick: 0x1718191a, State: 0x1b1c1d1e1f202122}},
		{"grant", TypeGrant, Grant{Player: 0x0102030405060708, Treasure: 0x090a, Round: 0x0b0c0d0e, Tick: 0x0f101112, Node: 0x13141516, Name: NameOf("Zoë")}},
		{"delta", TypeDelta, Delta{Seq: 0x0102030405060708, Edge: 0x090a0b0c, Weight: 0x0d0e0f10, Round: 0x15161718, Tick: 0x11121314}},
		{"delta that closes", TypeDelta, Delta{Seq: 1, Weight: Blocked}},
		{"event: round started", TypeEvent, Event{Kind: EventRoundStarted, Round: 0x01020304, Tick: 0x05060708, Seed: Seed(count(9))}},
		{"event: treasure opened", TypeEvent, Event{Kind: EventTreasureOpened, Round: 1, Tick: 2, Treasure: 0x0304, Node: 0x05060708}},
		{"event: player joined", TypeEvent, Event{Kind: EventPlayerJoined, Round: 1, Tick: 2, Player: 0x0102030405060708, Node: 0x090a0b0c, Name: NameOf("Ada")}},
		{"event: player moved", TypeEvent, Event{Kind: EventPlayerMoved, Round: 1, Tick: 2, Player: 0x0102030405060708, Node: 0x090a0b0c}},
		{"event: player left", TypeEvent, Event{Kind: EventPlayerLeft, Round: 1, Tick: 2, Player: 0x0102030405060708}},
		{"event: round ended", TypeEvent, Event{Kind: EventRoundEnded, Round: 1, Tick: MaxRoundTicks, Value: 3}},
		{"event: player departed", TypeEvent, Event{Kind: EventPlayerDeparted, Round: 1, Tick: 2, Player: 0x0102030405060708, Node: 0x090a0b0c}},
		{"event: player arrived", TypeEvent, Event{Kind: EventPlayerArrived, Round: 1, Tick: 2, Player: 0x0102030405060708, Node: 0x090a0b0c}},
		{"event: player returned", TypeEvent, Event{Kind: EventPlayerReturned, Round: 1, Tick: 2, Player: 0x0102030405060708, Node: 0x090a0b0c}},
		{"event: deltas follow, replay", TypeEvent, Event{Kind: EventDeltasFollow, Resume: ResumeReplay, Value: 4}},
		{"event: deltas follow, snapshot", TypeEvent, Event{Kind: EventDeltasFollow, Resume: ResumeSnapshot}},
		{"event: deltas end", TypeEvent, Event{Kind: EventDeltasEnd, Value: 9}},
		{"error", TypeError, Error{Code: ErrorEpoch, Text: "epoch 7 ended: look the route up again"}},
		{"error without a text", TypeError, Error{Code: 0xffff}},
		{"arrive", TypeArrive, Arrive{From: 0x0102, To: 0x0304, Handoff: handoff}},
		{"arrive of one that left", TypeArrive, Arrive{From: 1, Handoff: Handoff{Hand: 1, Gone: true, Node: NoNode}}},
		{"arrived", TypeArrived, Arrived{From: 0x0102, To: 0x0304, Hand: 0x05060708, Code: CodeTableFull}},
		{"error, longest", TypeError, Error{Code: ErrorSlow, Text: strings.Repeat("e", MaxErrorText)}},
		{"weight", TypeWeight, SetWeight{Key: 0x0102030405060708, Edge: 0x090a0b0c, Weight: 0x0d0e0f10}},
		{"weight that closes", TypeWeight, SetWeight{Key: 1, Weight: Blocked}},
		{"weighed", TypeWeighed, Weighed{Key: 0x0102030405060708, Code: CodeBadWeight, Round: 0x090a0b0c, Tick: 0x0d0e0f10}},
	}
)

// longestWay is a piece with as many edges as there is room for.
func longestWay() (w Way) {
	for w.Add(EdgeID(w.Count) + 7) {
	}
	return w
}

// least is the shortest payload that f's type takes, and most the longest.
func least(f frame) int {
	switch f.(type) {
	case Hello:
		return helloFixed
	case Border:
		return borderFixed
	case Way:
		return wayFixed
	case Error:
		return errorFixed
	}
	return f.Len() - headerLen
}

func most(f frame) int {
	switch f.(type) {
	case Hello:
		return helloFixed + MaxHunt
	case Border:
		return borderFixed + MaxReaches*ReachLen
	case Way:
		return wayFixed + 4*MaxWayEdges
	case Error:
		return errorFixed + MaxErrorText
	}
	return f.Len() - headerLen
}

func TestFrames(t *testing.T) {
	seen := [typeEnd]bool{}
	for _, c := range frames {
		seen[c.t] = true
		t.Run(c.name, func(t *testing.T) {
			before := []byte("before")
			whole := c.frame.Append(before)[len(before):]
			if len(whole) != c.frame.Len() {
				t.Fatalf("%d bytes, Len says %d", len(whole), c.frame.Len())
			}
			if len(whole) > MaxFrame {
				t.Fatalf("%d bytes, above MaxFrame", len(whole))
			}
			typ, payload, rest, err := Next(append(whole, "after"...))
			if err != nil || typ != c.t || string(rest) != "after" {
				t.Fatalf("Next: %v, rest %q, %v; want %v", typ, rest, err, c.t)
			}
			got, err := parsers[typ](payload)
			if err != nil || !reflect.DeepEqual(got, c.frame) {
				t.Fatalf("%+v, %v; appended %+v", got, err, c.frame)
			}
		})
	}
	for typ := TypeHello; typ < typeEnd; typ++ {
		if typ.known() && (!seen[typ] || parsers[typ] == nil) {
			t.Errorf("no case or no parser for %v", typ)
		}
	}
}

func TestFramesOfWrongLength(t *testing.T) {
	for _, c := range frames {
		t.Run(c.name, func(t *testing.T) {
			payload := c.frame.Append(nil)[headerLen:]
			for n := range least(c.frame) {
				if _, err := parsers[c.t](payload[:n]); err != ErrTruncated {
					t.Errorf("%d of %d bytes: %v, want ErrTruncated", n, len(payload), err)
				}
			}
			long := append(payload, bytes.Repeat([]byte{'x'}, most(c.frame)+1-len(payload))...)
			if _, err := parsers[c.t](long); err != ErrOversized {
				t.Errorf("%d bytes, one too many: %v, want ErrOversized", len(long), err)
			}
		})
	}
}

// TestFramesOutOfRange damages one field at a time. Offsets count from the payload's start.
func TestFramesOutOfRange(t *testing.T) {
	const (
		replyHint  = replyPayload - hintLen
		joinedHint = joinedPayload - hintLen
		treasure   = hintLen - 4
		claimed    = hintLen - 2
		goal       = hintLen - 1
	)
	for _, c := range []struct {
		name  string
		frame frame
		at    int
		put   []byte
	}{
		{"reply: code", Reply{Hint: hint}, 12, []byte{byte(codeCount)}},
		{"reply: hint's flag", Reply{Hint: hint}, replyHint + claimed, []byte{2}},
		{"reply: hint's treasure", Reply{Hint: hint}, replyHint + treasure, []byte{0x00, 0x10}},
		{"reply: hint's treasure, below none", Reply{Hint: hint}, replyHint + treasure, []byte{0xfe, 0xff}},
		{"reply: hint's goal", Reply{Hint: hint}, replyHint + goal, []byte{MaxGoals + 1}},
		{"join: goal", Join{}, joinPayload - 1, []byte{MaxGoals + 1}},
		{"ask: goal", Ask{}, askPayload - 1, []byte{MaxGoals + 1}},
		{"way: code", Way{}, 4, []byte{byte(codeCount)}},
		{"way: more", Way{}, wayFixed - 1, []byte{2}},
		{"border: goal", Border{}, cutLen, []byte{MaxGoals + 1}},
		{"joined: code", Joined{Hint: hint}, 8, []byte{255}},
		{"joined: left", Joined{Hint: hint}, 9, []byte{2}},
		{"joined: hint's flag", Joined{Hint: hint}, joinedHint + claimed, []byte{255}},
		{"joined: hint's treasure", Joined{Hint: hint}, joinedHint + treasure, []byte{0x00, 0x10}},
		{"grant: treasure", Grant{}, 8, []byte{0x00, 0x10}},
		{"grant: no treasure", Grant{}, 8, []byte{0xff, 0xff}},
		{"grant: name", Grant{}, grantPayload - 1, []byte{'x'}},
		{"join: name with a control character", Join{}, 8, []byte{'a', '\n', 'b'}},
		{"join: name with a hole", Join{}, 8, []byte{'a', 0, 'b'}},
		{"join: name that is not UTF-8", Join{}, 8, []byte{0xff}},
		{"join: name cut in a rune", Join{}, 8 + MaxName - 1, []byte{0xc3}},
		{"weighed: code", Weighed{}, 8, []byte{byte(codeCount)}},
		{"event: no kind", Event{Kind: EventPlayerLeft}, 0, []byte{0}},
		{"event: unknown kind", Event{Kind: EventPlayerLeft}, 0, []byte{byte(eventEnd)}},
		{"event: treasure", Event{Kind: EventTreasureOpened}, eventFixed, []byte{0x00, 0x10}},
		{"event: no resume", Event{Kind: EventDeltasFollow, Resume: ResumeReplay}, eventFixed, []byte{byte(ResumeNone)}},
		{"event: unknown resume", Event{Kind: EventDeltasFollow, Resume: ResumeReplay}, eventFixed, []byte{byte(resumeEnd)}},
		{"arrive: no hand", Arrive{Handoff: handoff}, 4, []byte{0, 0, 0, 0}},
		{"arrive: gone", Arrive{Handoff: handoff}, 8, []byte{2}},
		{"arrive: name", Arrive{Handoff: handoff}, 17, []byte{0xff}},
		{"arrive: goal", Arrive{Handoff: handoff}, 33, []byte{MaxGoals + 1}},
		{"arrived: code", Arrived{}, 8, []byte{byte(codeCount)}},
		{"event: name", Event{Kind: EventPlayerJoined}, eventFixed + 12, []byte{0x7f}},
	} {
		t.Run(c.name, func(t *testing.T) {
			typ, payload, _, err := Next(c.frame.Append(nil))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parsers[typ](payload); err != nil {
				t.Fatalf("the frame is wrong before it is damaged: %v", err)
			}
			copy(payload[c.at:], c.put)
			if _, err := parsers[typ](payload); err != ErrValue {
				t.Fatalf("%v, want ErrValue", err)
			}
		})
	}
}

func TestHelloOfAnotherVersionShowsIt(t *testing.T) {
	payload := Hello{Version: 0x0102, Hunt: strings.Repeat("h", MaxHunt)}.Append(nil)[headerLen:]
	for n := 2; n < len(payload)+40; n++ {
		b := append(payload[:min(n, len(payload))], make([]byte, max(0, n-len(payload)))...)
		if h, err := ParseHello(b); h.Version != 0x0102 {
			t.Fatalf("%d bytes: version %#x, %v", n, h.Version, err)
		}
	}
}

func TestErrorTextIsCutOnARune(t *testing.T) {
	for _, c := range []struct {
		text string
		keep int
	}{
		{strings.Repeat("e", MaxErrorText+1), MaxErrorText},
		{strings.Repeat("e", MaxErrorText-1) + "ë", MaxErrorText - 1},
		{strings.Repeat("e", MaxErrorText-3) + "🗝", MaxErrorText - 3},
		{strings.Repeat("e", MaxErrorText-4) + "🗝", MaxErrorText},
		{strings.Repeat("\x80", MaxErrorText+9), MaxErrorText - 4}, // not UTF-8 at all
	} {
		e := Error{Text: c.text}
		b := e.Append(nil)
		if len(b) != headerLen+errorFixed+c.keep || len(b) != e.Len() {
			t.Errorf("%d bytes of text kept as %d, Len %d; want %d", len(c.text), len(b)-headerLen-errorFixed, e.Len(), c.keep)
		}
	}
	for err, want := range map[Error]string{
		{Code: ErrorSlow, Text: "subscribe again"}: "engine hop: too slow: subscribe again",
		{Code: errorEnd, Text: "news"}:             "engine hop: error ?: news",
	} {
		if got := error(err).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAppendRefusesUnknownKinds(t *testing.T) {
	for name, f := range map[string]func(){
		"event": func() { Event{Kind: eventEnd}.Append(nil) },
		"input": func() { (&Input{Kind: inputEnd}).Append(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("appended what no parser reads")
				}
			}()
			f()
		})
	}
}

func TestTypesHaveNames(t *testing.T) {
	seen := map[string]Type{}
	for typ := TypeHello; typ < typeEnd; typ++ {
		if !typ.known() {
			continue
		}
		name := fmt.Sprint(typ)
		if other, twice := seen[name]; twice || name == "" || strings.Contains(name, "?") {
			t.Errorf("type %d is called %q, as is %d", uint8(typ), name, uint8(other))
		}
		seen[name] = typ
	}
	for _, typ := range []Type{0, typeEnd, 255} {
		if typ.String() != "frame ?" {
			t.Errorf("type %d is called %q", uint8(typ), typ)
		}
	}
}

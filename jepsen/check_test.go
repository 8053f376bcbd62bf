package jepsen

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// clock: rounds of 100 ticks, a player may be expired after 300 ticks.
var clock = Clock{RoundTicks: 100, IdleTicks: 300}

func at(tick codec.Tick) Moment { return Moment{1, tick} }

// sound is a history with a kill in it: move 3 was applied, not durable, and is
// undone; move 4 was on its way.
func sound() []Op {
	return []Op{
		{Kind: Joined, Seq: 0, Node: 10, At: at(1)},
		{Kind: Tried, Seq: 1, Node: 11},
		{Kind: Replied, Seq: 1, Node: 11, At: at(3)},
		{Kind: Durable, Seq: 1, At: at(3)},
		{Kind: Tried, Seq: 2, Node: 12},
		{Kind: Rejected, Seq: 1, Node: 11, At: at(4)},
		{Kind: Tried, Seq: 2, Node: 13},
		{Kind: Replied, Seq: 2, Node: 13, At: at(5)},
		{Kind: Tried, Seq: 3, Node: 14},
		{Kind: Durable, Seq: 2, At: at(6)},
		{Kind: Replied, Seq: 3, Node: 14, At: at(7)},
		{Kind: Tried, Seq: 4, Node: 15},
		{Kind: Killed},
		{Kind: Joined, Seq: 2, Node: 13, At: at(8)},
		{Kind: Tried, Seq: 3, Node: 16},
		{Kind: Replied, Seq: 3, Node: 16, At: at(9)},
		{Kind: Durable, Seq: 3, At: at(9)},
	}
}

func TestCheckMoves(t *testing.T) {
	const (
		reply1, durable1, rejected, durable2, reply3, rejoin, durable3 = 2, 3, 5, 9, 10, 13, 16
	)
	for _, c := range []struct {
		name  string
		plant func(ops []Op) []Op
		want  string // part of the one violation; empty: none
	}{
		{"sound", nil, ""},
		{"the last applied move survives", func(ops []Op) []Op { ops[rejoin].Seq, ops[rejoin].Node = 3, 14; return ops[:rejoin+1] }, ""},
		{"the move on its way was applied", func(ops []Op) []Op { ops[rejoin].Seq, ops[rejoin].Node = 4, 15; return ops[:rejoin+1] }, ""},
		{"moved back past a durable move", func(ops []Op) []Op { ops[rejoin].Seq, ops[rejoin].Node = 1, 11; return ops[:rejoin+1] }, "moved back to its move 1"},
		{"another node after the same move", func(ops []Op) []Op { ops[rejoin].Node = 14; return ops }, "led to node 13"},
		{"a copy is applied after another was rejected", func(ops []Op) []Op {
			return append(ops[:rejected+1], Op{Kind: Replied, Seq: 2, Node: 12, At: at(5)}, Op{Kind: Durable, Seq: 2, At: at(6)})
		}, ""},
		{"a copy that died with the process is applied", func(ops []Op) []Op {
			return append(ops[:rejoin+1], Op{Kind: Replied, Seq: 3, Node: 14, At: at(9)})
		}, "stands on node 14"},
		{"expired", func(ops []Op) []Op {
			return append(ops, Op{Kind: Joined, Seq: 0, Node: 30, At: Moment{4, 9}}, Op{Kind: Tried, Seq: 1, Node: 31}, Op{Kind: Replied, Seq: 1, Node: 31, At: Moment{4, 10}})
		}, ""},
		{"begun again before it could be expired", func(ops []Op) []Op {
			return append(ops, Op{Kind: Joined, Seq: 0, Node: 30, At: Moment{4, 8}})
		}, "moved back to its move 0"},
		{"a reply from another node", func(ops []Op) []Op { ops[reply1].Node = 9; return ops[:reply1+1] }, "stands on node 9"},
		{"a move never made", func(ops []Op) []Op { ops[rejoin].Seq, ops[rejoin].Node = 5, 16; return ops[:rejoin+1] }, "after its move 5, which it never made"},
		{"a node that an undone move led to", func(ops []Op) []Op {
			return append(ops, Op{Kind: Killed}, Op{Kind: Joined, Seq: 3, Node: 14, At: at(10)})
		}, "its move 3 led to node 16"},
		{"back without a kill", func(ops []Op) []Op {
			return append(ops[:reply3+1], Op{Kind: Rejected, Seq: 2, Node: 13, At: at(8)})
		}, "without a restart"},
		{"a lost player that starts anew", func(ops []Op) []Op { ops[rejoin].Seq, ops[rejoin].Node = 0, 10; return ops[:rejoin+1] }, "moved back to its move 0"},
		{"the durable move goes back", func(ops []Op) []Op { ops[durable3].Seq = 1; ops[durable3].At = at(8); return ops }, "goes back from 2 to 1"},
		{"durable before it was made", func(ops []Op) []Op { ops[durable1].Seq = 2; return ops[:durable1+1] }, "the last one made is 1"},
		{"durable leaves a reply out", func(ops []Op) []Op { ops[durable2].Seq = 1; return ops[:durable2+1] }, "move 2 was applied at round 1, tick 5"},
		{"an answer's tick is durable, its move is undone", func(ops []Op) []Op {
			ops[durable2].At = at(4) // says nothing of move 2
			ops[durable2].Seq = 1
			ops[rejoin].Seq, ops[rejoin].Node = 1, 11
			return ops[:rejoin+1]
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ops := sound()
			if c.plant != nil {
				ops = c.plant(ops)
			}
			expect(t, CheckMoves(clock, []History{{Player: 7, Ops: ops}}), c.want)
		})
	}
	if n := DurableMoves([]History{{Ops: sound()}, {Ops: sound()[:rejected]}}); n != 3+1 {
		t.Errorf("%d durable moves, want 4", n)
	}
}

func TestCheckGrants(t *testing.T) {
	claim := Claim{Round: 2, Treasure: 40}
	mine := Grant{Claim: claim, Player: 7, Node: 5, Tick: 90}
	id := EventID{Partition: 3, Index: codec.Index{Round: 2, Seq: 80}, Ordinal: 1}
	otherID, theirs := id, mine
	otherID.Index.Seq, theirs.Player = 81, 8
	received := Op{Kind: Received, Grant: mine}
	announced := Op{Kind: Announced, Grant: mine, Event: id, Score: 4}
	another := Grant{Claim: Claim{2, 41}, Player: 7, Node: 6, Tick: 95}
	for _, c := range []struct {
		name string
		a, b []Op // of players 7 and 8
		want string
	}{
		{"sound, told again after a kill",
			[]Op{received, announced, {Kind: Killed}, received, announced},
			[]Op{announced, {Kind: Killed}, announced, {Kind: Ended, At: Moment{Round: 2}, Grants: 1}}, ""},
		{"the same treasure in another round", []Op{received},
			[]Op{{Kind: Received, Grant: Grant{Claim: Claim{3, 40}, Player: 8, Node: 5, Tick: 90}}}, ""},
		{"two receipts", []Op{received}, []Op{{Kind: Received, Grant: theirs}}, "granted to 0000000000000007"},
		{"another holder after the kill", []Op{received, {Kind: Killed}},
			[]Op{{Kind: Killed}, {Kind: Announced, Grant: theirs, Event: otherID, Score: 1}}, "granted to 0000000000000007"},
		{"granted twice to the same", []Op{announced}, []Op{{Kind: Announced, Grant: mine, Event: otherID, Score: 4}}, "by two events"},
		{"told twice", []Op{received, received}, nil, "told twice"},
		{"told of another's", []Op{{Kind: Received, Grant: theirs}}, nil, "granted to 0000000000000008"},
		{"a score that begins anew", []Op{announced, {Kind: Announced, Grant: another, Event: otherID, Score: 4}}, nil, "gets score 4 by"},
		{"forgotten by the round", []Op{received}, []Op{{Kind: Ended, At: Moment{Round: 2}, Grants: 0}}, "ended with 0 grants, 1 were seen"},
		{"ended twice", []Op{{Kind: Ended, At: Moment{Round: 2}, Grants: 3}}, []Op{{Kind: Ended, At: Moment{Round: 2}, Grants: 4}}, "and with"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, CheckGrants([]History{{Player: 7, Ops: c.a}, {Player: 8, Ops: c.b}}), c.want)
		})
	}
}

func TestStore(t *testing.T) {
	want := []History{{Player: 1<<63 + 7, Ops: sound()}, {Player: 8, Ops: []Op{{Kind: Received, Grant: Grant{Claim: Claim{2, 40}, Player: 8}}}}}
	path := filepath.Join(t.TempDir(), "histories.json")
	must(t, WriteHistories(path, want))
	got, err := ReadHistories(path)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("stored %v, read %v", want, got)
	}
}

func expect(t *testing.T, got []Violation, want string) {
	t.Helper()
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("a sound history: %v", got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0].String(), want)):
		t.Errorf("got %v, want one violation: ...%s...", got, want)
	}
}

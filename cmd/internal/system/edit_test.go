package system

import (
	"reflect"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

func TestParseEdit(t *testing.T) {
	at := codec.Index{Round: 3, Seq: 140}
	for _, c := range []struct {
		text string
		want *Edit // nil: it is none
	}{
		{"drop:2:3/140#1", &Edit{2, actor.Edit{Kind: actor.EditDrop, At: at, Input: 1}}},
		{"drop:2:3/140", &Edit{2, actor.Edit{Kind: actor.EditDrop, At: at}}},
		{"set:0:3/140#7:move,18446744073709551615,5,9", &Edit{0, actor.Edit{Kind: actor.EditSet, At: at, Input: 7,
			New: codec.Input{Kind: codec.InputMove, Player: 1<<64 - 1, Seq: 5, Edge: 9}}}},
		{"insert:0:3/140#7:weight,5,4294967295", &Edit{0, actor.Edit{Kind: actor.EditInsert, At: at, Input: 7,
			New: codec.Input{Kind: codec.InputWeight, Edge: 5, Weight: codec.Blocked}}}},
		{"insert:0:3/140#7:join,5,Ada,0", &Edit{0, actor.Edit{Kind: actor.EditInsert, At: at, Input: 7,
			New: codec.Input{Kind: codec.InputJoin, Player: 5, Name: codec.NameOf("Ada")}}}},
		{"insert:0:3/140#7:leave,5", &Edit{0, actor.Edit{Kind: actor.EditInsert, At: at, Input: 7, New: codec.Input{Kind: codec.InputLeave, Player: 5}}}},
		{"", nil},
		{"drop", nil},
		{"drop:2", nil},
		{"lose:2:3/140#1", nil},
		{"drop:2:3/140#0", nil},
		{"drop:2:3/140#", nil},
		{"drop:2:3#1", nil},
		{"drop:-1:3/140#1", nil},
		{"drop:65536:3/140#1", nil},
		{"drop:2:3/140#1:leave,5", nil},
		{"set:2:3/140#1", nil},
		{"set:2:3/140:leave,5", nil},
		{"set:2:3/140#1:leave", nil},
		{"set:2:3/140#1:leave,5,6", nil},
		{"set:2:3/140#1:fly,5", nil},
		{"set:2:3/140#1:move,5,1,x", nil},
	} {
		got, err := ParseEdit(c.text)
		if (err == nil) != (c.want != nil) || c.want != nil && !reflect.DeepEqual(got, *c.want) {
			t.Errorf("%q: %+v, %v; want %+v", c.text, got, err, c.want)
		}
	}
}

package system

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// Edit is one change to the journal of one partition.
type Edit struct {
	Partition codec.PartitionID
	actor.Edit
}

// EditSyntax is how an edit is written.
const EditSyntax = "drop:P:R/S#N, set:P:R/S#N:INPUT or insert:P:R/S#N:INPUT: partition, index of the record, number of the input in it from 1 " +
	"(drop:P:R/S drops all of a record's); INPUT is move,PLAYER,SEQ,EDGE, join,PLAYER,NAME,GOAL, leave,PLAYER or weight,EDGE,WEIGHT"

var errEdit = errors.New("want " + EditSyntax)

// ParseEdit reads an edit.
func ParseEdit(s string) (e Edit, err error) {
	parts := strings.SplitN(s, ":", 4)
	kinds := map[string]actor.EditKind{"drop": actor.EditDrop, "set": actor.EditSet, "insert": actor.EditInsert}
	if e.Kind = kinds[parts[0]]; e.Kind == actor.EditNothing || len(parts) < 3 || (len(parts) == 4) == (e.Kind == actor.EditDrop) {
		return e, errEdit
	}
	var n numbers
	e.Partition = codec.PartitionID(n.read(parts[1], 16))
	index, input, one := strings.Cut(parts[2], "#")
	round, seq, _ := strings.Cut(index, "/")
	e.At = codec.Index{Round: codec.Round(n.read(round, 32)), Seq: n.read(seq, 64)}
	if one {
		e.Input = int(n.read(input, 16))
	}
	if n.wrong || e.Input == 0 && (one || e.Kind != actor.EditDrop) {
		return e, errEdit
	}
	if e.Kind != actor.EditDrop {
		e.New, err = parseInput(parts[3])
	}
	return e, err
}

// parseInput reads what a game may ask of a partition.
func parseInput(s string) (in codec.Input, err error) {
	words := strings.Split(s, ",")
	var n numbers
	switch {
	case words[0] == "move" && len(words) == 4:
		in = codec.Input{
			Kind: codec.InputMove, Player: codec.PlayerID(n.read(words[1], 64)),
			Seq: codec.MoveSeq(n.read(words[2], 32)), Edge: codec.EdgeID(n.read(words[3], 32)),
		}
	case words[0] == "join" && len(words) == 4:
		in = codec.Input{
			Kind: codec.InputJoin, Player: codec.PlayerID(n.read(words[1], 64)),
			Name: codec.NameOf(words[2]), Goal: codec.GoalID(n.read(words[3], 8)),
		}
	case words[0] == "leave" && len(words) == 2:
		in = codec.Input{Kind: codec.InputLeave, Player: codec.PlayerID(n.read(words[1], 64))}
	case words[0] == "weight" && len(words) == 3:
		in = codec.Input{Kind: codec.InputWeight, Edge: codec.EdgeID(n.read(words[1], 32)), Weight: codec.Weight(n.read(words[2], 32))}
	default:
		n.wrong = true
	}
	if n.wrong {
		return in, errEdit
	}
	return in, nil
}

// numbers reads some and remembers whether any was wrong.
type numbers struct{ wrong bool }

func (n *numbers) read(s string, bits int) uint64 {
	v, err := strconv.ParseUint(s, 10, bits)
	n.wrong = n.wrong || err != nil
	return v
}

// Rerun is a range of a hunt's journals that was applied again.
type Rerun struct {
	From     string     `json:"from"`
	To       string     `json:"to"`
	Edit     string     `json:"edit,omitempty"`
	First    string     `json:"first_difference"` // the first tick after which any state differs; empty: there is none
	Branches []RerunRow `json:"branches"`
}

// RerunRow is one partition of it.
type RerunRow struct {
	Partition codec.PartitionID `json:"partition"`
	Records   int               `json:"records"`
	Inputs    int               `json:"inputs"`
	Ticks     int               `json:"ticks"`
	Refused   int               `json:"refused"` // inputs that the branch's state did not take
	First     string            `json:"first_difference"`
	Differing int               `json:"differing_ticks"`
	State     string            `json:"state_hash"`  // of the journal as it is
	Branch    string            `json:"branch_hash"` // of the branch
	Edges     int               `json:"edges"`       // that differ at the end
	Players   int               `json:"players"`
}

// RunAgain applies a range of a stopped hunt's journals again, beside the journal
// as it is, and compares after every tick: with an edit its partition only, for the
// others' inputs stay as they are; without, all.
func RunAgain(ctx context.Context, s *Store, from, to codec.Cut, edit *Edit) (Rerun, error) {
	r := Rerun{From: from.String(), To: to.String(), Branches: []RerunRow{}}
	if edit != nil && int(edit.Partition) >= s.Folder.World.Partitions() {
		return r, fmt.Errorf("partition %d: the hunt has %d", edit.Partition, s.Folder.World.Partitions())
	}
	first := codec.Cut{}
	for p := range codec.PartitionID(s.Folder.World.Partitions()) {
		var change actor.Edit
		if edit != nil {
			if edit.Partition != p {
				continue
			}
			change = edit.Edit
		}
		b, err := branchOf(ctx, s, p, from, to, change)
		if err != nil {
			return r, err
		}
		row := RerunRow{
			Partition: p, Records: b.Records, Inputs: b.Inputs, Ticks: b.Ticks, Refused: b.Refused, Differing: b.Differing,
			State: fmt.Sprintf("%016x", b.State), Branch: fmt.Sprintf("%016x", b.Branch), Edges: b.Edges, Players: b.Players,
		}
		if b.First != (codec.Cut{}) {
			row.First = b.First.String()
			if first == (codec.Cut{}) || b.First.Compare(first) < 0 {
				first, r.First = b.First, row.First
			}
		}
		r.Branches = append(r.Branches, row)
	}
	return r, nil
}

// branchOf replays one partition and gives the memory back.
func branchOf(ctx context.Context, s *Store, p codec.PartitionID, from, to codec.Cut, edit actor.Edit) (b actor.Branching, err error) {
	var mem []byte
	defer func() { err = errors.Join(err, unmap(mem)) }()
	return actor.Branch(ctx, ReplayOf(s, p, &mem), from, to, edit)
}

package actor

import (
	"context"
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// EditKind is what an edit does to a journal's inputs.
type EditKind uint8

const (
	EditNothing EditKind = iota
	EditDrop
	EditSet
	EditInsert // before the input that is named
)

// Edit changes one input of a journal, for a branch of what would have been. The
// boundaries of its record pass all the same.
type Edit struct {
	Kind  EditKind
	At    codec.Index // the record
	Input int         // which of its inputs that are no boundaries, from 1; 0: all of them (EditDrop)
	New   codec.Input // of EditSet and EditInsert
}

// ErrEdit says that a journal's range does not hold what is to be edited.
var ErrEdit = errors.New("the range has no such input to edit")

// Branching is how a branch compares with the journal that it was made from.
type Branching struct {
	Records, Inputs int
	Ticks           int       // compared
	Refused         int       // inputs of the journal that the branch's state does not take
	First           codec.Cut // the first tick after which the states differ; zero: there is none
	Differing       int       // ticks after which they do
	State, Branch   uint64    // at the end
	Edges, Players  int       // that differ at the end
}

// Branch replays a range of a journal twice, in two cores that begin with the
// state right after from: as it is, with every hash checked, and with one edit. It
// compares the states after every tick up to to. A replay of the range alone
// (EditNothing) must find no difference.
func Branch(ctx context.Context, cfg ReplayConfig, from, to codec.Cut, edit Edit) (b Branching, err error) {
	cfg.Release, cfg.Marks = nil, nil
	past := cfg
	past.From, past.To = 0, from
	h, err := Replay(ctx, past)
	if err != nil {
		return b, fmt.Errorf("find the state at %v: %w", from, err)
	}
	build, free := cfg.Second()
	defer func() { err = errors.Join(err, free()) }()
	twin, err := build(h.Core.Rules())
	if err == nil {
		err = twin.Restore(h.Core.AppendSnapshot(nil))
	}
	if err != nil {
		return b, fmt.Errorf("branch partition %d off at %v: %w", cfg.Partition, from, err)
	}
	e := &editor{Branching: &b, replayer: &replayer{cfg: cfg, ctx: ctx, History: History{Core: h.Core}}, branch: twin, from: from, to: to, edit: edit}
	if err := e.run(ctx); err != nil {
		return b, err
	}
	if edit.Kind != EditNothing && !e.edited {
		return b, fmt.Errorf("partition %d, index %v, input %d: %w", cfg.Partition, edit.At, edit.Input, ErrEdit)
	}
	e.compare()
	return b, nil
}

// editor walks both cores through a range.
type editor struct {
	*Branching
	*replayer // of the journal as it is
	branch    *partition.Core
	from, to  codec.Cut
	edit      Edit
	edited    bool
	there     bool // the range ends here
}

func (e *editor) run(ctx context.Context) error {
	for round := e.from.Round; round <= e.to.Round; round++ {
		if _, ok, err := e.cfg.Journal.Last(ctx, round); err != nil || !ok {
			if err != nil {
				return err
			}
			break
		}
		err := e.cfg.Journal.Read(ctx, round, 1, func(seq uint64, record []byte) error {
			at := codec.Index{Round: round, Seq: seq}
			err := e.record(at, record)
			if err != nil && !errors.Is(err, errThere) {
				return e.wrong(at, err)
			}
			return err
		})
		if errors.Is(err, errThere) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("partition %d: %w: it ends at %v, before %v", e.cfg.Partition, ErrMissing, e.now(), e.to)
}

func (e *editor) now() codec.Cut { return codec.Cut{Round: e.Core.Round(), Tick: e.Core.TickNow()} }

// record applies one record to both, if it is of the range.
func (e *editor) record(at codec.Index, record []byte) error {
	h, body, err := codec.ParseRecord(record)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	var last codec.Tick
	switch {
	case h.Kind == codec.RecordBase && at.Round > e.Core.Round():
		base, err := e.cfg.base(body)
		if err != nil {
			return err
		}
		if !e.Core.RoundOver() {
			return ErrChain
		}
		e.Core.BeginRound(at.Round, base.Seed)
		e.branch.BeginRound(at.Round, base.Seed)
		e.tick()
	case h.Kind == codec.RecordTicks:
		if last, err = e.inputs(at, body); err != nil {
			return err
		}
		if last <= e.from.Tick && at.Round == e.from.Round {
			return nil
		}
	default:
		return nil
	}
	e.Branching.Records++
	if e.Core.TickNow() == last && e.Core.Hash() != h.State {
		return fmt.Errorf("%w: %016x after the record, %016x in it", ErrState, e.Core.Hash(), h.State)
	}
	if e.there {
		return errThere
	}
	return nil
}

// inputs applies the inputs of a record that come after where the cores stand, as
// far as the range goes, and returns the record's last tick.
func (e *editor) inputs(at codec.Index, body []byte) (last codec.Tick, err error) {
	first, last, inputs, err := codec.ParseTicks(body)
	if err != nil {
		return last, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	next, n := first, 0 // the boundary that comes next, and how many inputs came
	var in codec.Input
	for len(inputs) > 0 && !e.there {
		if inputs, err = codec.ParseInput(inputs, &in); err != nil {
			return last, fmt.Errorf("%w: %w", ErrRecord, err)
		}
		boundaries := codec.Tick(in.Count)
		if in.Kind == codec.InputRolledBack {
			boundaries = 1
		}
		if boundaries == 0 {
			if n++; next > e.Core.TickNow() {
				if err := e.input(at, n, &in); err != nil {
					return last, err
				}
			}
			continue
		}
		for ; boundaries > 0 && !e.there; boundaries-- {
			if next++; next-1 <= e.Core.TickNow() {
				continue
			}
			if err := e.boundary(&in); err != nil {
				return last, err
			}
		}
	}
	return last, nil
}

// input applies an input to the journal's core, and what the edit makes of it to the branch.
func (e *editor) input(at codec.Index, n int, in *codec.Input) error {
	e.Inputs++
	if code := e.Core.Step(in); code != codec.CodeOK {
		return fmt.Errorf("%w: %v", ErrInput, code)
	}
	if here := e.edit.At == at && (e.edit.Input == n || e.edit.Input == 0); here && e.edit.Kind != EditNothing {
		e.edited = true
		if e.edit.Kind != EditDrop {
			e.step(&e.edit.New)
		}
		if e.edit.Kind != EditInsert {
			return nil
		}
	}
	e.step(in)
	return nil
}

func (e *editor) step(in *codec.Input) {
	if e.branch.Step(in) != codec.CodeOK {
		e.Refused++
	}
}

// boundary passes one in both cores.
func (e *editor) boundary(in *codec.Input) error {
	if e.Core.RoundOver() {
		return fmt.Errorf("%w: a tick after the round's end", ErrChain)
	}
	if in.Kind == codec.InputTicks {
		e.Core.Tick()
		e.branch.Tick()
		e.tick()
		return nil
	}
	image, err := e.image(in)
	if err != nil {
		return err
	}
	if code := e.Core.Rollback(image); code != codec.CodeOK {
		return fmt.Errorf("%w: %v", ErrRollback, code)
	}
	for e.Core.Announce() { // nobody is told
	}
	if e.branch.Rollback(image) != codec.CodeOK { // somebody is under way on the branch
		e.Refused++
		e.branch.Tick()
	}
	for e.branch.Announce() {
	}
	e.tick()
	return nil
}

// tick compares the states right after a boundary.
func (e *editor) tick() {
	e.Ticks++
	if e.Core.Hash() != e.branch.Hash() {
		if e.Differing++; e.First == (codec.Cut{}) {
			e.First = e.now()
		}
	}
	e.there = e.now().Compare(e.to) >= 0
}

// compare counts what differs at the end.
func (e *editor) compare() {
	e.State, e.Branch = e.Core.Hash(), e.branch.Hash()
	topo := e.Core.Topology()
	for i := range topo.Head {
		if id := topo.FirstEdge + codec.EdgeID(i); e.Core.Edge(nil, id) != e.branch.Edge(nil, id) {
			e.Edges++
		}
	}
	e.Players = len(differ(playersOf(e.Core), playersOf(e.branch), playerID, pairPlayers))
}

func playersOf(c *partition.Core) (list []partition.PlayerState) {
	c.EachPlayer(nil, func(p partition.PlayerState) { list = append(list, p) })
	return list
}

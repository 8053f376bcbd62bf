package scenario

import (
	"errors"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/partition/world"
)

// engine is a core over a world of one partition.
type engine struct {
	*partition.Core
	mem     []byte
	ordered bool // weights that no boundary has seen
}

func start(w *world.World) (*engine, error) {
	topo := partition.Topology(w.Part(0))
	rules := partition.DefaultRules()
	rules.Treasures, rules.OpenAtStart = 0, 0 // the map needs no room for them
	rules.RefreshTicks = 1                    // what is set is in the cut a tick later
	size, err := partition.WholeSize(&topo, rules)
	if err != nil {
		return nil, err
	}
	mem, err := offheap.Map(size)
	if err != nil {
		return nil, err
	}
	core, err := partition.New(topo, rules, mem, new(partition.Arena))
	if err != nil {
		return nil, errors.Join(err, offheap.Unmap(mem))
	}
	core.Build()
	return &engine{Core: core, mem: mem}, nil
}

// startLive starts an engine whose weights may be set. It leads nobody, so that
// searches follow only when Build says so: all that a patch changes at once,
// however many boundaries that takes.
func startLive(w *world.World) (*engine, error) {
	e, err := start(w)
	if err == nil {
		e.BeginRound(1, codec.Seed{})
	}
	return e, err
}

// set orders an edge's weight, over as many boundaries as the partition needs.
func (e *engine) set(edge codec.EdgeID, weight codec.Weight) {
	in := codec.Input{Kind: codec.InputWeight, Edge: edge, Weight: weight}
	for code := e.Step(&in); code != codec.CodeOK; code = e.Step(&in) {
		if code != codec.CodeNotNow {
			panic("scenario: the engine refuses to block an edge: " + code.String())
		}
		e.pass()
	}
	e.ordered = true
}

// pass passes a boundary, at which weights change and searches see them.
func (e *engine) pass() {
	e.Tick()
	if e.RoundOver() {
		e.BeginRound(e.Round()+1, codec.Seed{})
	}
	e.ordered = false
}

func (e *engine) stop() error { return offheap.Unmap(e.mem) }

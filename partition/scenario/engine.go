package scenario

import (
	"errors"

	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/partition/world"
)

// engine is a core over a world of one partition.
type engine struct {
	*partition.Core
	mem []byte
}

func start(w *world.World) (*engine, error) {
	topo := partition.Topology(w.Part(0))
	rules := partition.DefaultRules()
	rules.Treasures, rules.OpenAtStart = 0, 0 // the map needs no room for them
	size, err := partition.WholeSize(&topo)
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
	return &engine{core, mem}, nil
}

func (e *engine) stop() error { return offheap.Unmap(e.mem) }

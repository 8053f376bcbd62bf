package system

import (
	"errors"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/overlay"
	"github.com/huntgraph/huntgraph/partition/world"
)

// CutWorld builds the world of a graph, of partitions that a node can play under
// the rules. Partitions of 0 are as many as the graph needs.
func CutWorld(g *world.Graph, partitions int, rules codec.Rules, watch world.Watch) (*world.World, error) {
	asked := partitions != 0
	if !asked {
		partitions = world.PartitionsFor(len(g.Head))
	}
	for try := 1; ; try++ {
		w, err := (&world.Builder{Watch: watch}).Build(g, partitions)
		if err != nil {
			return nil, err
		}
		err = Playable(w, rules)
		if err == nil || asked || try == cutTries || !errors.As(err, new(*partition.SizeError)) && !errors.Is(err, overlay.ErrBorder) {
			return w, err
		}
		partitions += 1 + partitions/8
	}
}

// Playable refuses a world of which a node could not play some partition under the rules.
func Playable(w *world.World, rules codec.Rules) error {
	for p := range w.Partitions() {
		topo := partition.Topology(w.Part(codec.PartitionID(p)))
		if err := partition.Check(&topo, rules); err != nil {
			return world.Refuse("world %q: partition %d of %d: %w", w.Name, p, w.Partitions(), err)
		}
	}
	return nil
}

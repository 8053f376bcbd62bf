package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/partition/overlay"
	"github.com/huntgraph/huntgraph/partition/world"
)

// terrain is a map as one search hierarchy, whatever its size: the bound on a
// shard does not hold here, so that a map is comparable to published figures.
type terrain struct {
	*overlay.Overlay
	search overlay.Search
	rng    *rand.Rand
	rest   []uint32 // the nodes that the others do not reach, or not both ways
	bytes  int      // all that a shard of this size would hold
	build  time.Duration
	mem    []byte
}

// congestion is how the benchmarks raise weights: a third of the edges, by 1 to 8 levels.
func congestion(rng *rand.Rand) uint8 {
	if rng.IntN(3) > 0 {
		return 0
	}
	return uint8(1 + rng.IntN(8))
}

// loadTerrain builds the hierarchy of a Moving AI map with random congestion.
func loadTerrain(path string, seed uint64) (*terrain, error) {
	grid, err := world.ReadMap(path)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	w, err := world.Build(grid.Graph(), 1)
	if err != nil {
		return nil, err
	}
	piece := w.Part(0)
	shape, err := overlay.Measure(overlay.Graph{
		First: piece.First, Head: piece.Head, Base: piece.Base, Cells: piece.Cells,
		Shift: partition.DefaultRules().LevelShift,
	})
	if err != nil {
		return nil, fmt.Errorf("the cells of %s: %w", path, err)
	}
	t := &terrain{rest: piece.Rest, rng: rand.New(rand.NewPCG(seed, 3))}
	t.search.Init(new(overlay.Memory))
	size := shape.Size(2)
	if t.mem, err = offheap.Map(size); err != nil {
		return nil, err
	}
	if t.Overlay, err = overlay.New(shape, 2, t.mem); err != nil {
		return nil, errors.Join(err, t.close())
	}
	t.Rebuild(&t.search, func(uint32) uint8 { return congestion(t.rng) })
	t.build = time.Since(began)
	t.bytes = size + partition.StateSize(w.Nodes(), w.Edges()) + 4*(len(piece.First)+len(piece.Head)+len(piece.Base)+len(piece.Cells))
	return t, nil
}

func (t *terrain) close() error { return offheap.Unmap(t.mem) }

func (t *terrain) bytesPerEdge() float64 { return float64(t.bytes) / float64(len(t.Head)) }

// node draws one of the main part.
func (t *terrain) node() uint32 {
	for {
		v := t.rng.Uint32N(uint32(len(t.First) - 1))
		if _, outside := slices.BinarySearch(t.rest, v); !outside {
			return v
		}
	}
}

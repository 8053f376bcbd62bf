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
	world  *world.World
}

// congestion is how the benchmarks raise weights: a third of the edges, by 1 to 8 levels.
func congestion(rng *rand.Rand) uint8 {
	if rng.IntN(3) > 0 {
		return 0
	}
	return uint8(1 + rng.IntN(8))
}

// Ground says what a benchmark of searches runs on.
type Ground struct {
	Map   string // a Moving AI .map file, as one piece
	World string // else a .world file: its first partition, without the edges that leave it
}

// piece is the ground's graph, without borders. What it returns is to be closed.
func (g Ground) piece() (world.Piece, *world.World, error) {
	if g.World == "" {
		grid, err := world.ReadMap(g.Map)
		if err != nil {
			return world.Piece{}, nil, err
		}
		w, err := world.Build(grid.Graph(), 1)
		if err != nil {
			return world.Piece{}, nil, err
		}
		return w.Part(0), w, nil
	}
	w, err := world.Open(g.World)
	if err != nil {
		return world.Piece{}, nil, err
	}
	p := w.Part(0)
	alone := p
	n := uint32(len(p.First) - 1)
	alone.First, alone.Head, alone.Base = make([]uint32, 1, n+1), make([]uint32, 0, len(p.Head)), make([]uint32, 0, len(p.Base))
	for v := range n {
		for e := p.First[v]; e < p.First[v+1]; e++ {
			if h := p.Head[e]; h < n {
				alone.Head, alone.Base = append(alone.Head, h), append(alone.Base, p.Base[e])
			}
		}
		alone.First = append(alone.First, uint32(len(alone.Head)))
	}
	return alone, w, nil
}

// loadTerrain builds the hierarchy of a ground with random congestion.
func loadTerrain(g Ground, seed uint64) (*terrain, error) {
	began := time.Now()
	piece, w, err := g.piece()
	if err != nil {
		return nil, err
	}
	shape, err := overlay.Measure(overlay.Graph{
		First: piece.First, Head: piece.Head, Base: piece.Base, Cells: piece.Cells,
		Shift: partition.DefaultRules().LevelShift,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the cells of %s%s: %w", g.Map, g.World, err), w.Close())
	}
	t := &terrain{world: w, rest: piece.Rest, rng: rand.New(rand.NewPCG(seed, 3))}
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
	t.bytes = size + partition.StateSize(len(piece.First)-1) + 4*(len(piece.First)+len(piece.Head)+len(piece.Base)+len(piece.Cells))
	return t, nil
}

func (t *terrain) close() error { return errors.Join(offheap.Unmap(t.mem), t.world.Close()) }

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

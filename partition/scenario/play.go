package scenario

import (
	"context"
	"errors"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world"
)

// Play plays a scenario whose map changes between its queries. done, if not
// nil, is called after each step.
func Play(ctx context.Context, d *world.Dynamic, done func()) (Report, error) {
	g := &rebuilt{grid: world.Grid{Name: "dynamic", Width: d.Width, Height: d.Height, Open: make([]bool, d.Width*d.Height)}}
	for i := range g.grid.Open {
		g.grid.Open[i] = true
	}
	t, patches, err := play(ctx, d, g, done)
	if err = errors.Join(err, g.stop()); err != nil {
		return Report{}, err
	}
	r := t.report(g.world)
	r.Patches = patches
	return r, nil
}

// ground is a map that changes, in the engine.
type ground interface {
	// patch overwrites cells from column x and row y on.
	patch(p *world.Grid, x, y int)
	// settle brings the changes to the engine.
	settle() error
	// distance answers a query on the map as last settled.
	distance(q *world.Scenario) codec.Distance
}

func play(ctx context.Context, d *world.Dynamic, on ground, done func()) (t tally, patches int, err error) {
	if err := on.settle(); err != nil {
		return t, 0, err
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		if err := ctx.Err(); err != nil {
			return t, patches, err
		}
		if s.Patch >= 0 {
			on.patch(d.Patches[s.Patch], s.AtX, s.AtY)
			patches++
		} else if err := on.settle(); err != nil {
			return t, patches, err
		} else {
			began := time.Now()
			length := on.distance(&s.Query)
			t.add(time.Since(began), length, judge(&s.Query, length))
		}
		if done != nil {
			done()
		}
	}
	return t, patches, nil
}

// rebuilt is a ground that makes a world and a core anew after changes.
type rebuilt struct {
	grid    world.Grid
	world   *world.World
	cells   *world.Cells
	engine  *engine
	changed bool
}

func (g *rebuilt) patch(p *world.Grid, x, y int) {
	for row := range p.Height {
		at := (y+row)*g.grid.Width + x
		copy(g.grid.Open[at:at+p.Width], p.Open[row*p.Width:])
	}
	g.changed = true
}

func (g *rebuilt) settle() (err error) {
	if g.engine != nil && !g.changed {
		return nil
	}
	if err := g.stop(); err != nil {
		return err
	}
	if g.world, err = world.Build(g.grid.Graph(), 1); err != nil {
		return err
	}
	g.cells, g.changed = g.world.Cells(), false
	g.engine, err = start(g.world)
	return err
}

func (g *rebuilt) distance(q *world.Scenario) codec.Distance {
	from, to, ok := find(g.cells, q)
	if !ok {
		return codec.Unreachable
	}
	return g.engine.Distance(from, to)
}

func (g *rebuilt) stop() error {
	if g.engine == nil {
		return nil
	}
	e := g.engine
	g.engine = nil
	return e.stop()
}

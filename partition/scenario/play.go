package scenario

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/world"
)

// Play plays a scenario whose map changes between its queries: on one core, as
// the weights that a game server sets. done, if not nil, is called after each step.
func Play(ctx context.Context, d *world.Dynamic, done func()) (r Report, err error) {
	g, err := newGround(d)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, g.engine.stop()) }()
	var t tally
	patches := 0
	for i := range d.Steps {
		s := &d.Steps[i]
		if err := ctx.Err(); err != nil {
			return r, err
		}
		began := time.Now()
		if s.Patch >= 0 {
			g.patch(d.Patches[s.Patch], s.AtX, s.AtY)
			patches++
			g.took += time.Since(began)
		} else {
			g.settle()
			g.took += time.Since(began)
			began = time.Now()
			length := g.distance(&s.Query)
			t.add(time.Since(began), length, judge(&s.Query, length))
		}
		if done != nil {
			done()
		}
	}
	r = t.report(g.world)
	r.Patches, r.Changes = patches, g.changes
	r.ChangeUS = float64(g.took) / float64(time.Microsecond) / float64(max(g.changes, 1))
	return r, nil
}

// ground is a map that changes. Its world has every cell that is walkable at any
// query, and the edges that lead over a cell that is not are blocked.
type ground struct {
	open    world.Grid // as the patches so far leave it
	world   *world.World
	topo    partition.Topology
	cells   *world.Cells
	engine  *engine
	closed  []bool // by edge
	changes int    // edges that were blocked or given back
	took    time.Duration
}

func newGround(d *world.Dynamic) (g *ground, err error) {
	g = &ground{open: blank(d)}
	ever, err := ever(d)
	if err != nil {
		return nil, err
	}
	if g.world, err = world.Build(ever.Graph(), 1); err != nil {
		return nil, err
	}
	g.topo, g.cells = partition.Topology(g.world.Part(0)), g.world.Cells()
	g.closed = make([]bool, g.world.Edges())
	if g.engine, err = startLive(g.world); err != nil {
		return nil, err
	}
	return g, nil
}

// blank is the map before its patches: all walkable.
func blank(d *world.Dynamic) world.Grid {
	open := slices.Repeat([]bool{true}, d.Width*d.Height)
	return world.Grid{Name: "the scenario's map", Width: d.Width, Height: d.Height, Open: open}
}

// ever is the grid of the cells that are walkable at any query. Each query must
// be askable as the map then stands.
func ever(d *world.Dynamic) (*world.Grid, error) {
	now, ever := blank(d), blank(d)
	clear(ever.Open)
	changed := true
	for i := range d.Steps {
		s := &d.Steps[i]
		if s.Patch >= 0 {
			overwrite(&now, d.Patches[s.Patch], s.AtX, s.AtY)
			changed = true
			continue
		}
		if err := askable(&now, &s.Query); err != nil {
			return nil, err
		}
		if changed {
			for i, open := range now.Open {
				ever.Open[i] = ever.Open[i] || open
			}
			changed = false
		}
	}
	return &ever, nil
}

// overwrite puts a patch on a map from column x and row y on.
func overwrite(on, p *world.Grid, x, y int) {
	for row := range p.Height {
		at := (y+row)*on.Width + x
		copy(on.Open[at:at+p.Width], p.Open[row*p.Width:])
	}
}

// patch puts a patch on the map and orders the edges that it concerns: those of
// its cells and of their neighbours.
func (g *ground) patch(p *world.Grid, x, y int) {
	overwrite(&g.open, p, x, y)
	for row := max(y-1, 0); row < min(y+p.Height+1, g.open.Height); row++ {
		for column := max(x-1, 0); column < min(x+p.Width+1, g.open.Width); column++ {
			if node, ok := g.cells.Node(int32(column), int32(row)); ok {
				g.review(node)
			}
		}
	}
}

// review blocks the node's edges that lead over a cell that is not walkable, and
// gives back those that do not any more.
func (g *ground) review(node codec.NodeID) {
	w := g.world
	for e := g.topo.First[node]; e < g.topo.First[node+1]; e++ {
		x, y, toX, toY := w.X[node], w.Y[node], w.X[g.topo.Head[e]], w.Y[g.topo.Head[e]]
		closed := !g.walkable(x, y) || !g.walkable(toX, toY) || !g.walkable(x, toY) || !g.walkable(toX, y)
		if closed == g.closed[e] {
			continue
		}
		g.closed[e] = closed
		g.changes++
		weight := codec.Weight(0)
		if closed {
			weight = codec.Blocked
		}
		g.engine.set(codec.EdgeID(e), weight)
	}
}

func (g *ground) walkable(x, y int32) bool { return g.open.Open[int(y)*g.open.Width+int(x)] }

// settle brings what was ordered to the searches.
func (g *ground) settle() {
	if g.engine.ordered {
		g.engine.pass()
		g.engine.Build()
	}
}

// distance answers a query on the map as last settled.
func (g *ground) distance(q *world.Scenario) codec.Distance {
	from, to := find(g.cells, q)
	return g.engine.Distance(from, to)
}

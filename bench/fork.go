package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/partition/world"
)

// ForkConfig says what to branch.
type ForkConfig struct {
	World  string // a .world file; empty: a generated world
	Edges  int    // of that, about
	Rounds int
	Seed   uint64
	Watch  world.Watch // is told how far the boot is
}

// ForkResult is what forks of all partitions of a world cost, each figure the
// median of all rounds. A hunt's partitions are worked on as many at a time as
// there are processors, and the floors likewise.
type ForkResult struct {
	Edges          int     `json:"edges"`
	Bytes          int     `json:"bytes"`         // state by edge: its load and levels, 4 each
	ForkMS         float64 `json:"fork_ms"`       // of all partitions, with the mapping of their memory
	ForkPauseMS    float64 `json:"fork_pause_ms"` // of the partition that pauses longest
	DiffFullMS     float64 `json:"diff_full_ms"`  // every byte is compared, one edge of a hundred differs
	CompareFloorMS float64 `json:"compare_floor_ms"`
	Diff1PctMS     float64 `json:"diff_1pct_ms"`
	Rollback1PctMS float64 `json:"rollback_1pct_ms"` // until all is put back and a hint of the new cut is there
	RollbackAllMS  float64 `json:"rollback_all_ms"`
	CopyFloorMS    float64 `json:"copy_floor_ms"`
	LeakedBytes    int     `json:"leaked_bytes"`

	Wrong int `json:"-"` // differences, hints and hashes that are not as they must be
}

const (
	forkPlayers   = 8 // a partition's
	forkTreasures = 8 // a partition's, all open from the start
	forkRounds    = 1 // beside those that count, for memory to settle
	edgeBytes     = 4 // load, live, refreshed and searched level of an edge
)

// branchy is one partition with states to go to.
type branchy struct {
	core   *partition.Core
	mem    []byte
	fork   *partition.Fork
	base   *partition.Fork // images
	one    *partition.Fork // a hundredth of the edges have another load and level
	all    *partition.Fork // all of them
	hints  []codec.Hint
	differ int // edges in which one differs
	list   []codec.EdgeID
	pause  time.Duration
	a, b   []byte // what the floors compare and copy
}

// forest is all of them.
type forest struct {
	parts  []*branchy
	pool   *offheap.Pool
	hinted atomic.Bool  // somebody is to find the first hint of the cut in hand, or has
	wrong  atomic.Int64 // differences and hints that are not as they must be
}

// Fork measures forks of all partitions of a world, as islands.
func Fork(ctx context.Context, cfg ForkConfig) (r ForkResult, err error) {
	if cfg.Rounds < 1 {
		return r, errors.New("bench fork: want at least one round")
	}
	w, err := cfg.world()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	f := &forest{parts: make([]*branchy, w.Partitions())}
	defer func() { err = errors.Join(err, f.close()) }()
	if err := f.boot(ctx, w, &cfg); err != nil {
		return r, err
	}
	for _, p := range f.parts {
		r.Edges += len(p.a) / edgeBytes
		r.Bytes += len(p.a)
	}
	took := map[string][]time.Duration{}
	for round := range forkRounds + cfg.Rounds {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		if round == forkRounds {
			clear(took)
		}
		if err := f.round(took); err != nil {
			return r, err
		}
	}
	median := func(name string) float64 {
		slices.Sort(took[name])
		return us(took[name][len(took[name])/2]) / 1000
	}
	r.ForkMS, r.ForkPauseMS = median("fork"), median("pause")
	r.DiffFullMS, r.CompareFloorMS, r.Diff1PctMS = median("diff full"), median("compare"), median("diff 1%")
	r.Rollback1PctMS, r.RollbackAllMS, r.CopyFloorMS = median("rollback 1%"), median("rollback all"), median("copy")
	for _, p := range f.parts {
		if p.core.CheckHash() != nil {
			r.Wrong++
		}
		for _, image := range []*partition.Fork{p.base, p.one, p.all} {
			err = errors.Join(err, f.pool.Put(p.core.Drop(image)))
		}
	}
	r.Wrong += int(f.wrong.Load())
	r.LeakedBytes = f.pool.Used()
	return r, err
}

func (cfg *ForkConfig) world() (*world.World, error) {
	if cfg.World != "" {
		return world.Open(cfg.World)
	}
	parts := world.PartitionsToGenerate(cfg.Edges)
	graph, err := world.GenerateWatched(world.Plan{Edges: cfg.Edges, Seed: cfg.Seed, Partitions: parts}, cfg.Watch)
	if err != nil {
		return nil, err
	}
	return (&world.Builder{Watch: cfg.Watch}).Build(graph, parts)
}

// each calls fn for all partitions, as many at a time as there are processors.
func (f *forest) each(fn func(int, *branchy) error) (time.Duration, error) {
	var next atomic.Int64
	var group sync.WaitGroup
	failed := make([]error, runtime.GOMAXPROCS(0))
	began := time.Now()
	for worker := range failed {
		group.Go(func() {
			for failed[worker] == nil {
				p := int(next.Add(1)) - 1
				if p >= len(f.parts) {
					return
				}
				failed[worker] = fn(p, f.parts[p])
			}
		})
	}
	group.Wait()
	return time.Since(began), errors.Join(failed...)
}

// boot builds every partition, and in its place first the states to go to.
func (f *forest) boot(ctx context.Context, w *world.World, cfg *ForkConfig) error {
	rules := partition.DefaultRules()
	rules.Treasures, rules.OpenAtStart = forkTreasures, forkTreasures
	f.pool = offheap.NewPool(8 << 30)
	done := atomic.Int64{}
	_, err := f.each(func(i int, _ *branchy) error {
		p := new(branchy)
		f.parts[i] = p
		topo := island(w, codec.PartitionID(i))
		size, err := partition.MemorySize(&topo, rules)
		if err != nil {
			return err
		}
		if err := p.floors(edgeBytes * len(topo.Head)); err != nil {
			return err
		}
		p.list = make([]codec.EdgeID, 4096)
		for _, state := range []struct {
			share uint64 // of 100 edges, which have another level
			image **partition.Fork
		}{{100, &p.all}, {1, &p.one}, {0, &p.base}} {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if p.mem != nil {
				if err := offheap.Unmap(p.mem); err != nil {
					return err
				}
			}
			if p.mem, err = offheap.Map(size); err != nil {
				return err
			}
			if p.core, err = partition.New(topo, rules, p.mem, new(partition.Arena)); err != nil {
				return err
			}
			differ := p.begin(cfg.Seed, state.share)
			if state.share == 1 {
				p.differ = differ
			}
			if *state.image, err = f.take(p.core, (*partition.Core).Image); err != nil {
				return err
			}
		}
		p.join()
		if cfg.Watch == nil {
			return nil
		}
		return cfg.Watch("partitions", int(done.Add(1)), len(f.parts))
	})
	return err
}

// floors makes two copies of the same bytes.
func (p *branchy) floors(size int) (err error) {
	if p.a, err = offheap.Map(size); err != nil {
		return err
	}
	p.b, err = offheap.Map(size)
	for i := range p.a {
		p.a[i] = byte(i * 31 >> 3)
	}
	copy(p.b, p.a)
	return err
}

// begin starts the first round with a third of the edges congested; some of a
// hundred edges, at random, have another level than that. It returns how many.
func (p *branchy) begin(seed, share uint64) (differ int) {
	step := p.core.Rules().LevelLoad
	p.core.Congest(func(e uint32) uint8 {
		h := rand.NewPCG(seed, uint64(e)).Uint64()
		level := uint8(0)
		if h%3 == 0 {
			level = 1 + uint8(h>>8%3)
		}
		if h>>32%100 < share {
			differ++
			level++
		}
		return level * uint8(step)
	})
	p.core.BeginRound(1, roundSeed(seed, 1))
	p.core.Lead()
	return differ
}

// join lets players in and notes their hints.
func (p *branchy) join() {
	for id := codec.PlayerID(1); id <= forkPlayers; id++ {
		in := codec.Input{Kind: codec.InputJoin, Player: id}
		if code := p.core.Step(&in); code != codec.CodeOK {
			panic("bench: a player is refused: " + code.String())
		}
	}
	for p.core.Work(1 << 30) {
	}
	p.hints = p.hintsNow()
}

func (p *branchy) hintsNow() (list []codec.Hint) {
	for id := codec.PlayerID(1); id <= forkPlayers; id++ {
		list = append(list, p.core.Joined(id, codec.CodeOK, false).Hint)
	}
	return list
}

// take forks a core or takes its image, with memory of the pool.
func (f *forest) take(c *partition.Core, how func(*partition.Core, []byte) (*partition.Fork, codec.Code)) (*partition.Fork, error) {
	mem, err := f.pool.Get(c.ForkSize())
	if err != nil {
		return nil, err
	}
	fork, code := how(c, mem)
	if code != codec.CodeOK {
		return nil, fmt.Errorf("bench fork: a fork is refused: %v", code)
	}
	return fork, nil
}

// round goes once through everything: a fork, a change of a hundredth of the
// edges, differences, back; then a change of all, and back.
func (f *forest) round(took map[string][]time.Duration) (err error) {
	timed := func(name string, fn func(*branchy) error) {
		if err != nil {
			return
		}
		var d time.Duration
		d, err = f.each(func(_ int, p *branchy) error { return fn(p) })
		took[name] = append(took[name], d)
	}
	timed("compare", func(p *branchy) error { f.expect(string(p.a) == string(p.b)); return nil })
	timed("copy", func(p *branchy) error { copy(p.b, p.a); return nil })
	timed("fork", f.fork)
	took["pause"] = append(took["pause"], f.pause())

	timed("to 1%", func(p *branchy) error { return p.goTo(p.one) })
	timed("diff 1%", func(p *branchy) error { f.expect(p.diff(p.fork) == p.differ); return nil })
	timed("diff full", func(p *branchy) error { f.expect(p.diff(p.base) == p.differ); return nil })
	f.back("rollback 1%", timed, took)

	timed("to all", func(p *branchy) error { return p.goTo(p.all) })
	timed("diff all", func(p *branchy) error { f.expect(p.diff(p.fork) == len(p.a)/edgeBytes); return nil })
	f.back("rollback all", timed, took)
	timed("drop", func(p *branchy) error { return f.pool.Put(p.core.Drop(p.fork)) })
	return err
}

// expect counts what is not so.
func (f *forest) expect(so bool) {
	if !so {
		f.wrong.Add(1)
	}
}

// fork forks a partition and notes how long its actor would have paused.
func (f *forest) fork(p *branchy) (err error) {
	p.fork, err = f.take(p.core, func(c *partition.Core, mem []byte) (*partition.Fork, codec.Code) {
		began := time.Now()
		fork, code := c.Fork(mem)
		p.pause = time.Since(began)
		return fork, code
	})
	return err
}

func (f *forest) pause() (longest time.Duration) {
	for _, p := range f.parts {
		longest = max(longest, p.pause)
	}
	return longest
}

// back times a rollback of all partitions to their forks until all is put back
// and the first hint of the new cut is there, which is the one from before.
func (f *forest) back(name string, timed func(string, func(*branchy) error), took map[string][]time.Duration) {
	f.hinted.Store(false)
	timed(name, func(p *branchy) error {
		if code := p.core.Rollback(p.fork); code != codec.CodeOK {
			return fmt.Errorf("bench fork: a rollback is refused: %v", code)
		}
		if f.hinted.CompareAndSwap(false, true) {
			p.hint()
		}
		return nil
	})
	timed(name+", told", func(p *branchy) error {
		for p.core.Announce() {
		}
		for p.core.Work(1 << 30) {
		}
		for i, h := range p.hintsNow() {
			was := &p.hints[i]
			f.expect(h.CutTick == p.core.Cut() && h.Distance == was.Distance && h.Edge == was.Edge && h.Treasure == was.Treasure)
		}
		f.expect(p.diff(p.fork) == 0)
		return nil
	})
}

// hint works until the first player's hint is of the last cut.
func (p *branchy) hint() {
	for p.core.Joined(1, codec.CodeOK, false).Hint.CutTick != p.core.Cut() && p.core.Work(1) {
	}
}

// goTo makes the partition's state an image's.
func (p *branchy) goTo(image *partition.Fork) error {
	if code := p.core.Rollback(image); code != codec.CodeOK {
		return fmt.Errorf("bench fork: a change is refused: %v", code)
	}
	for p.core.Announce() {
	}
	return nil
}

// diff counts the edges that differ.
func (p *branchy) diff(f *partition.Fork) (edges int) {
	for n, next := p.core.DiffEdges(f, 0, p.list); ; n, next = p.core.DiffEdges(f, next, p.list) {
		if edges += n; next == 0 {
			return edges
		}
	}
}

// close gives all memory back.
func (f *forest) close() (err error) {
	for _, p := range f.parts {
		if p == nil {
			continue
		}
		for _, mem := range [][]byte{p.mem, p.a, p.b} {
			if mem != nil {
				err = errors.Join(err, offheap.Unmap(mem))
			}
		}
	}
	return err
}

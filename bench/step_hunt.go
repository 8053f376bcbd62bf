package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/cut"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/partition/world"
)

// promptly is a journal that acknowledges at once and keeps nothing.
type promptly struct{}

func (promptly) Rounds(context.Context) ([]codec.Round, error)             { return nil, nil }
func (promptly) Last(context.Context, codec.Round) (uint64, bool, error)   { return 0, false, nil }
func (promptly) Create(context.Context, codec.Round) error                 { return nil }
func (promptly) Append(context.Context, codec.Index, []byte) error         { return nil }
func (promptly) Start(codec.Index, []byte) actor.Pending                   { return promptly{} }
func (promptly) Wait(context.Context) error                                { return nil }
func (promptly) Record(context.Context, codec.Index) ([]byte, bool, error) { return nil, false, nil }
func (promptly) PutSnapshot(context.Context, codec.Index, []byte) error    { return nil }
func (promptly) Snapshots(context.Context) ([]codec.Index, error)          { return nil, nil }
func (promptly) Snapshot(context.Context, codec.Index) ([]byte, error) {
	return nil, errors.ErrUnsupported
}
func (promptly) Read(context.Context, codec.Round, uint64, func(uint64, []byte) error) error {
	return nil
}

// hunt is every partition of a world, each with its actor, in this process.
type hunt struct {
	world   *world.World
	rules   codec.Rules
	parts   []*part
	links   []*link
	cuts    *actor.Cuts
	stop    context.CancelFunc
	running sync.WaitGroup
	failed  chan error
	audit   atomic.Pointer[audit]
}

// part is one partition and the ports around it.
type part struct {
	hunt    *hunt
	id      codec.PartitionID
	core    *partition.Core // its actor's, which may be read in Release
	mem     []byte
	metrics *actor.Metrics
	meter   *meter       // nil: nothing is timed until it is durable
	deltas  atomic.Int64 // weight changes released
	grants  atomic.Int64
	cut     atomic.Int64 // the tick of the last one
	cuts    atomic.Int64
}

// Append and AppendReplay are the log of deltas, Release the outlet.
func (p *part) Append(codec.Delta) error { p.deltas.Add(1); return nil }

func (*part) AppendReplay(b []byte, _ codec.DeltaSeq, _ codec.Round, _ codec.Tick) []byte { return b }

func (p *part) Release(_ context.Context, g codec.Group) error {
	p.grants.Add(int64(grants(g.Frames)))
	if now := int64(p.core.Cut()); now != p.cut.Load() {
		p.cut.Store(now)
		p.cuts.Add(1)
	}
	if p.meter != nil {
		p.meter.released(&g.Durable, nanotime())
	}
	if a := p.hunt.audit.Load(); a != nil {
		a.look(p)
	}
	return nil
}

// bootHunt builds all partitions, as many at a time as there are processors,
// and lets their actors run.
func bootHunt(ctx context.Context, w *world.World, cfg *StepConfig) (*hunt, error) {
	rules := cfg.rules(w)
	h := &hunt{world: w, rules: rules, failed: make(chan error, 1+w.Partitions())}
	h.parts, h.links = make([]*part, w.Partitions()), make([]*link, w.Partitions())
	turns := actor.NewTurns()
	var err error
	if h.cuts, err = actor.NewCuts(rules, borders(w), h.submit, slog.Default()); err != nil {
		return nil, fmt.Errorf("bench step: %w", err)
	}
	next, done := atomic.Int64{}, make(chan error)
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for {
				p := int(next.Add(1)) - 1
				if p >= len(h.parts) {
					return
				}
				done <- h.open(ctx, codec.PartitionID(p), cfg, turns)
			}
		}()
	}
	for i := range h.parts {
		err = errors.Join(err, <-done, cfg.Watch("partitions", i+1, len(h.parts)))
	}
	if err != nil {
		return nil, errors.Join(err, h.unmap())
	}
	running, stop := context.WithCancel(ctx)
	h.stop = stop
	start := time.Now()
	if cfg.scribe != nil {
		h.running.Go(func() { cfg.scribe.Run(running) })
	}
	h.running.Go(func() { h.cuts.Run(running) })
	for _, l := range h.links {
		h.running.Go(func() {
			if err := l.actor.Run(running, start); err != nil {
				h.failed <- err
			}
		})
	}
	return h, nil
}

// processor is the one that a partition's actor is bound to, or nil.
func (cfg *StepConfig) processor(id codec.PartitionID) *int {
	if !cfg.Pin {
		return nil
	}
	cpu := int(id) % runtime.NumCPU()
	return &cpu
}

// open builds one partition's core and its actor.
func (h *hunt) open(ctx context.Context, id codec.PartitionID, cfg *StepConfig, turns actor.Turns) error {
	p := &part{hunt: h, id: id, metrics: actor.NewMetrics(prometheus.NewRegistry(), id)}
	h.parts[id] = p
	topo := partition.Topology(h.world.Part(id))
	log := actor.Journal(promptly{})
	if cfg.journal != nil {
		log, p.meter = cfg.journal(id)
	}
	a, err := actor.Open(ctx, actor.Config{
		Partition: id, Partitions: len(h.parts), World: h.world.Hash(), Secret: secretOf(cfg.Seed), Rules: h.rules, Epoch: 1 + cfg.epoch,
		Build: func(rules codec.Rules) (_ *partition.Core, err error) {
			if p.core, err = mapCore(topo, rules, &p.mem); err != nil {
				return nil, err
			}
			if p.meter != nil {
				p.meter.core = p.core
			}
			return p.core, err
		},
		Journal: log, Records: cfg.records, Marks: cfg.marksOf(id), Scribe: cfg.scribe, Outlet: p,
		Deltas:    func(codec.DeltaSeq, *partition.Core) actor.Deltas { return p },
		Neighbour: func() codec.Watermark { return codec.Watermark{} },
		Nanotime:  nanotime, Metrics: p.metrics, Log: slog.Default(), Cuts: h.cuts, Turns: turns,
		Post: h.post,
		Pin:  cfg.processor(id),
	})
	if err != nil {
		return fmt.Errorf("bench step: open partition %d: %w", id, err)
	}
	h.links[id] = &link{actor: a, meter: p.meter}
	return nil
}

// mapCore builds a core in memory outside the heap, in place of one that was built before.
func mapCore(topo partition.Topology, rules codec.Rules, mem *[]byte) (*partition.Core, error) {
	size, err := partition.MemorySize(&topo, rules)
	if err == nil && *mem != nil {
		err = offheap.Unmap(*mem)
	}
	if err == nil {
		*mem, err = offheap.Map(size)
	}
	if err != nil {
		return nil, err
	}
	return partition.New(topo, rules, *mem, new(partition.Arena))
}

// marksOf are a partition's.
func (cfg *StepConfig) marksOf(id codec.PartitionID) []codec.Watermark {
	if cfg.marks == nil {
		return nil
	}
	return cfg.marks[id : id+1]
}

// submit hands a partition's actor what the coordinator of cuts says.
func (h *hunt) submit(ctx context.Context, p codec.PartitionID, b codec.Batch) error {
	return h.links[p].actor.Submit(ctx, b)
}

// borders are those of all partitions.
func borders(w *world.World) (all []cut.Border) {
	for p := range w.Partitions() {
		topo := partition.Topology(w.Part(codec.PartitionID(p)))
		all = append(all, topo.Border())
	}
	return all
}

// post brings letters between partitions; all of them are here before the first runs.
func (h *hunt) post(to codec.PartitionID, frames []byte) { h.links[to].actor.Deliver(frames) }

// close stops all actors and gives their memory back.
func (h *hunt) close() error {
	h.stop()
	h.running.Wait()
	close(h.failed)
	var err error
	for e := range h.failed {
		err = errors.Join(err, e)
	}
	return errors.Join(err, h.unmap())
}

func (h *hunt) unmap() (err error) {
	for _, p := range h.parts {
		if p != nil && p.mem != nil {
			err = errors.Join(err, offheap.Unmap(p.mem))
		}
	}
	return err
}

// load is what the hunt's partitions have done so far, together.
type load struct {
	deltas, grants int64
	cuts           int64        // that every partition has passed
	cut            int64        // the tick of the furthest one
	away           actor.Counts // how long actors answered no moves: in ticks and in slices of background work
	awayNanos      int64
}

func (h *hunt) load() (sum load) {
	sum.cuts = 1 << 62
	for _, p := range h.parts {
		sum.deltas += p.deltas.Load()
		sum.grants += p.grants.Load()
		sum.cuts = min(sum.cuts, p.cuts.Load())
		sum.cut = max(sum.cut, p.cut.Load())
		p.metrics.Ticks.AddTo(&sum.away)
		p.metrics.Slices.AddTo(&sum.away)
		sum.awayNanos += p.metrics.Ticks.Nanos() + p.metrics.Slices.Nanos()
	}
	return sum
}

// service adds up how long moves were served, and forgets it; nothing may be on its way.
func (h *hunt) service() (all actor.Counts, mean time.Duration) {
	sum := int64(0)
	for _, l := range h.links {
		for i, n := range l.service {
			all[i] += n
		}
		sum += l.serving
		l.service, l.serving = actor.Counts{}, 0
	}
	return all, time.Duration(sum / int64(max(all.Total(), 1)))
}

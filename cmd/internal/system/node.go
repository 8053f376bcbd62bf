package system

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/control/delta"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/cut"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/transport/engine"
	"github.com/huntgraph/huntgraph/transport/identity"
)

// aloneTTL is how long the node counts as alive without a sign of life. etcd runs
// in its own process and no other node can take over, so it is generous: a
// machine that stalls for longer than control.LeaseTTL must not end the hunt.
const aloneTTL = 60 * time.Second

// NodeConfig is what a node is given.
type NodeConfig struct {
	Name       string
	Addr       string // of the engine hop, UDP
	Authority  *identity.Authority
	Store      *Store
	Rules      codec.Rules
	Outlet     actor.Outlet
	From       func() codec.Round // a partition that is opened releases again from this round on
	Registerer prometheus.Registerer
	Log        *slog.Logger
}

// Node runs the actors of the partitions that the controller assigns to it.
type Node struct {
	cfg    NodeConfig
	hop    *engine.Server
	reg    *control.Registration
	owned  atomic.Pointer[map[codec.PartitionID]*owned]
	cuts   *actor.Cuts   // the coordinator of the hunt's cuts
	forks  *offheap.Pool // memory of forks, of all partitions here
	turns  actor.Turns   // at background work, of all partitions here
	scribe *actor.Scribe // stores their snapshots
	ready  chan struct{} // closed when every partition of the hunt runs here
	failed chan error    // one partition's end is the node's
	start  time.Time     // when the hunt's clock was 0
	actors sync.WaitGroup
}

// owned is a partition that runs here.
type owned struct {
	*actor.Actor
	epoch codec.Epoch
	stop  context.CancelFunc
	done  chan struct{}
}

// StartNode opens the engine hop and registers the node. Run must follow.
func StartNode(ctx context.Context, cfg NodeConfig) (*Node, error) {
	n := &Node{cfg: cfg, forks: offheap.NewPool(forkPool), turns: actor.NewTurns(), scribe: actor.NewScribe(cfg.Registerer, cfg.Log), ready: make(chan struct{}), failed: make(chan error, 1)}
	n.owned.Store(&map[codec.PartitionID]*owned{})
	var err error
	if n.cuts, err = actor.NewCuts(cfg.Rules, borders(cfg.Store.Folder), n.submit, cfg.Log); err != nil {
		return nil, err
	}
	self, err := cfg.Authority.Identity(identity.Node, cfg.Name)
	if err != nil {
		return nil, err
	}
	n.hop, err = engine.Listen(engine.Config{Addr: cfg.Addr, Identity: self, Registerer: cfg.Registerer, Log: cfg.Log})
	if err != nil {
		return nil, taken("--node", cfg.Addr, err)
	}
	n.reg, err = control.Register(ctx, cfg.Store.Etcd.Client(), control.Node{
		Name: cfg.Name, Addr: n.hop.Addr().String(), KeyHash: self.KeyHash(), Capacity: control.MaxPartitions, TTL: aloneTTL,
	})
	if err != nil {
		return nil, errors.Join(err, n.hop.Close())
	}
	return n, nil
}

// Run serves until ctx ends: then every partition is durable and its last
// watermark stands in etcd. It ends with an error when a partition does.
func (n *Node) Run(ctx context.Context) error {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	var beside sync.WaitGroup
	beside.Go(func() { n.cuts.Run(running) })
	beside.Go(func() { n.scribe.Run(running) })
	beside.Go(func() {
		if err := n.hop.Serve(running, n.lookup); err != nil {
			n.cfg.Log.ErrorContext(ctx, "the node takes no gateways any more", "err", err) // it is not ready then
		}
	})
	err := n.follow(running)
	cancel()
	n.actors.Wait()
	select {
	case stopped := <-n.failed: // a partition that could not end as it should
		err = errors.Join(err, stopped)
	default:
	}
	after, done := context.WithTimeout(context.WithoutCancel(ctx), stopWait)
	defer done()
	err = errors.Join(err, n.mark(after), n.reg.Close(after), n.hop.Close())
	beside.Wait()
	return err
}

// partitionRun is a recovered partition and its memory.
type partitionRun struct {
	*actor.Actor
	partition codec.PartitionID
	epoch     codec.Epoch
	mem       []byte
}

func (n *Node) recover(ctx context.Context, as control.Assignment) (*partitionRun, error) {
	run := &partitionRun{partition: as.Partition, epoch: as.Epoch}
	folder := n.cfg.Store.Folder
	topo := Topology(folder, as.Partition)
	var err error
	cfg := actor.Config{
		Partition:  as.Partition,
		Partitions: folder.World.Partitions(),
		Hunt:       huntHash(folder.Plan.Hunt),
		World:      folder.World.Hash(),
		Secret:     folder.Secret,
		Rules:      n.cfg.Rules,
		Epoch:      as.Epoch,
		Build:      buildCore(topo, &run.mem),
		Second:     secondCore(topo),
		Journal:    heldLog{n.cfg.Store.Journal.Partition(as.Partition), folder},
		Records:    uint64(n.cfg.Store.Journal.Messages()),
		Deltas:     deltaLog(topo),
		Outlet:     n.cfg.Outlet,
		Neighbour:  n.neighbour((as.Partition + 1) % codec.PartitionID(folder.World.Partitions())),
		Post:       n.post,
		From:       n.cfg.From(),
		Nanotime:   engine.Nanotime,
		Metrics:    actor.NewMetrics(n.cfg.Registerer, as.Partition),
		Log:        n.cfg.Log,
		Cuts:       n.cuts,
		Turns:      n.turns,
		Memory:     n.forks,
		Scribe:     n.scribe,
	}
	if cfg.Marks, err = n.cfg.Store.Marks(ctx, as.Partition); err != nil {
		return nil, err
	}
	// Read after the assignment: an order that is written later knows of this epoch.
	if cfg.Rollbacks, err = n.cfg.Store.Rollbacks(ctx, as.Partition); err != nil {
		return nil, err
	}
	if run.Actor, err = actor.Open(ctx, cfg); err != nil {
		return nil, errors.Join(err, unmap(run.mem))
	}
	return run, nil
}

// run lets a recovered partition run in a goroutine of its own.
func (n *Node) run(ctx context.Context, run *partitionRun) *owned {
	running, stop := context.WithCancel(ctx)
	o := &owned{Actor: run.Actor, epoch: run.epoch, stop: stop, done: make(chan struct{})}
	n.actors.Add(1)
	go func() {
		defer n.actors.Done()
		defer close(o.done)
		err := run.Actor.Run(running, n.start)
		err = errors.Join(err, offheap.Unmap(run.mem))
		switch {
		case err == nil:
		case running.Err() != nil && ctx.Err() == nil: // the journal tells its next owner how far it came
			n.cfg.Log.WarnContext(ctx, "a partition that moves did not stop cleanly", "partition", run.partition, "err", err)
		default:
			select {
			case n.failed <- fmt.Errorf("partition %d stopped: %w", run.partition, err):
			default: // another partition was first; its error ends the node
			}
		}
	}()
	return o
}

// Topology is a partition's piece of the folder's world.
func Topology(f *Folder, p codec.PartitionID) partition.Topology {
	return partition.Topology(f.World.Part(p))
}

// buildCore makes cores in memory outside the heap. One takes the place of the
// one before, whose memory is given back; mem is the last one's.
func buildCore(topo partition.Topology, mem *[]byte) actor.Build {
	return func(rules codec.Rules) (*partition.Core, error) {
		size, err := partition.MemorySize(&topo, rules)
		if err != nil {
			return nil, err
		}
		if *mem != nil {
			if err := offheap.Unmap(*mem); err != nil {
				return nil, err
			}
		}
		if *mem, err = offheap.Map(size); err != nil {
			return nil, err
		}
		return partition.New(topo, rules, *mem, new(partition.Arena))
	}
}

// secondCore makes cores beside a partition's own, and gives their memory back.
func secondCore(topo partition.Topology) func() (actor.Build, func() error) {
	return func() (actor.Build, func() error) {
		var mem []byte
		return buildCore(topo, &mem), func() error { return unmap(mem) }
	}
}

// unmap gives the memory of a core back, if there is one.
func unmap(mem []byte) error {
	if mem == nil {
		return nil
	}
	return offheap.Unmap(mem)
}

// deltaLog begins a partition's log with the weights of the recovered state.
func deltaLog(topo partition.Topology) func(codec.DeltaSeq, *partition.Core) actor.Deltas {
	return func(seq codec.DeltaSeq, core *partition.Core) actor.Deltas {
		log := delta.New(topo.FirstEdge, topo.Base)
		weights := append([]uint32(nil), topo.Base...)
		core.Weights(func(e codec.EdgeID, w codec.Weight) { weights[e-topo.FirstEdge] = uint32(w) })
		if err := log.Seed(seq, weights); err != nil {
			panic("system: a delta log of another size than its partition: " + err.Error())
		}
		return log
	}
}

// neighbour reads another partition's durable index, as far as it runs here.
func (n *Node) neighbour(p codec.PartitionID) func() codec.Watermark {
	return func() codec.Watermark {
		if o := (*n.owned.Load())[p]; o != nil {
			return o.Durable()
		}
		return codec.Watermark{Partition: p}
	}
}

// submit hands a batch to a partition that runs here.
func (n *Node) submit(ctx context.Context, p codec.PartitionID, b codec.Batch) error {
	o := (*n.owned.Load())[p]
	if o == nil {
		return fmt.Errorf("partition %d does not run here", p)
	}
	return o.Submit(ctx, b)
}

// borders are those of all partitions of the folder's world.
func borders(f *Folder) (all []cut.Border) {
	for p := range f.World.Partitions() {
		topo := Topology(f, codec.PartitionID(p))
		all = append(all, topo.Border())
	}
	return all
}

// post brings letters to another partition. One that does not run here gets
// none: there is no hop between nodes yet, so players wait at its border.
func (n *Node) post(to codec.PartitionID, frames []byte) {
	if o := (*n.owned.Load())[to]; o != nil {
		o.Deliver(frames)
	}
}

// lookup finds a partition for the engine hop.
func (n *Node) lookup(hunt string, p codec.PartitionID, epoch codec.Epoch) (engine.Mailbox, error) {
	o := (*n.owned.Load())[p]
	if hunt != n.cfg.Store.Folder.Plan.Hunt || o == nil {
		return nil, codec.Error{Code: codec.ErrorPartition, Text: "this node does not own the partition: ask for its route again"}
	}
	if o.epoch != epoch {
		return nil, codec.Error{Code: codec.ErrorEpoch, Text: "the partition was taken over: ask for its route again"}
	}
	return o, nil
}

// Watermarks are the last durable indices of the partitions that run here.
func (n *Node) Watermarks() map[codec.PartitionID]codec.Watermark {
	marks := map[codec.PartitionID]codec.Watermark{}
	for p, o := range *n.owned.Load() {
		marks[p] = o.Durable()
	}
	return marks
}

// mark writes the watermarks to etcd (I5).
func (n *Node) mark(ctx context.Context) error {
	marks := n.Watermarks()
	list := make([]codec.Watermark, 0, len(marks))
	for m := range maps.Values(marks) {
		list = append(list, m)
	}
	if len(list) == 0 {
		return nil
	}
	return control.PutWatermarks(ctx, n.cfg.Store.Etcd.Client(), n.cfg.Name, n.cfg.Store.Folder.Plan.Hunt, list)
}

const stopWait = 10 * time.Second

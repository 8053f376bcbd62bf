package actor

import (
	"context"
	"log/slog"
	"sync"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/cut"
)

// Cuts runs the coordinator of a hunt's cuts for actors of this process. Actors
// never wait for it, and what it tells them goes through their mailboxes.
type Cuts struct {
	submit func(ctx context.Context, p codec.PartitionID, b codec.Batch) error
	log    *slog.Logger
	wake   chan struct{}
	free   chan []byte

	mu      sync.Mutex
	reports []offered // by partition
	held    []codec.Prepared

	// owned by Run's goroutine
	coord    *cut.Coordinator
	prepared []codec.Prepared
	report   offered
}

// offered is a partition's last report.
type offered struct {
	cut.Report
	fresh bool
}

// NewCuts is for the partitions whose borders these are. submit hands a batch to
// a partition's actor, and may wait; an actor that is not there is told later,
// for it repeats its report.
func NewCuts(
	rules codec.Rules, borders []cut.Border,
	submit func(context.Context, codec.PartitionID, codec.Batch) error, log *slog.Logger,
) (*Cuts, error) {
	coord, err := cut.New(rules, borders)
	if err != nil {
		return nil, err
	}
	c := &Cuts{
		submit: submit, log: log, coord: coord, wake: make(chan struct{}, 1),
		free: make(chan []byte, 2*len(borders)), reports: make([]offered, len(borders)),
		held: make([]codec.Prepared, 0, 2*len(borders)), prepared: make([]codec.Prepared, 0, 2*len(borders)),
	}
	c.makeRoom(1+rules.GoalCount(), borders)
	return c, nil
}

// makeRoom gives all reports, which change places, room for the largest one.
func (c *Cuts) makeRoom(goals int, borders []cut.Border) {
	points, edges := 0, 0
	for i := range borders {
		points, edges = max(points, len(borders[i].Points)), max(edges, len(borders[i].Tails))
	}
	room := func(o *offered) {
		o.Clique = make([]uint32, 0, points*points)
		o.Inside = make([]codec.Reach, 0, goals*points)
		o.Weights = make([]uint32, 0, edges)
	}
	room(&c.report)
	for p := range c.reports {
		room(&c.reports[p])
	}
}

// offer takes over what fill says of a partition's last refresh, if it has
// something to say.
func (c *Cuts) offer(p codec.PartitionID, fill func(*cut.Report) bool) bool {
	c.mu.Lock()
	o := &c.reports[p]
	ok := fill(&o.Report)
	o.fresh = o.fresh || ok
	c.mu.Unlock()
	if ok {
		c.rouse()
	}
	return ok
}

// hold takes over that a partition durably holds a cut's values.
func (c *Cuts) hold(f codec.Prepared) {
	c.mu.Lock()
	c.held = append(c.held, f)
	c.mu.Unlock()
	c.rouse()
}

func (c *Cuts) rouse() {
	select {
	case c.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Run coordinates until ctx ends.
func (c *Cuts) Run(ctx context.Context) {
	for {
		select {
		case <-c.wake:
			c.work(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// work passes on all that has come. A report that makes no sense is left out:
// the others still get their cuts.
func (c *Cuts) work(ctx context.Context) {
	send := func(p codec.PartitionID, frames []byte) { c.send(ctx, p, frames) }
	for p := range c.reports {
		if !c.take(p) {
			continue
		}
		if err := c.coord.Report(&c.report.Report, send); err != nil {
			c.log.ErrorContext(ctx, "a partition's report of its cut is left out", "partition", p, "err", err)
		}
	}
	c.mu.Lock()
	c.prepared, c.held = c.held, c.prepared[:0]
	c.mu.Unlock()
	for _, f := range c.prepared {
		c.coord.Prepared(f, send)
	}
}

// take moves a partition's new report to c.report.
func (c *Cuts) take(p int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.reports[p].fresh {
		return false
	}
	c.reports[p], c.report = c.report, c.reports[p]
	c.reports[p].fresh = false
	return true
}

// send gives a partition's actor frames in a buffer of their own.
func (c *Cuts) send(ctx context.Context, p codec.PartitionID, frames []byte) {
	var buffer []byte
	select {
	case buffer = <-c.free:
	default:
	}
	if err := c.submit(ctx, p, codec.Batch{Peer: c, Frames: append(buffer[:0], frames...)}); err != nil && ctx.Err() == nil {
		c.log.Debug("a partition could not be told of a cut; it will report again", "partition", p, "err", err)
	}
}

// Send takes what an actor answers the coordinator: there is no answer to read.
func (c *Cuts) Send([]byte) bool { return true }

// Recycle takes a buffer back.
func (c *Cuts) Recycle(buffer []byte) {
	select {
	case c.free <- buffer:
	default:
	}
}

// offerCut tells the coordinator of the last refresh once its record is
// durable, and again as long as players are not led as of it.
func (a *Actor) offerCut() {
	now := codec.Cut{Round: a.core.Round(), Tick: a.core.Cut()}
	if a.cfg.Cuts == nil || a.released.Compare(now) < 0 ||
		a.offered == now && a.core.Clock() < a.offeredAt+offerAgain {
		return
	}
	if a.cfg.Cuts.offer(a.cfg.Partition, a.fill) {
		a.offered, a.offeredAt = now, a.core.Clock()
	}
}

// hearCut applies one of the coordinator's frames. What is not to be applied
// any more is not answered: the actor reports again.
func (a *Actor) hearCut(in codec.Input) {
	a.in = in
	a.step()
	a.behind = a.core.Work(0)
}

package actor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/cut"
)

// ErrStopped is what Submit says once the actor has stopped.
var ErrStopped = errors.New("actor: the partition has stopped")

// Actor runs one partition in one epoch.
type Actor struct {
	cfg     Config
	core    *partition.Core
	deltas  Deltas
	durable watermark
	mailbox chan codec.Batch
	letters *letterbox
	stopped chan struct{}
	newest  atomic.Pointer[codec.SnapshotRef] // the last snapshot that is known durable

	// owned by Run's goroutine
	start   time.Time // when the hunt's clock was 0
	passed  time.Time // when the last boundary was passed
	draft   draft
	in      codec.Input
	ring    *ring
	at      codec.Index     // of the last record closed
	chain   codec.Hash      // of that record
	near    codec.Watermark // the most that is known of the next partition in the ring
	taken   snapshot        // a snapshot that is under way
	peers   []codec.Peer
	waiting []joining
	out     []byte
	mail    []byte     // letters in hand
	toWrite chan *slot // what the pen is to write
	written chan *slot // what it has written

	// of the pen
	begun  chan *slot    // the append is under way
	window chan struct{} // holds a value for each of these
	broken atomic.Bool   // one has failed
	made   atomic.Uint32 // the last round whose stream was made ahead
	half   time.Duration // of a round; set before the pen begins

	// replies in hand
	peer    codec.Peer // whom they are for
	replies []byte
	read    []reading

	released     codec.Cut // the last tick whose record is durable
	durableClock uint64    // the clock then
	offered      codec.Cut // the last refresh that the coordinator was told of
	offeredAt    uint64    // the clock then
	fill         func(*cut.Report) bool

	orders  chan func() // of the operator
	errands []*errand
	forks   map[string]*partition.Fork
	back    rollback

	behind   bool // the core has background work
	unshared int  // moves answered since the last slice of it
}

// watermark is a codec.Watermark that any goroutine may read.
type watermark struct {
	mu sync.Mutex
	at codec.Watermark
}

func (w *watermark) set(at codec.Watermark) {
	w.mu.Lock()
	w.at = at
	w.mu.Unlock()
}

func (w *watermark) get() codec.Watermark {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// Open rebuilds the partition from its journal, or begins a new hunt where the
// journal is empty, and takes it over: when it returns, the epoch's first
// record is durable and no lower epoch can append any more (I4).
func Open(ctx context.Context, cfg Config) (*Actor, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	a := &Actor{
		cfg: cfg, ring: newRing(), mail: make([]byte, 0, mailSize),
		mailbox: make(chan codec.Batch, mailboxBatches), letters: newLetterbox(),
		stopped: make(chan struct{}), orders: make(chan func()), forks: map[string]*partition.Fork{},
		toWrite: make(chan *slot, maxSlots),
		written: make(chan *slot, maxSlots),
		begun:   make(chan *slot, window),
		window:  make(chan struct{}, window),
		read:    make([]reading, 0, mailboxBatches+1),
	}
	if a.cfg.Turns == nil {
		a.cfg.Turns = make(Turns, 1)
	}
	h, err := Replay(ctx, cfg.replay())
	if err != nil {
		return nil, fmt.Errorf("recover partition %d: %w", cfg.Partition, err)
	}
	for _, bad := range h.Fallbacks {
		cfg.Log.Warn("a snapshot cannot be used: recovered from one before it", "err", bad)
	}
	if h.Core == nil {
		err = a.found(ctx)
	} else {
		a.core, a.at, a.chain = h.Core, h.Last.Index, h.Last.Chain
		a.near = h.Neighbour
		if h.Snapshot != (codec.SnapshotRef{}) {
			a.newest.Store(&h.Snapshot)
			a.taken.round = h.Snapshot.At.Round
		}
		err = a.takeOver(ctx, h.Epoch)
	}
	if err != nil {
		return nil, err
	}
	if cfg.Scribe != nil {
		if err := cfg.Scribe.fit(ctx, a.core.SnapshotSize()); err != nil {
			return nil, fmt.Errorf("open partition %d: %w", cfg.Partition, err)
		}
	}
	a.core.Lead()
	a.released, a.fill = codec.Cut{Round: a.core.Round(), Tick: a.core.TickNow()}, a.core.Report
	a.durableClock = a.core.Clock()
	a.behind = a.core.Work(0)
	a.replies = a.core.Arena.Replies[:0]
	a.deltas = cfg.Deltas(a.core.Deltas(), a.core)
	a.draft.frames = make([]byte, 0, partition.MaxOutbox)
	a.draft.reset(a.core.Arena, a.core.TickNow()+1, a.tight())
	return a, a.resume(ctx)
}

func (c *Config) replay() ReplayConfig {
	return ReplayConfig{
		Partition: c.Partition, Hunt: c.Hunt, World: c.World, Build: c.Build, Second: c.Second, Journal: c.Journal,
		From: c.From, Marks: c.Marks, Rollbacks: c.Rollbacks, Release: c.Outlet.Release,
	}
}

// found begins a hunt: round 1 from the fresh state.
func (a *Actor) found(ctx context.Context) error {
	core, err := a.cfg.Build(a.cfg.Rules)
	if err != nil {
		return fmt.Errorf("build partition %d: %w", a.cfg.Partition, err)
	}
	a.core = core
	return a.openWithRound(ctx)
}

// openWithRound makes a round's base the epoch's first record.
func (a *Actor) openWithRound(ctx context.Context) error {
	a.beginRound()
	s := <-a.toWrite
	if s.err = a.persist(ctx, s); s.err != nil {
		return s.err
	}
	a.ring.give()
	a.durable.set(codec.Watermark{Partition: a.cfg.Partition, Index: s.at, State: s.state, Chain: s.chain})
	return a.cfg.Outlet.Release(ctx, codec.Group{
		Durable: codec.Durable{Partition: a.cfg.Partition, Epoch: a.cfg.Epoch, Index: s.at, State: s.state},
		Frames:  s.frames,
	})
}

// takeOver appends the epoch's first record. Where the journal ends with a round
// that is the next round's base: an owner before, which may still wake up, would
// append there too, and one place in one stream decides between the two. An
// epoch record at the end of the old stream would fence nothing.
func (a *Actor) takeOver(ctx context.Context, last codec.Epoch) error {
	if a.cfg.Epoch <= last {
		return fmt.Errorf("take over partition %d with epoch %d: the journal is at epoch %d already",
			a.cfg.Partition, a.cfg.Epoch, last)
	}
	if a.core.RoundOver() { // and nothing may be applied between two
		if err := a.openWithRound(ctx); err != nil {
			return fmt.Errorf("take over partition %d with epoch %d: %w", a.cfg.Partition, a.cfg.Epoch, err)
		}
		return nil
	}
	if err := a.spare(); err != nil {
		return fmt.Errorf("take over partition %d with epoch %d: %w", a.cfg.Partition, a.cfg.Epoch, err)
	}
	h := a.header(codec.RecordEpoch, a.at.Round)
	record := h.Append(nil)
	at := codec.Index{Round: a.at.Round, Seq: a.at.Seq + 1}
	if err := a.cfg.Journal.Append(ctx, at, record); err != nil {
		return fmt.Errorf("take over partition %d with epoch %d: %w", a.cfg.Partition, a.cfg.Epoch, err)
	}
	a.at, a.chain = at, hashOf(record)
	a.durable.set(codec.Watermark{Partition: a.cfg.Partition, Index: at, State: h.State, Chain: a.chain})
	return nil
}

// Clock is how many ticks of the hunt have passed; before Run only.
func (a *Actor) Clock() uint64 { return a.core.Clock() }

// Durable is the last index that the journal has acknowledged. Any goroutine may call it.
func (a *Actor) Durable() codec.Watermark { return a.durable.get() }

// Submit gives the actor a batch. It waits while the mailbox is full. The
// batch's buffer goes back through Peer.Recycle.
func (a *Actor) Submit(ctx context.Context, b codec.Batch) error {
	select {
	case <-a.stopped: // the mailbox may still have room
		return ErrStopped
	default:
	}
	select {
	case a.mailbox <- b:
		return nil
	case <-a.stopped:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run owns the partition until ctx ends, which is a clean stop: what was
// applied is durable when Run returns nil. start is when the hunt's clock was
// 0; ticks that are due already run back to back. An error means that the
// partition must not be served any more.
func (a *Actor) Run(ctx context.Context, start time.Time) error {
	defer close(a.stopped)
	a.start = start
	a.half = time.Duration(a.core.Rules().RoundTicks) * time.Second / codec.TicksPerSecond / 2
	if a.cfg.Pin != nil {
		if err := pin(*a.cfg.Pin); err != nil {
			return fmt.Errorf("run partition %d: %w", a.cfg.Partition, err)
		}
	}
	// The pen outlives ctx: a stop waits for it.
	penCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	go a.write(penCtx)
	go a.settle(penCtx)
	err := a.loop(ctx, penCtx)
	if err == nil {
		err = a.finish(penCtx)
	}
	cancel()
	close(a.toWrite)
	for range a.written { // the pen closes it when it has answered every slot
	}
	a.tearUp()
	return errors.Join(err, a.dropForks())
}

// loop works until ctx ends. What is durable is released under a context that
// goes on, for a stop in the middle of a release must not lose what is behind it.
func (a *Actor) loop(ctx, releasing context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case b := <-a.mailbox:
			a.drain(&b)
		case s := <-a.written:
			if err := a.release(releasing, s); err != nil {
				return err
			}
			a.pass() // ticks may have waited for the slot
		case <-timer.C:
			timer.Reset(time.Until(a.pass()))
		case a.turn() <- struct{}{}:
			a.idle()
			<-a.cfg.Turns
		case fn := <-a.orders:
			fn()
		case <-ctx.Done():
			return nil
		}
	}
}

// tickTime is how long a tick lasts.
const tickTime = time.Second / codec.TicksPerSecond

// pass passes every boundary that is due and has room, and says when the next is
// due. Overdue ones come back to back, unless the journal is far behind: then the
// room that an answer makes would be gone before a move could use it, and a hunt
// that cannot catch up would take none. So they come at their usual pace then.
func (a *Actor) pass() time.Time {
	for {
		due := a.due(a.core.Clock() + 1)
		if paced := a.passed.Add(tickTime); a.ahead() >= maxHaste && paced.After(due) {
			due = paced
		}
		if !a.room() || a.held() {
			return time.Now().Add(tickTime)
		}
		if time.Until(due) > 0 {
			return due
		}
		a.tick()
		a.passed = time.Now()
	}
}

// due is when a boundary of the hunt is due in this partition: partition p runs
// p/P of a tick later than partition 0, so that their syncs do not queue up.
func (a *Actor) due(clock uint64) time.Time {
	whole := time.Duration(clock) * time.Second / codec.TicksPerSecond
	return a.start.Add(whole + tickTime*time.Duration(a.cfg.Partition)/time.Duration(a.cfg.Partitions))
}

// tick passes one boundary and closes the record where it has to be closed.
func (a *Actor) tick() {
	began := a.cfg.Nanotime()
	undone := a.rollBack()
	if !undone {
		if id, ok := a.core.NextIdle(); ok {
			a.in = codec.Input{Kind: codec.InputExpire, Player: id}
			a.step()
		}
		a.core.Tick()
		a.draft.tick()
	}
	ordered := a.calm() || a.expected() || undone
	a.draft.due = a.draft.due || a.draft.inputs > 0 || len(a.core.Outbox()) > 0 || a.core.Refreshed() || len(a.waiting) > 0
	a.draft.frames = append(a.draft.frames, a.core.Outbox()...)
	page := a.blank()
	if page != nil || a.closing(ordered) {
		a.closeTicks()
	}
	if page != nil {
		a.snapshot(page)
	}
	a.runErrands()
	if a.core.RoundOver() {
		a.countMissed()
		a.beginRound()
	}
	a.behind = a.core.Work(0)
	a.offerCut()
	a.cfg.Metrics.tick(a.cfg.Nanotime()-began, a.core, time.Since(a.due(a.core.Clock())))
}

// closing reports whether the record ends with the tick just passed; ordered: the
// operator needs it to. As long as the journal owes answers it takes more ticks
// instead: each record costs the disk a sync, so that a slow one gets fewer and
// longer records, and what waits for it is bounded by what it takes at a time.
func (a *Actor) closing(ordered bool) bool {
	switch {
	case a.draft.ticks == maxMerge, a.core.RoundOver():
		return true
	case a.draft.tight:
		return false
	case ordered, !a.draft.room():
		return true
	}
	return a.draft.due && a.ring.used < inHand
}

// finish makes what was applied durable. A tight round has no message for ticks
// that nothing happened in; they are passed again.
func (a *Actor) finish(ctx context.Context) error {
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	ended := false
	for {
		if !ended && a.ring.free() > roundSlots {
			ended = true
			if a.draft.inputs > 0 {
				a.tick()
			}
			if a.draft.ticks > 0 && !a.draft.tight {
				a.closeTicks()
			}
		}
		if ended && a.ring.used == 0 {
			return nil
		}
		select {
		case s := <-a.written:
			if err := a.release(ctx, s); err != nil {
				return err
			}
		case <-grace.C:
			return fmt.Errorf("stop partition %d: the journal did not answer within %v; %d records are not durable",
				a.cfg.Partition, stopGrace, a.ring.used)
		}
	}
}

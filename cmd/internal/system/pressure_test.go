package system

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/transport/engine"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// laggard is a partition's journal whose answers can be late, or stay away. What
// it stores, and whether it does, is the journal's.
type laggard struct {
	*journal.Log
	mu   sync.Mutex
	late time.Duration // from the start of an append to its answer
	gate chan struct{} // not nil: no answer before it is closed
	open codec.Index   // the last append that no gate holds up
}

type lateAnswer struct {
	actor.Pending
	due  time.Time
	gate chan struct{}
}

func (l *laggard) Start(at codec.Index, record []byte) actor.Pending {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gate == nil {
		l.open = at
	}
	return lateAnswer{l.Log.Start(at, record), time.Now().Add(l.late), l.gate}
}

func (p lateAnswer) Wait(ctx context.Context) error {
	if p.gate != nil {
		select {
		case <-p.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	time.Sleep(time.Until(p.due)) // the disk's time
	return p.Pending.Wait(ctx)
}

// set gives the last append that is answered before the gate is closed.
func (l *laggard) set(late time.Duration, gate chan struct{}) codec.Index {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late, l.gate = late, gate
	return l.open
}

// soloist is the one player of the one partition of a hunt, and its gateway.
type soloist struct {
	t       *testing.T
	store   *Store
	journal *laggard
	cfg     actor.Config
	actor   *actor.Actor
	stop    func() error

	replies chan codec.Reply
	joined  chan codec.Joined
	seq     codec.MoveSeq
	node    codec.NodeID
	round   codec.Round
}

func (*soloist) Release(context.Context, codec.Group) error { return nil }
func (*soloist) Recycle([]byte)                             {}

func (p *soloist) Send(frames []byte) bool {
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			p.t.Error(err)
			return false
		}
		switch typ {
		case codec.TypeReply:
			r, _ := codec.ParseReply(payload)
			p.replies <- r
		case codec.TypeJoined:
			j, _ := codec.ParseJoined(payload)
			p.joined <- j
		}
		frames = rest
	}
	return true
}

// solo runs a partition on the embedded journal, whose streams take so many messages.
func solo(t *testing.T, roundTicks uint32, messages int64) *soloist {
	t.Helper()
	f, err := OpenFolder(t.TempDir(), Plan{Hunt: "demo/solo", Edges: 2000, Seed: 1, Partitions: 1, RoundTicks: roundTicks})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenStore(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), f.Close()); err != nil {
			t.Error(err)
		}
	})
	if s.Journal, err = journal.New(s.conn, f.Plan.Hunt, journal.WithMessages(messages)); err != nil {
		t.Fatal(err)
	}
	rules := partition.DefaultRules()
	rules.RoundTicks, rules.Treasures, rules.MoveTicks = roundTicks, 20, 1 // a move a tick
	p := &soloist{t: t, store: s, journal: &laggard{Log: s.Journal.Partition(0)}, replies: make(chan codec.Reply, 10), joined: make(chan codec.Joined, 10)}
	var mem []byte
	topo := Topology(f, 0)
	p.cfg = actor.Config{
		Partitions: 1, Hunt: huntHash(f.Plan.Hunt), World: f.World.Hash(), Secret: f.Secret, Rules: rules, Epoch: 1,
		Build: buildCore(topo, &mem), Journal: p.journal, Records: uint64(s.Journal.Messages()), Deltas: deltaLog(topo), Outlet: p,
		Neighbour: func() codec.Watermark { return codec.Watermark{} }, Post: func(codec.PartitionID, []byte) {},
		Nanotime: engine.Nanotime, Metrics: actor.NewMetrics(prometheus.NewRegistry(), 0), Log: slog.New(slog.DiscardHandler),
	}
	if p.actor, err = actor.Open(t.Context(), p.cfg); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.actor.Run(ctx, time.Now()) }()
	p.stop = func() error {
		cancel()
		return errors.Join(<-done, offheap.Unmap(mem))
	}
	p.submit(codec.Join{Player: 1, Name: codec.NameOf("solo")}.Append(nil))
	j := next(t, p.joined)
	if j.Code != codec.CodeOK {
		t.Fatalf("join: %v", j.Code)
	}
	p.node = j.Node
	return p
}

// next is the next answer of a kind.
func next[T any](t *testing.T, answers <-chan T) (a T) {
	t.Helper()
	select {
	case a = <-answers:
	case <-time.After(time.Minute):
		t.Fatal("no answer within a minute")
	}
	return a
}

func (p *soloist) submit(frames []byte) {
	if err := p.actor.Submit(p.t.Context(), codec.Batch{Peer: p, Frames: frames, ReadAt: engine.Nanotime()}); err != nil {
		p.t.Fatal(err)
	}
}

// play moves about once a tick until it is told to stop, and counts what came back.
func (p *soloist) play(until func(taken, refused int) bool) (taken, refused int) {
	p.t.Helper()
	pace := time.NewTicker(time.Second / codec.TicksPerSecond)
	defer pace.Stop()
	first := p.store.Folder.World.First
	for deadline := time.Now().Add(time.Minute); !until(taken, refused); {
		if time.Now().After(deadline) {
			p.t.Fatalf("after a minute: %d moves taken, %d refused, durable %v", taken, refused, p.actor.Durable().Index)
		}
		p.submit(codec.Move{Player: 1, Seq: p.seq + 1, Edge: codec.EdgeID(first[p.node])}.Append(nil))
		r := next(p.t, p.replies)
		switch p.round = r.Round; r.Code {
		case codec.CodeOK:
			p.seq, p.node = r.Seq, r.Node
			taken++
		case codec.CodeNotNow:
			refused++
		case codec.CodeTooFast:
		default:
			p.t.Fatalf("move %d: %v", p.seq+1, r.Code)
		}
		<-pace.C
	}
	return taken, refused
}

// whole stops the partition and rebuilds it: every move that was taken is there.
func (p *soloist) whole() {
	p.t.Helper()
	if err := p.stop(); err != nil {
		p.t.Fatal(err)
	}
	var mem []byte
	cfg := ReplayOf(p.store, 0, &mem)
	cfg.From, cfg.Marks = 1, []codec.Watermark{p.actor.Durable()}
	h, err := actor.Replay(p.t.Context(), cfg)
	if err != nil || h.Moves != int(p.seq) {
		p.t.Errorf("the journal has %d moves of %d: %v", h.Moves, p.seq, err)
	}
	if err := offheap.Unmap(mem); err != nil {
		p.t.Error(err)
	}
}

// TestSlowDisk: answers that take six ticks hold nobody up, for longer than the
// records that may wait would last: appends do not wait for one another.
func TestSlowDisk(t *testing.T) {
	t.Parallel()
	p := solo(t, codec.MaxRoundTicks, journal.MaxMessages)
	p.journal.set(200*time.Millisecond, nil)
	if taken, refused := p.play(func(taken, _ int) bool { return taken == 120 }); refused > taken/4 {
		t.Errorf("%d moves were refused, %d taken", refused, taken)
	}
	p.whole()
}

// TestSilentJournal: without answers moves are taken for some three seconds, then
// refused; nothing is called durable; it goes on by itself.
func TestSilentJournal(t *testing.T) {
	t.Parallel()
	p := solo(t, codec.MaxRoundTicks, journal.MaxMessages)
	p.play(func(taken, _ int) bool { return taken == 5 })
	gate := make(chan struct{})
	last := p.journal.set(0, gate)
	for deadline := time.Now().Add(time.Minute); p.actor.Durable().Index != last; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("durable is %v, not %v", p.actor.Durable().Index, last)
		}
	}
	taken, _ := p.play(func(_, refused int) bool { return refused == 20 })
	if most := 4 * codec.TicksPerSecond; taken > most { // fewer, if the machine stood still: ticks pass then without moves
		t.Errorf("%d moves were taken without an answer, want at most %d", taken, most)
	}
	if now := p.actor.Durable().Index; now != last {
		t.Errorf("durable went from %v to %v", last, now)
	}
	p.journal.set(0, nil)
	close(gate)
	p.play(func(taken, _ int) bool { return taken == 10 })
	p.whole()
}

// TestFullStream: when the messages left in a round's stream are those that the
// round's end needs, moves are refused until the next round.
func TestFullStream(t *testing.T) {
	t.Parallel()
	const messages = 40
	p := solo(t, 90, messages) // a round of three seconds, with a record a tick
	for range 2 {
		p.play(func(_, refused int) bool { return refused == 10 })
		from := p.round
		p.play(func(taken, _ int) bool { return taken == 10 })
		if p.round == from {
			t.Errorf("moves are taken again in round %d", from)
		}
	}
	p.whole()
	rounds, err := p.journal.Rounds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, round := range rounds[:2] {
		if last, _, err := p.journal.Last(t.Context(), round); last < messages/2 || last > messages || err != nil {
			t.Errorf("round %d has %d records of %d (%v)", round, last, messages, err)
		}
	}
}

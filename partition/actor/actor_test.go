package actor

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// memJournal is an ordered log with a fence, as the port demands. The system's
// tests run the same actor on JetStream.
type memJournal struct {
	mu        sync.Mutex
	rounds    map[codec.Round][][]byte
	snapshots map[codec.Index][]byte
	stall     chan struct{} // not nil: appends wait until it is closed
	limit     int           // records that a round's stream takes; 0: any number
}

var (
	errFenced = errors.New("another record is there")
	errFull   = errors.New("the stream is full")
)

func newMemJournal() *memJournal {
	return &memJournal{rounds: map[codec.Round][][]byte{}, snapshots: map[codec.Index][]byte{}}
}

func (j *memJournal) Rounds(context.Context) (all []codec.Round, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for r := range j.rounds {
		all = append(all, r)
	}
	slices.Sort(all)
	return all, nil
}

func (j *memJournal) Last(_ context.Context, r codec.Round) (uint64, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	records, ok := j.rounds[r]
	return uint64(len(records)), ok, nil
}

func (j *memJournal) Read(_ context.Context, r codec.Round, from uint64, fn func(uint64, []byte) error) error {
	j.mu.Lock()
	records := slices.Clone(j.rounds[r])
	j.mu.Unlock()
	for i := from; i <= uint64(len(records)); i++ {
		if err := fn(i, records[i-1]); err != nil {
			return err
		}
	}
	return nil
}

func (j *memJournal) Create(_ context.Context, r codec.Round) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rounds[r] = append(j.rounds[r], nil...)
	return nil
}

func (j *memJournal) Append(ctx context.Context, at codec.Index, record []byte) error {
	j.mu.Lock()
	stall := j.stall
	j.mu.Unlock()
	if stall != nil {
		select {
		case <-stall:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if uint64(len(j.rounds[at.Round])) != at.Seq-1 {
		return errFenced
	}
	if j.limit > 0 && len(j.rounds[at.Round]) == j.limit {
		return errFull
	}
	j.rounds[at.Round] = append(j.rounds[at.Round], slices.Clone(record))
	return nil
}

// begun is an append of a memJournal, which is made when somebody waits for it.
type begun struct {
	j      *memJournal
	at     codec.Index
	record []byte
}

func (b begun) Wait(ctx context.Context) error { return b.j.Append(ctx, b.at, b.record) }

func (j *memJournal) Start(at codec.Index, record []byte) Pending { return begun{j, at, record} }

func (j *memJournal) Record(_ context.Context, at codec.Index) ([]byte, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	records := j.rounds[at.Round]
	if at.Seq == 0 || at.Seq > uint64(len(records)) {
		return nil, false, nil
	}
	return records[at.Seq-1], true, nil
}

func (j *memJournal) PutSnapshot(_ context.Context, at codec.Index, data []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.snapshots[at] = slices.Clone(data)
	return nil
}

func (j *memJournal) Snapshots(context.Context) ([]codec.Index, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.SortedFunc(maps.Keys(j.snapshots), codec.Index.Compare), nil
}

func (j *memJournal) Snapshot(_ context.Context, at codec.Index) ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if data, ok := j.snapshots[at]; ok {
		return slices.Clone(data), nil
	}
	return nil, errors.New("no snapshot is there")
}

// bed is everything around one partition of a ring of 200 nodes.
type bed struct {
	t       *testing.T
	journal *memJournal
	topo    partition.Topology
	mu      sync.Mutex
	groups  []codec.Group
}

func newBed(t *testing.T) *bed {
	b := &bed{t: t, journal: newMemJournal()}
	const n = 200
	b.topo.Main = n
	for i := range uint32(n) {
		b.topo.First = append(b.topo.First, 2*i)
		b.topo.Head = append(b.topo.Head, (i+1)%n, (i+n-1)%n)
		b.topo.Base = append(b.topo.Base, 408, 408)
	}
	b.topo.First = append(b.topo.First, 2*n)
	return b
}

func (b *bed) build(rules codec.Rules) (*partition.Core, error) {
	n, err := partition.MemorySize(&b.topo, rules)
	if err != nil {
		return nil, err
	}
	words := make([]uint64, n/8+1)
	return partition.New(b.topo, rules, unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), n), new(partition.Arena))
}

func (b *bed) second() (Build, func() error) { return b.build, func() error { return nil } }

func (b *bed) Release(_ context.Context, g codec.Group) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	g.Frames = slices.Clone(g.Frames)
	b.groups = append(b.groups, g)
	return nil
}

type noDeltas struct{}

func (noDeltas) Append(codec.Delta) error { return nil }
func (noDeltas) AppendReplay(dst []byte, _ codec.DeltaSeq, _ codec.Round, _ codec.Tick) []byte {
	return dst
}

func (b *bed) config(epoch codec.Epoch) Config {
	rules := partition.DefaultRules()
	rules.RoundTicks, rules.Treasures = 200, 40
	began := time.Now()
	return Config{
		Partitions: 1, Secret: Secret{7}, Rules: rules, Epoch: epoch, Build: b.build, Second: b.second, Journal: b.journal, Outlet: b,
		Deltas:    func(codec.DeltaSeq, *partition.Core) Deltas { return noDeltas{} },
		Neighbour: func() codec.Watermark { return codec.Watermark{} },
		Post:      func(codec.PartitionID, []byte) {},
		Nanotime:  func() int64 { return int64(time.Since(began)) },
		Metrics:   NewMetrics(prometheus.NewRegistry(), 0),
		Log:       slog.New(slog.DiscardHandler),
	}
}

func (b *bed) open(epoch codec.Epoch) *Actor {
	b.t.Helper()
	a, err := Open(b.t.Context(), b.config(epoch))
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// gateway is a peer that plays.
type gateway struct {
	mu     sync.Mutex
	frames []byte
	more   chan struct{}
}

func newGateway() *gateway { return &gateway{more: make(chan struct{}, 1)} }

func (g *gateway) Send(frames []byte) bool {
	g.mu.Lock()
	g.frames = append(g.frames, frames...)
	g.mu.Unlock()
	select {
	case g.more <- struct{}{}:
	default:
	}
	return true
}

func (g *gateway) Recycle([]byte) {}

// next waits for a frame of a type.
func (g *gateway) next(t *testing.T, want codec.Type) []byte {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		g.mu.Lock()
		for len(g.frames) > 0 {
			typ, payload, rest, err := codec.Next(g.frames)
			if err != nil {
				t.Fatal(err)
			}
			g.frames = rest
			if typ == want {
				g.mu.Unlock()
				return payload
			}
		}
		g.mu.Unlock()
		select {
		case <-g.more:
		case <-deadline:
			t.Fatalf("no %v frame within 10 s", want)
		}
	}
}

// play joins a player and makes moves at a lawful rate; it returns the last reply.
func play(t *testing.T, a *Actor, g *gateway, id codec.PlayerID, moves int) (last codec.Reply) {
	t.Helper()
	submit := func(frames []byte) {
		if err := a.Submit(t.Context(), codec.Batch{Peer: g, Frames: frames, ReadAt: a.cfg.Nanotime()}); err != nil {
			t.Fatal(err)
		}
	}
	joined, err := codec.Joined{Code: codec.CodeNotNow}, error(nil)
	for joined.Code == codec.CodeNotNow { // while overdue ticks fill the slots
		submit(codec.Join{Player: id, Name: codec.NameOf("p")}.Append(nil))
		if joined, err = codec.ParseJoined(g.next(t, codec.TypeJoined)); err != nil {
			t.Fatal(err)
		}
	}
	if joined.Code != codec.CodeOK {
		t.Fatalf("join: %v", joined.Code)
	}
	node, seq := joined.Node, joined.Last
	for done := 0; done < moves; {
		submit(codec.Move{Player: id, Seq: seq + 1, Edge: codec.EdgeID(2 * node)}.Append(nil))
		if last, err = codec.ParseReply(g.next(t, codec.TypeReply)); err != nil {
			t.Fatal(err)
		}
		switch last.Code {
		case codec.CodeOK:
			node, seq, done = last.Node, last.Seq, done+1
		case codec.CodeTooFast, codec.CodeNotNow:
		default:
			t.Fatalf("move: %v", last.Code)
		}
	}
	return last
}

// run runs the actor until stop is called.
func run(t *testing.T, a *Actor, ago time.Duration) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, time.Now().Add(-ago)) }()
	return func() error {
		cancel()
		return <-done
	}
}

func (b *bed) replay(from codec.Round, mark *codec.Watermark) (History, error) {
	cfg := b.config(1)
	if cfg.From = from; mark != nil {
		cfg.Marks = []codec.Watermark{*mark}
	}
	r := cfg.replay()
	r.Release = nil
	return Replay(b.t.Context(), r)
}

// played is a bed with a journal of a few rounds.
func played(t *testing.T) (*bed, *Actor) {
	b := newBed(t)
	a := b.open(10)
	for range 17 * codec.TicksPerSecond { // with the journal at their heels
		a.tick()
		b.drain(a)
	}
	stop := run(t, a, 18*time.Second)
	play(t, a, newGateway(), 5, 8)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	return b, a
}

// TestRestart holds I3 and the base + snapshot rule: what was acknowledged is
// in the journal, any round rebuilds the same state, and the next epoch goes on.
func TestRestart(t *testing.T) {
	b, a := played(t)
	mark := a.Durable()
	for from := codec.Round(0); from <= mark.Index.Round+1; from++ { // the last one has not begun
		h, err := b.replay(from, &mark)
		if err != nil {
			t.Fatalf("from round %d: %v", from, err)
		}
		if h.Last != mark || h.Core.Hash() != a.core.Hash() {
			t.Errorf("from round %d: %+v, live %+v", from, h.Last, mark)
		}
	}
	if mark.Index.Round < 2 {
		t.Fatalf("only %d rounds: the test shows nothing of a round's end", mark.Index.Round)
	}
	again := b.open(11)
	stop := run(t, again, time.Duration(again.Clock())*time.Second/codec.TicksPerSecond)
	last := play(t, again, newGateway(), 5, 1)
	if last.Seq != 9 {
		t.Errorf("the first move after the restart has sequence %d, want 9", last.Seq)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if h, err := b.replay(1, nil); err != nil || h.Epoch != 11 || h.Moves != 9 {
		t.Errorf("replay of both epochs: epoch %d, %d moves, %v", h.Epoch, h.Moves, err)
	}
}

// TestRepeatedJoins: a join that changes nothing is answered without a record;
// one with another goal or name, or after a while, has one.
func TestRepeatedJoins(t *testing.T) {
	b := newBed(t)
	a := b.open(10)
	stop := run(t, a, 0)
	g := newGateway()
	play(t, a, g, 5, 1)
	const joins = 50
	for range joins {
		if err := a.Submit(t.Context(), codec.Batch{Peer: g, Frames: codec.Join{Player: 5, Name: codec.NameOf("p")}.Append(nil)}); err != nil {
			t.Fatal(err)
		}
		j, err := codec.ParseJoined(g.next(t, codec.TypeJoined))
		if err != nil || j.Code != codec.CodeOK && j.Code != codec.CodeNotNow || j.Code == codec.CodeOK && j.Last != 1 {
			t.Fatalf("joined %+v, %v", j, err)
		}
	}
	play(t, a, g, 5, 0) // whatever waits for the journal is through
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	recorded := 0
	for _, r := range b.rounds(t) {
		if err := b.journal.Read(t.Context(), r, 1, func(_ uint64, record []byte) error {
			h, body, err := codec.ParseRecord(record)
			if h.Kind != codec.RecordTicks {
				return err
			}
			_, _, body, err = codec.ParseTicks(body)
			for in := (codec.Input{}); err == nil && len(body) > 0; {
				if body, err = codec.ParseInput(body, &in); err == nil && in.Kind == codec.InputJoin {
					recorded++
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if recorded > 5 { // the first, and one in a quarter of the idle time
		t.Errorf("%d of %d joins are journaled", recorded, joins)
	}
}

func (b *bed) rounds(t *testing.T) []codec.Round {
	t.Helper()
	all, err := b.journal.Rounds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRestartBetweenRounds: a crash may leave a journal that ends with a round.
// What is asked of the partition then belongs to the next one.
func TestRestartBetweenRounds(t *testing.T) {
	b, _ := played(t)
	for round := range b.journal.rounds {
		if round > 1 {
			delete(b.journal.rounds, round)
		}
	}
	before, err := b.replay(1, nil)
	if err != nil || !before.Core.RoundOver() {
		t.Fatalf("the journal should end with round 1: %+v, %v", before.Last, err)
	}
	again := b.open(11)
	stop := run(t, again, time.Duration(again.Clock())*time.Second/codec.TicksPerSecond) // no tick is due yet
	play(t, again, newGateway(), 6, 1)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	mark := again.Durable()
	if h, err := b.replay(1, &mark); err != nil || h.Moves != before.Moves+1 || h.Core.Players() != before.Core.Players()+1 {
		t.Errorf("replay: %d moves, %v; before the restart %d", h.Moves, err, before.Moves)
	}
}

// TestFenceBetweenRounds holds I4 where a round has ended: of an old owner that
// has not begun the next round yet, and a new one, one begins it.
func TestFenceBetweenRounds(t *testing.T) {
	b, _ := played(t)
	for round := range b.journal.rounds {
		if round > 1 {
			delete(b.journal.rounds, round)
		}
	}
	// both have found the round over when one of them comes first
	slow := b.config(11)
	slow.Journal = &overtaken{b.journal, func() { b.open(12) }}
	if _, err := Open(t.Context(), slow); !errors.Is(err, errFenced) {
		t.Errorf("the one who was overtaken: %v", err)
	}
	h, err := b.replay(1, nil)
	if err != nil || h.Epoch != 12 || h.Last.Index != (codec.Index{Round: 2, Seq: 1}) {
		t.Errorf("epoch %d, the last record is %v (%v)", h.Epoch, h.Last.Index, err)
	}
}

// overtaken lets somebody else append before its first record.
type overtaken struct {
	*memJournal
	other func()
}

func (j *overtaken) Start(at codec.Index, record []byte) Pending {
	if j.other != nil {
		j.other()
		j.other = nil
	}
	return j.memJournal.Start(at, record)
}

// busyOutlet holds the first group with a player in it until it is freed, and
// takes none once ctx has ended.
type busyOutlet struct {
	*bed
	held, free chan struct{}
	once       sync.Once
}

func (o *busyOutlet) Release(ctx context.Context, g codec.Group) error {
	if len(g.Frames) > 0 && g.Durable.Index.Seq > 1 {
		o.once.Do(func() {
			close(o.held)
			<-o.free
		})
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return o.bed.Release(ctx, g)
}

// TestStopWhileReleasing: a stop waits for an outlet that is behind, and loses
// nothing that was applied.
func TestStopWhileReleasing(t *testing.T) {
	b := newBed(t)
	outlet := &busyOutlet{bed: b, held: make(chan struct{}), free: make(chan struct{})}
	cfg := b.config(10)
	cfg.Outlet = outlet
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, time.Now()) }()
	play(t, a, newGateway(), 5, 1)
	<-outlet.held
	stop()
	close(outlet.free)
	if err := <-done; err != nil {
		t.Error(err)
	}
	mark := a.Durable()
	if h, err := b.replay(1, &mark); err != nil || h.Moves != 1 || h.Core.Hash() != a.core.Hash() {
		t.Errorf("replay: %d moves of 1, %v", h.Moves, err)
	}
}

// TestReleaseOrder: groups come in the journal's order, and a restart releases
// the round again with the same indices and frames.
func TestReleaseOrder(t *testing.T) {
	b, _ := played(t)
	live := b.groups
	for i := 1; i < len(live); i++ {
		if live[i].Durable.Index.Compare(live[i-1].Durable.Index) <= 0 {
			t.Fatalf("group %v after %v", live[i].Durable.Index, live[i-1].Durable.Index)
		}
	}
	b.groups = nil
	b.open(11)
	seen := 0
	for _, g := range b.groups {
		i := slices.IndexFunc(live, func(l codec.Group) bool { return l.Durable.Index == g.Durable.Index })
		if i < 0 || !g.Replayed || string(live[i].Frames) != string(g.Frames) || live[i].Durable != g.Durable {
			t.Fatalf("group %v is released differently after the restart", g.Durable.Index)
		}
		seen++
	}
	if seen == 0 {
		t.Error("nothing was released again")
	}
}

// TestFence holds I4: the owner of a lower epoch cannot append any more.
func TestFence(t *testing.T) {
	b := newBed(t)
	old := b.open(10)
	stop := run(t, old, 0)
	play(t, old, newGateway(), 5, 2)
	taken := make(chan error, 1)
	go func() {
		for { // the old owner appends all the time: take over between two of its records
			if _, err := Open(t.Context(), b.config(11)); !errors.Is(err, errFenced) {
				taken <- err
				return
			}
		}
	}()
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	<-old.stopped
	if err := stop(); !errors.Is(err, errFenced) {
		t.Errorf("the fenced owner ended with %v", err)
	}
	if err := old.Submit(t.Context(), codec.Batch{}); !errors.Is(err, ErrStopped) {
		t.Errorf("submit to a fenced owner: %v", err)
	}
	if _, err := Open(t.Context(), b.config(11)); err == nil {
		t.Error("an epoch was used twice")
	}
	if h, err := b.replay(1, nil); err != nil || h.Epoch != 11 {
		t.Errorf("epoch %d, %v", h.Epoch, err)
	}
}

// TestStalledJournal: speculation is bounded, refused with a code, and goes on
// by itself; nothing leaves before it is durable.
func TestStalledJournal(t *testing.T) {
	b := newBed(t)
	a := b.open(10)
	stop := run(t, a, 0)
	g := newGateway()
	play(t, a, g, 5, 1)
	stall := make(chan struct{})
	b.journal.mu.Lock()
	b.journal.stall = stall
	b.journal.mu.Unlock()
	held := a.Durable().Index
	for {
		err := a.Submit(t.Context(), codec.Batch{Peer: g, Frames: codec.Join{Player: 5}.Append(nil), ReadAt: 1})
		if err != nil {
			t.Fatal(err)
		}
		j, err := codec.ParseJoined(g.next(t, codec.TypeJoined))
		if err != nil {
			t.Fatal(err)
		}
		if j.Code == codec.CodeNotNow {
			break
		}
	}
	if d := a.Durable().Index; d.Seq > held.Seq+1 {
		t.Errorf("durable went from %v to %v while the journal stood still", held, d)
	}
	b.journal.mu.Lock()
	b.journal.stall = nil
	b.journal.mu.Unlock()
	close(stall)
	play(t, a, g, 5, 1)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if h, err := b.replay(1, nil); err != nil || h.Core.Hash() != a.core.Hash() {
		t.Errorf("after the stall: %v", err)
	}
}

// TestSubscribe: a subscriber gets the view and then every group, without a gap.
func TestSubscribe(t *testing.T) {
	b := newBed(t)
	a := b.open(10)
	stop := run(t, a, 0)
	play(t, a, newGateway(), 5, 3)
	g := newGateway()
	if err := a.Submit(t.Context(), codec.Batch{Peer: g, Frames: codec.Subscribe{}.Append(nil)}); err != nil {
		t.Fatal(err)
	}
	first, err := codec.ParseDurable(g.next(t, codec.TypeDurable))
	if err != nil {
		t.Fatal(err)
	}
	for {
		e, err := codec.ParseEvent(g.next(t, codec.TypeEvent))
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == codec.EventPlayerJoined && e.Player == 5 {
			break
		}
	}
	for seq := first.Index.Seq + 1; seq < first.Index.Seq+4; seq++ {
		d, err := codec.ParseDurable(g.next(t, codec.TypeDurable))
		if err != nil || d.Index.Seq != seq {
			t.Fatalf("durable %v, want sequence %d (%v)", d.Index, seq, err)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// TestDamage: whatever is done to a record, replay names its index or, for the
// last one, the watermark does.
func TestDamage(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	cases := []struct {
		name  string
		spoil func(b *bed, mark *codec.Watermark) (want codec.Index)
		err   error // nil: any
	}{
		{"a bit flipped", func(b *bed, _ *codec.Watermark) codec.Index {
			rec := b.journal.rounds[2][20]
			rec[rng.IntN(len(rec))] ^= 4
			return codec.Index{Round: 2, Seq: 21}
		}, nil},
		{"a record left out", func(b *bed, _ *codec.Watermark) codec.Index {
			b.journal.rounds[2] = slices.Delete(b.journal.rounds[2], 20, 21)
			return codec.Index{Round: 2, Seq: 21}
		}, ErrChain},
		{"two records swapped", func(b *bed, _ *codec.Watermark) codec.Index {
			r := b.journal.rounds[2]
			r[20], r[21] = r[21], r[20]
			return codec.Index{Round: 2, Seq: 21}
		}, ErrChain},
		{"the tail cut off", func(b *bed, m *codec.Watermark) codec.Index {
			b.journal.rounds[m.Index.Round] = b.journal.rounds[m.Index.Round][:m.Index.Seq-1]
			if m.Index.Seq == 1 {
				return codec.Index{Round: m.Index.Round - 1, Seq: uint64(len(b.journal.rounds[m.Index.Round-1])) + 1}
			}
			return m.Index
		}, ErrMissing},
		{"the last round lost", func(b *bed, m *codec.Watermark) codec.Index {
			delete(b.journal.rounds, m.Index.Round)
			return codec.Index{Round: m.Index.Round - 1, Seq: uint64(len(b.journal.rounds[m.Index.Round-1])) + 1}
		}, ErrMissing},
		{"the first round lost", func(b *bed, _ *codec.Watermark) codec.Index {
			delete(b.journal.rounds, 1)
			return codec.Index{Round: 2, Seq: 1}
		}, ErrStart},
		{"a snapshot beyond the end", func(b *bed, m *codec.Watermark) codec.Index {
			b.journal.snapshots[codec.Index{Round: m.Index.Round, Seq: m.Index.Seq + 1}] = nil
			return codec.Index{Round: m.Index.Round, Seq: m.Index.Seq + 1}
		}, ErrMissing},
		{"another record at the watermark", func(_ *bed, m *codec.Watermark) codec.Index {
			m.Chain[3] ^= 1
			return m.Index
		}, ErrMark},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			b, a := played(t)
			mark := a.Durable()
			want := tc.spoil(b, &mark)
			_, err := b.replay(1, &mark)
			var at *ReplayError
			if !errors.As(err, &at) || tc.err != nil && !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if at.Index.Round != want.Round || at.Index.Seq != want.Seq && at.Index.Seq != want.Seq+1 {
				t.Errorf("named %v, want %v or the record after it", at.Index, want)
			}
		})
	}
}

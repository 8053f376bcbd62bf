package system

import (
	"crypto/sha256"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/offheap"
	"github.com/huntgraph/huntgraph/transport/client"
	"github.com/huntgraph/huntgraph/transport/token"
)

// fairRounds is how many rounds the predictions are tried on.
const fairRounds = 2

// TestTreasuresAreNotPredicted (I13): with any 32 bytes of what a player is told
// until a round has started, the places of its treasures are predicted no better
// than by chance; with the seed that a service is told, all of them are. The
// round's end tells the seed, which is what its start committed to.
func TestTreasuresAreNotPredicted(t *testing.T) {
	d, err := StartDev(t.Context(), DevConfig{
		Dir: t.TempDir(), HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0",
		Plan: Plan{Hunt: "demo/main", Edges: 12000, Seed: 1, Partitions: 2, RoundTicks: codec.TicksPerSecond},
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	player, service := listen(t, d, token.Claims{Player: 1}), listen(t, d, token.Claims{Player: 2, Service: true})
	rules := d.rules()
	first := player.wait(t, 1)
	service.wait(t, first)
	player.wait(t, first+fairRounds)
	service.wait(t, first+fairRounds)
	if _, err := d.stopHeard(player, service); err != nil {
		t.Fatal(err)
	}
	f, err := FindFolder(d.cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for number := first; number < first+fairRounds; number++ {
		is, knows := player.rounds[number], service.rounds[number]
		if len(is.start.Seed) != 0 {
			t.Errorf("round %d: a player is told the seed at the start", number)
		}
		seed, err := huntpb.OpenSeed(is.end.Seed, is.start.Commitment)
		if err != nil || string(knows.start.Seed) != string(seed[:]) {
			t.Errorf("round %d: %v; a service was told %x at the start, players %x at the end", number, err, knows.start.Seed, seed)
		}
		if hits := hitsOf(t, f, rules, seed, is.placed); hits != len(is.placed) || hits < 2*8 {
			t.Errorf("round %d: of %d treasures the seed tells %d", number, len(is.placed), hits)
		}
		guesses := guessesOf(is.before)
		for guess := range guesses {
			// Of 16 treasures on some 6,000 nodes a guess hits 0.04 by chance; 8 are one in 10^15.
			if hits := hitsOf(t, f, rules, guess, is.placed); hits >= 8 {
				t.Errorf("round %d: %d of %d treasures are predicted by %v, which a player was told", number, hits, len(is.placed), guess)
			}
		}
		t.Logf("round %d: %d treasures, %d guesses", number, len(is.placed), len(guesses))
	}
}

// heard is what a session is told of the rounds' events.
type heard struct {
	session *client.Session
	mu      sync.Mutex
	rounds  map[codec.Round]*heardRound
	tail    []byte // the last messages
	news    chan struct{}
}

type heardRound struct {
	start  *huntpb.TreasureRoundStarted
	end    *huntpb.RoundEnded
	placed map[codec.TreasureID]codec.NodeID
	before []byte // what was told until it had started, the start's message last
}

// heardTail is how many bytes of what was told before a round's start are tried as a seed.
const heardTail = 150

// listen opens a session that takes down what it is told.
func listen(t *testing.T, d *Dev, c token.Claims) *heard {
	t.Helper()
	h := &heard{rounds: map[codec.Round]*heardRound{}, news: make(chan struct{}, 1)}
	c.Hunt = d.folder.Plan.Hunt
	o, err := d.edge.Client(0, "")
	if err != nil {
		t.Fatal(err)
	}
	text, err := token.Mint(d.edge.keep.signer, c, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	o.Token, o.Handlers = text, client.Handlers{
		OnRoundEvent: func(e *huntpb.RoundEvent) { h.take(t, e) },
		OnState:      func(s *huntpb.State) { h.note(t, s) },
	}
	if h.session, err = client.Dial(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *heard) note(t *testing.T, m proto.Message) {
	b, err := proto.Marshal(m)
	if err != nil {
		t.Error(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tail = append(h.tail, b...)
	h.tail = h.tail[max(0, len(h.tail)-heardTail):]
}

func (h *heard) take(t *testing.T, e *huntpb.RoundEvent) {
	h.note(t, e)
	h.mu.Lock()
	defer h.mu.Unlock()
	number := codec.Round(e.Id.Round)
	switch b := e.Body.(type) {
	case *huntpb.RoundEvent_Started:
		h.rounds[number] = &heardRound{start: b.Started, placed: map[codec.TreasureID]codec.NodeID{}, before: append([]byte(nil), h.tail...)}
	case *huntpb.RoundEvent_Placed:
		if r := h.rounds[number]; r != nil {
			r.placed[codec.TreasureID(b.Placed.Treasure)] = codec.NodeID(b.Placed.Node)
		}
	case *huntpb.RoundEvent_Ended:
		if r := h.rounds[number]; r != nil {
			r.end = b.Ended
		}
	}
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// wait waits until a round has started that was seen to start, from this one on.
func (h *heard) wait(t *testing.T, from codec.Round) codec.Round {
	t.Helper()
	for late := time.After(time.Minute); ; {
		h.mu.Lock()
		for number := range maps.Keys(h.rounds) {
			if number >= from {
				h.mu.Unlock()
				return number
			}
		}
		h.mu.Unlock()
		select {
		case <-h.news:
		case <-late:
			t.Fatalf("round %d has not started within a minute", from)
		}
	}
}

// stopHeard stops the hunt and its listeners.
func (d *Dev) stopHeard(all ...*heard) (Summary, error) {
	var errs []error
	for _, h := range all {
		errs = append(errs, h.session.Close())
	}
	s, err := d.Stop()
	return s, errors.Join(append(errs, err)...)
}

// guessesOf are all seeds that could be read out of some bytes, and their SHA-256.
func guessesOf(b []byte) map[codec.Seed]bool {
	all := map[codec.Seed]bool{{}: true, {1}: true}
	for i := range max(0, len(b)-31) {
		seed := codec.Seed(b[i : i+32])
		all[seed], all[sha256.Sum256(seed[:])] = true, true
	}
	return all
}

// hitsOf plays a round from a seed and counts the treasures that open where they did.
func hitsOf(t *testing.T, f *Folder, rules codec.Rules, seed codec.Seed, placed map[codec.TreasureID]codec.NodeID) (hits int) {
	t.Helper()
	for p := range codec.PartitionID(f.World.Partitions()) {
		var mem []byte
		core, err := buildCore(Topology(f, p), &mem)(rules)
		if err != nil {
			t.Fatal(err)
		}
		core.BeginRound(1, seed)
		for {
			hits += opensWhere(t, core, placed)
			if core.RoundOver() {
				break
			}
			core.Tick()
		}
		if err := offheap.Unmap(mem); err != nil {
			t.Fatal(err)
		}
	}
	return hits
}

func opensWhere(t *testing.T, core *partition.Core, placed map[codec.TreasureID]codec.NodeID) (hits int) {
	t.Helper()
	for frames := core.Outbox(); len(frames) > 0; {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			t.Fatal(err)
		}
		frames = rest
		if typ != codec.TypeEvent {
			continue
		}
		e, err := codec.ParseEvent(payload)
		if err != nil {
			t.Fatal(err)
		}
		if node, there := placed[e.Treasure]; there && e.Kind == codec.EventTreasureOpened && node == e.Node {
			hits++
		}
	}
	return hits
}

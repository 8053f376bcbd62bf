package rounds_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/control/rounds"
)

// memory is an ordered log with the fence of the real one. One keeper's
// goroutine uses it at a time.
type memory struct {
	logs  map[codec.Round][][]byte
	kept  map[codec.Round][]byte // archives
	full  bool                   // an archive cannot be stored
	fail  int                    // appends until one fails; 0: never
	after bool                   // it fails after it was stored
}

var (
	_ rounds.Stream  = (*memory)(nil)
	_ rounds.Archive = (*memory)(nil)
)

var errCrash = errors.New("crash")

// streamCap is what a stream takes.
const streamCap = 10_000

func newMemory() *memory {
	return &memory{logs: map[codec.Round][][]byte{}, kept: map[codec.Round][]byte{}}
}

func (m *memory) PutArchive(_ context.Context, r codec.Round, data []byte) error {
	if m.full {
		return errors.New("no room")
	}
	m.kept[r] = append([]byte(nil), data...)
	return nil
}

func (m *memory) Archives(context.Context) (all []codec.Round, err error) {
	for r := range m.kept {
		all = append(all, r)
	}
	return all, nil
}

func (m *memory) Create(_ context.Context, r codec.Round) error {
	if _, ok := m.logs[r]; !ok {
		m.logs[r] = nil
	}
	return nil
}

func (m *memory) Append(_ context.Context, r codec.Round, expect uint64, data []byte) (uint64, error) {
	log, ok := m.logs[r]
	if !ok {
		return 0, fmt.Errorf("no stream of round %d", r)
	}
	if uint64(len(log)) != expect {
		return 0, fmt.Errorf("the last sequence is %d, not %d", len(log), expect)
	}
	if len(log) >= streamCap {
		return 0, errors.New("the stream is full")
	}
	m.fail--
	if m.fail == 0 && !m.after {
		return 0, errCrash
	}
	m.logs[r] = append(log, append([]byte(nil), data...))
	if m.fail == 0 {
		return 0, errCrash
	}
	return expect + 1, nil
}

func (m *memory) Read(_ context.Context, r codec.Round, fn func(uint64, []byte) error) error {
	for i, data := range m.logs[r] {
		if err := fn(uint64(i+1), data); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Rounds(context.Context) (all []codec.Round, err error) {
	for r := range m.logs {
		all = append(all, r)
	}
	return all, nil
}

// put appends an event past the keeper.
func (m *memory) put(t *testing.T, r codec.Round, ev *huntpb.RoundEvent) {
	t.Helper()
	data, err := proto.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	m.logs[r] = append(m.logs[r], data)
}

// story tells a round's events, one a line.
func (m *memory) story(r codec.Round) (lines []string, err error) {
	for _, data := range m.logs[r] {
		var ev huntpb.RoundEvent
		if err := proto.Unmarshal(data, &ev); err != nil {
			return nil, err
		}
		id := fmt.Sprintf("own %d", ev.Id.Ordinal)
		if ev.Id.Partition != nil {
			id = fmt.Sprintf("p%d %d/%d.%d", *ev.Id.Partition, ev.Id.Round, ev.Id.Seq, ev.Id.Ordinal)
		}
		lines = append(lines, id+": "+body(&ev))
	}
	return lines, nil
}

func body(ev *huntpb.RoundEvent) string {
	switch b := ev.Body.(type) {
	case *huntpb.RoundEvent_Started:
		s := b.Started
		return fmt.Sprintf("started %d seed %d ticks %d rules %d at %d", s.Round, binary.LittleEndian.Uint64(s.Seed), s.Ticks, s.Rules, s.StartedUnixMs)
	case *huntpb.RoundEvent_Placed:
		return fmt.Sprintf("placed %d at %d", b.Placed.Treasure, b.Placed.Node)
	case *huntpb.RoundEvent_Granted:
		return fmt.Sprintf("granted %d to %d (%s)", b.Granted.Treasure, b.Granted.Player, b.Granted.Name)
	case *huntpb.RoundEvent_Leaderboard:
		return "leaderboard" + standings(b.Leaderboard.Standings)
	case *huntpb.RoundEvent_Ended:
		return fmt.Sprintf("ended %d grants %d%s", b.Ended.Round, b.Ended.Grants, standings(b.Ended.Standings))
	}
	return "?"
}

func standings(all []*huntpb.Standing) (s string) {
	for _, p := range all {
		s += fmt.Sprintf(" %d:%d", p.Player, p.Score)
	}
	return s
}

// The groups of the tests.

func group(p codec.PartitionID, r codec.Round, seq uint64, frames ...[]byte) codec.Group {
	g := codec.Group{Durable: codec.Durable{Partition: p, Index: codec.Index{Round: r, Seq: seq}}}
	for _, f := range frames {
		g.Frames = append(g.Frames, f...)
	}
	return g
}

func started(r codec.Round) []byte {
	return codec.Event{Kind: codec.EventRoundStarted, Round: r, Seed: seedOf(r)}.Append(nil)
}

func seedOf(r codec.Round) (s codec.Seed) {
	binary.LittleEndian.PutUint64(s[:], uint64(r)*100)
	return s
}

// startOf and endOf are a round's start and end in its stream.
func startOf(r codec.Round) *huntpb.RoundEvent_Started {
	seed := seedOf(r)
	commitment := huntpb.Commitment(seed)
	return &huntpb.RoundEvent_Started{Started: &huntpb.TreasureRoundStarted{Round: uint32(r), Seed: seed[:], Commitment: commitment[:]}}
}

func endOf(r codec.Round, grants uint32) *huntpb.RoundEvent_Ended {
	seed := seedOf(r)
	return &huntpb.RoundEvent_Ended{Ended: &huntpb.RoundEnded{Round: uint32(r), Grants: grants, Seed: seed[:]}}
}

func ended(r codec.Round) []byte {
	return codec.Event{Kind: codec.EventRoundEnded, Round: r, Value: 1}.Append(nil)
}

func opened(treasure codec.TreasureID) []byte {
	return codec.Event{Kind: codec.EventTreasureOpened, Treasure: treasure, Node: codec.NodeID(treasure) + 1000}.Append(nil)
}

func granted(r codec.Round, treasure codec.TreasureID, player codec.PlayerID) []byte {
	return codec.Grant{Player: player, Treasure: treasure, Round: r, Name: codec.NameOf(fmt.Sprint("p", player))}.Append(nil)
}

// noise are frames that are not projected.
func noise() []byte {
	b := codec.Delta{Seq: 1, Edge: 2, Weight: 3}.Append(nil)
	return codec.Event{Kind: codec.EventPlayerMoved, Player: 1, Node: 2}.Append(b)
}

package attack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/jepsen"
	"github.com/huntgraph/huntgraph/transport/client"
)

// eavesdropper keeps every byte that a session is told, and looks for the seed of
// the round under way in it: bytes whose SHA-256 is the round's commitment.
type eavesdropper struct {
	t    *testing.T
	mu   sync.Mutex
	told []byte

	commitments map[uint32][]byte // by round
	opened      int               // rounds whose seed was told at the end, and no earlier
}

const seedLen = 32

func (e *eavesdropper) note(m proto.Message) {
	b, err := proto.Marshal(m)
	if err != nil {
		e.t.Error(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = append(e.told, b...)
}

func (e *eavesdropper) event(m *huntpb.RoundEvent) {
	if end := m.GetEnded(); end != nil {
		e.ended(end)
	}
	e.note(m)
	if start := m.GetStarted(); start != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.commitments[start.Round] = start.Commitment
	}
}

func (e *eavesdropper) ended(end *huntpb.RoundEnded) {
	e.mu.Lock()
	defer e.mu.Unlock()
	commitment, seen := e.commitments[end.Round]
	if !seen {
		return // it began before the session
	}
	if _, err := huntpb.OpenSeed(end.Seed, commitment); err != nil {
		e.t.Errorf("I13: the end of round %d: %v", end.Round, err)
	}
	for i := range max(0, len(e.told)-seedLen+1) {
		if sum := sha256.Sum256(e.told[i : i+seedLen]); bytes.Equal(sum[:], commitment) {
			e.t.Errorf("I13: the seed of round %d was told before the round ended", end.Round)
		}
	}
	e.opened++
}

// A session keeps all that it is told, with all areas subscribed, and looks for the
// seeds of rounds under way, which tell where treasures will open. It finds none;
// each is told when its round has ended (I13).
func TestSeedsAreNotTold(t *testing.T) {
	h := start(t, "--bots", "20", "--round", "2s")
	e := &eavesdropper{t: t, commitments: map[uint32][]byte{}}
	p := h.beside(t.Context(), t, 8*time.Second, func(ctx context.Context) {
		o, err := jepsen.SessionOf(ctx, h.Page, 77)
		if err != nil {
			t.Error(err)
			return
		}
		o.Handlers = client.Handlers{
			OnRoundEvent: e.event,
			OnJoined:     func(m *huntpb.Joined) { e.note(m) }, OnGrant: func(m *huntpb.Grant) { e.note(m) },
			OnDeltas: func(m *huntpb.Deltas) { e.note(m) }, OnPositions: func(m *huntpb.Positions) { e.note(m) },
			OnTreasures: func(m *huntpb.Treasures) { e.note(m) }, OnState: func(m *huntpb.State) { e.note(m) },
		}
		s, err := client.Dial(ctx, o)
		if err != nil {
			t.Error(err)
			return
		}
		defer s.Close()
		if err := s.Subscribe(ctx); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	t.Logf("%d bytes were told, %d rounds ended", len(e.told), e.opened)
	if e.opened == 0 || p.Players != 1 {
		undecided(t, "%d rounds ended, %d honest players got in", e.opened, p.Players)
	}
}

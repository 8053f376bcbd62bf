package gateway

import (
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
)

// wire is a link that keeps what was sent.
type wire struct {
	Link
	sent []codec.Type
}

func (w *wire) Send(frames []byte) bool {
	for len(frames) > 0 {
		typ, _, rest, err := codec.Next(frames)
		if err != nil {
			panic(err)
		}
		w.sent, frames = append(w.sent, typ), rest
	}
	return true
}

// three is a hub with three areas of 100 nodes and one session, whose player
// spawns in area 1.
func three(t *testing.T) (*hub, []*wire, *session) {
	m, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	h := newHub(Config{Partitions: 3, Parts: []codec.NodeID{0, 100, 200, 300}, Logger: slog.New(slog.DiscardHandler)}, m)
	var wires []*wire
	for _, a := range h.areas {
		w := new(wire)
		a.hop, wires = w, append(wires, w)
	}
	s := &session{player: 4, ready: true, home: h.birthplace(4)}
	h.sessions[4] = s
	return h, wires, s
}

func sentTo(t *testing.T, wires []*wire, want ...int) {
	t.Helper()
	for i, w := range wires {
		if len(w.sent) != want[i] {
			t.Errorf("area %d was sent %v, want %d frames", i, w.sent, want[i])
		}
		w.sent = nil
	}
}

// TestSessionFollows: the answer to a move over a border moves the session.
func TestSessionFollows(t *testing.T) {
	h, wires, s := three(t)
	h.enter(s)
	sentTo(t, wires, 0, 1, 0)
	h.joined(h.areas[1], codec.Joined{Player: 4, Node: 150, Round: 1, Tick: 5})
	h.reply(h.areas[1], codec.Reply{Player: 4, Seq: 1, Last: 1, Node: 250, Round: 1, Tick: 6})
	if s.home != h.areas[2] || s.marked != h.areas[1] {
		t.Fatalf("the session is at area %d", s.home.id)
	}
	h.move(s, codec.Move{Player: 4, Seq: 2})
	sentTo(t, wires, 0, 0, 1)

	// not there yet: who shows it is asked, and says that it is on its way
	h.areas[1].positions.set(4, 150)
	h.reply(h.areas[2], codec.Reply{Player: 4, Seq: 2, Code: codec.CodeUnknownPlayer, Node: codec.NoNode})
	sentTo(t, wires, 0, 1, 0)
	h.joined(h.areas[1], codec.Joined{Player: 4, Code: codec.CodeAway, Node: 250})
	sentTo(t, wires, 0, 0, 0)
	if s.home != h.areas[2] || !s.joined || s.last != 1 {
		t.Errorf("home %d, joined %v, last %d", s.home.id, s.joined, s.last)
	}

	// refused: area 1 has it again
	h.reply(h.areas[2], codec.Reply{Player: 4, Seq: 2, Code: codec.CodeUnknownPlayer, Node: codec.NoNode})
	h.joined(h.areas[1], codec.Joined{Player: 4, Last: 1, Node: 150, Round: 1, Tick: 9})
	if s.home != h.areas[1] {
		t.Errorf("the player came back to area 1, the session is at area %d", s.home.id)
	}

	// arrived: the new partition's answers are what is called durable from now on
	h.reply(h.areas[1], codec.Reply{Player: 4, Seq: 2, Last: 2, Node: 250, Round: 1, Tick: 12})
	h.reply(h.areas[2], codec.Reply{Player: 4, Seq: 3, Last: 3, Node: 251, Round: 1, Tick: 11})
	if _, waits := h.areas[1].waiting[s]; waits || s.marked != h.areas[2] {
		t.Error("the marks are still those of area 1")
	}
	h.reply(h.areas[1], codec.Reply{Player: 4, Seq: 2, Code: codec.CodeStale, Last: 2, Node: 250})
	if s.last != 3 || s.home != h.areas[2] {
		t.Errorf("late news of area 1 count: last %d, home %d", s.last, s.home.id)
	}
}

// TestSeek: a player that is abroad is found, and a search ends.
func TestSeek(t *testing.T) {
	h, wires, s := three(t)
	h.areas[2].positions.set(4, 299)
	h.enter(s) // the view has it
	sentTo(t, wires, 0, 0, 1)

	h, wires, s = three(t)
	h.enter(s) // nobody shows it, and home says that it is abroad: everybody else is asked
	sentTo(t, wires, 0, 1, 0)
	abroad := codec.Joined{Player: 4, Code: codec.CodeAway, Node: codec.NoNode}
	unknown := codec.Joined{Player: 4, Code: codec.CodeUnknownPlayer, Node: codec.NoNode}
	h.joined(h.areas[1], abroad)
	sentTo(t, wires, 1, 0, 1)
	h.joined(h.areas[0], unknown)
	sentTo(t, wires, 0, 0, 0)
	h.joined(h.areas[2], codec.Joined{Player: 4, Last: 7, Node: 201, Round: 1, Tick: 3})
	if s.home != h.areas[2] || !s.joined || s.last != 7 {
		t.Errorf("home %d, joined %v, last %d", s.home.id, s.joined, s.last)
	}

	// wherever it is looked for in vain, no more than a few frames are sent
	h, wires, s = three(t)
	h.areas[0].positions.set(4, 5)
	h.enter(s)
	frames := 0
	for range 20 {
		for i, w := range wires {
			n := len(w.sent)
			frames, w.sent = frames+n, nil
			for range n {
				h.joined(h.areas[i], unknown)
			}
		}
	}
	if frames == 0 || frames > 5 || s.joined {
		t.Errorf("%d joins for one message of the client", frames)
	}
}

// TestOneAreaSeeksNowhere: a hunt of one partition answers as it always did.
func TestOneAreaSeeksNowhere(t *testing.T) {
	h, _, _ := three(t)
	h.cfg.Parts = []codec.NodeID{0, 300}
	if h.of(5) != nil || h.elsewhere(codec.CodeUnknownPlayer) {
		t.Error("a player of a hunt of one partition is looked for elsewhere")
	}
}

package actor

import (
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// counter is a peer that counts what it is sent.
type counter struct {
	sends, recycled int
	frames          []byte
}

func (c *counter) Send(frames []byte) bool {
	c.sends++
	c.frames = append(c.frames, frames...)
	return true
}

func (c *counter) Recycle([]byte) { c.recycled++ }

// TestDrain: what waits is answered in order, and what is one peer's leaves at once.
func TestDrain(t *testing.T) {
	a := newBed(t).open(1)
	one, two := new(counter), new(counter)
	join := func(p codec.Peer, id codec.PlayerID) codec.Batch {
		return codec.Batch{Peer: p, Frames: codec.Join{Player: id}.Append(nil)}
	}
	for _, b := range []codec.Batch{join(one, 2), join(one, 3), join(two, 4), {Peer: one, Frames: []byte{1, 2, 3}}} {
		a.mailbox <- b
	}
	first := join(one, 1)
	a.drain(&first)
	if one.sends != 2 || two.sends != 1 || one.recycled != 3 || two.recycled != 1 || len(a.mailbox) != 0 {
		t.Errorf("%d and %d sends, %d and %d buffers back, %d batches left", one.sends, two.sends, one.recycled, two.recycled, len(a.mailbox))
	}
	want := []codec.Type{codec.TypeJoined, codec.TypeJoined, codec.TypeJoined, codec.TypeError}
	for i, frames := 0, one.frames; i < len(want); i++ {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil || typ != want[i] {
			t.Fatalf("frame %d is a %v (%v), want a %v", i, typ, err, want[i])
		}
		if typ == codec.TypeJoined {
			if j, err := codec.ParseJoined(payload); err != nil || j.Player != codec.PlayerID(i+1) {
				t.Errorf("frame %d answers player %d (%v)", i, j.Player, err)
			}
		}
		frames = rest
	}
}

// TestDrainOfManyMoves: replies leave when their buffer is full, none is lost,
// and every move is in the histogram.
func TestDrainOfManyMoves(t *testing.T) {
	a := newBed(t).open(1)
	p := new(counter)
	b := codec.Batch{Peer: p, Frames: codec.Join{Player: 1}.Append(nil)}
	const moves = 3000 // a third of them in the mailbox at a time, a fifth of the replies
	for seq := range codec.MoveSeq(moves) {
		b.Frames = codec.Move{Player: 1, Seq: seq + 5, Edge: 0}.Append(b.Frames) // skipped
	}
	a.drain(&b)
	replies := 0
	for frames := p.frames; len(frames) > 0; {
		typ, _, rest, err := codec.Next(frames)
		if err != nil {
			t.Fatal(err)
		}
		if typ == codec.TypeReply {
			replies++
		}
		frames = rest
	}
	var seen Counts
	a.cfg.Metrics.Residence.AddTo(&seen)
	if replies != moves || seen.Total() != moves || p.sends < 4 || cap(a.replies) != len(a.core.Arena.Replies) {
		t.Errorf("%d replies in %d sends, %d in the histogram, a buffer of %d", replies, p.sends, seen.Total(), cap(a.replies))
	}
}

// behind is an actor whose core has just passed a refresh.
func behind(t *testing.T) *Actor {
	a := newBed(t).open(1)
	for !a.core.Refreshed() || a.core.TickNow() == 0 {
		a.core.Tick()
	}
	if a.behind = a.core.Work(0); !a.behind {
		t.Fatal("nothing to do after a refresh")
	}
	return a
}

func sliced(a *Actor) uint64 {
	var c Counts
	a.cfg.Metrics.Slices.AddTo(&c)
	return c.Total()
}

// TestTurn: background work asks for a turn only when no move waits, and ends.
func TestTurn(t *testing.T) {
	a := behind(t)
	if a.turn() == nil {
		t.Error("an idle actor asks for no turn")
	}
	a.mailbox <- codec.Batch{Peer: new(counter), Closed: true}
	if a.turn() != nil {
		t.Error("an actor with a batch in its mailbox asks for a turn")
	}
	a.idle()
	if sliced(a) != 1 {
		t.Errorf("%d slices while a batch waited, want 1", sliced(a))
	}
	<-a.mailbox
	for a.behind {
		a.idle()
	}
	if a.turn() != nil || a.core.Joined(1, codec.CodeOK, false).Hint.CutTick != a.core.TickNow() {
		t.Error("the work is done and hints are not of the last refresh, or a turn is still asked for")
	}
}

// TestShare: an actor that always has moves gets its background work done too.
func TestShare(t *testing.T) {
	a := behind(t)
	a.share(movesPerSlice - 1)
	if sliced(a) != 0 {
		t.Error("a slice before it was due")
	}
	for range 1000 {
		a.share(1)
	}
	if a.behind || sliced(a) == 0 {
		t.Errorf("still behind after %d slices", sliced(a))
	}
}

// TestIdle: in the running actor hints follow the refreshes, within its turns.
func TestIdle(t *testing.T) {
	b := newBed(t)
	cfg := b.config(1)
	cfg.Turns = make(Turns, 1)
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, a, 0)
	last := play(t, a, newGateway(), 1, 1)
	g := newGateway()
	for id := codec.PlayerID(2); last.Hint.CutTick == 0; id++ {
		last = play(t, a, g, id%20, 1)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if sliced(a) == 0 || len(cfg.Turns) != 0 {
		t.Errorf("%d slices, %d turns not given back", sliced(a), len(cfg.Turns))
	}
}

// TestPresence: a player whose session is there is not expired, however long it
// stands still; one whose session has ended is. A sign of somebody who is not in
// makes nobody a player.
func TestPresence(t *testing.T) {
	b := newBed(t)
	cfg := b.config(1)
	cfg.Rules.IdleTicks = 20
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := new(counter)
	frames := codec.Join{Player: 1}.Append(nil)
	a.drain(&codec.Batch{Peer: p, Frames: codec.Join{Player: 2}.Append(frames)})
	var expired []codec.PlayerID
	for tick := range 60 { // more may not wait for the journal
		a.core.Tick()
		if tick%7 == 0 {
			frames = codec.Present{Player: 1}.Append(nil)
			a.drain(&codec.Batch{Peer: p, Frames: codec.Present{Player: 9}.Append(frames)})
		}
		for range 2 {
			if id, idle := a.core.NextIdle(); idle {
				expired = append(expired, id)
				a.in = codec.Input{Kind: codec.InputExpire, Player: id}
				a.step()
			}
		}
	}
	if len(expired) != 1 || expired[0] != 2 || a.core.Players() != 1 {
		t.Errorf("expired are %v; %d players are left; want 2 alone, and 1", expired, a.core.Players())
	}
}

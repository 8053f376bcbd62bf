package actor

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

const ringNodes = 100

// twin is one of two partitions; from each node an edge leads to its like in the other.
type twin struct {
	*bed
	id      codec.PartitionID
	epoch   codec.Epoch
	current atomic.Pointer[Actor]
	stop    func() error
	lost    *atomic.Int64
	began   time.Time // the hunt
}

func twins(t *testing.T) (both [2]*twin) {
	lost, began := new(atomic.Int64), time.Now()
	for p := range both {
		w := &twin{bed: newBed(t), id: codec.PartitionID(p), lost: lost, began: began}
		first, edge := uint32(p*ringNodes), uint32(3*p*ringNodes)
		topo := partition.Topology{
			Partition: w.id, FirstNode: codec.NodeID(first), FirstEdge: codec.EdgeID(edge), Main: ringNodes,
			Parts: []codec.NodeID{0, ringNodes, 2 * ringNodes},
		}
		for i := range uint32(ringNodes) {
			topo.First = append(topo.First, edge+3*i)
			topo.Head = append(topo.Head, first+(i+1)%ringNodes, first+(i+ringNodes-1)%ringNodes, ringNodes-first+i)
			topo.Base = append(topo.Base, 408, 408, 408)
		}
		topo.First = append(topo.First, edge+3*ringNodes)
		w.topo = topo
		both[p] = w
	}
	return both
}

// takeOver lets a new actor have the partition; what the one before it had not
// made durable is gone.
func (w *twin) takeOver(t *testing.T, both [2]*twin) {
	w.epoch++
	cfg := w.config(w.epoch)
	cfg.Partition, cfg.Partitions = w.id, len(both)
	cfg.Rules.RoundTicks = codec.MaxRoundTicks
	cfg.Post = func(to codec.PartitionID, frames []byte) {
		if a := both[to].current.Load(); rand.IntN(4) == 0 || a == nil || !a.Deliver(frames) {
			w.lost.Add(1)
		} else if rand.IntN(4) == 0 {
			a.Deliver(frames) // and once more
		}
	}
	a, err := Open(t.Context(), cfg)
	for errors.Is(err, errFenced) { // the one before appended in between
		a, err = Open(t.Context(), cfg)
	}
	if err != nil {
		t.Fatal(err)
	}
	before := w.stop
	w.stop = run(t, a, time.Since(w.began))
	w.current.Store(a)
	if before != nil {
		if err := before(); err != nil && !errors.Is(err, errFenced) {
			t.Fatal(err)
		}
	}
}

// TestPlayersCross walks a player to and fro between two actors that are taken
// over at any moment, over a path that loses letters and doubles them: no move is
// lost or made twice, and the player is in one partition at the end (I3, I6, I7).
func TestPlayersCross(t *testing.T) {
	both := twins(t)
	for _, w := range both {
		w.takeOver(t, both)
	}
	const player = 4 // at home in partition 0
	g := newGateway()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	submit := func(p int, frames []byte) bool {
		a := both[p].current.Load()
		return a.Submit(ctx, codec.Batch{Peer: g, Frames: frames, ReadAt: a.cfg.Nanotime()}) == nil
	}
	// ask sends to both: whoever has the player answers.
	where := func() (codec.NodeID, codec.MoveSeq) {
		for ctx.Err() == nil {
			for p := range both {
				if !submit(p, codec.Join{Player: player}.Append(nil)) {
					continue
				}
				j, _ := codec.ParseJoined(g.next(t, codec.TypeJoined))
				if j.Code == codec.CodeOK {
					return j.Node, j.Last
				}
			}
		}
		t.Fatal("the player is nowhere")
		return 0, 0
	}
	for crossings := 0; crossings < 12; {
		node, last := where()
		p := int(node) / ringNodes
		if !submit(p, codec.Move{Player: player, Seq: last + 1, Edge: codec.EdgeID(3*node + 2)}.Append(nil)) {
			continue
		}
		r, _ := codec.ParseReply(g.next(t, codec.TypeReply))
		if r.Code == codec.CodeOK {
			if int(r.Node)/ringNodes == p {
				t.Fatalf("from node %d to node %d", node, r.Node)
			}
			if crossings++; crossings%3 == 0 {
				both[rand.IntN(2)].takeOver(t, both)
			}
		}
	}
	// a player under way has arrived by then; what is durable tells the whole
	_, last := where()
	moves, players := 0, 0
	for _, w := range both {
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		h, err := Replay(t.Context(), ReplayConfig{
			Partition: w.id, Hunt: codec.Hash{}, World: w.topo.World, Build: w.build, Journal: w.journal,
		})
		if err != nil {
			t.Fatal(err)
		}
		moves += h.Moves
		players += h.Core.Players()
	}
	if moves != int(last) || players != 1 {
		t.Errorf("%d moves in the journals, the player made %d; it is in %d partitions", moves, last, players)
	}
	if both[0].lost.Load() == 0 {
		t.Error("no letter was lost")
	}
}

// TestLettersStayInside: gateways cannot hand players over, and are not told of it.
func TestLettersStayInside(t *testing.T) {
	both := twins(t)
	for _, w := range both {
		w.takeOver(t, both)
	}
	g := newGateway()
	a := both[0].current.Load()
	arrive := codec.Arrive{From: 1, To: 0, Handoff: codec.Handoff{Hand: 1, Player: 9, Node: 5}}
	for _, frames := range [][]byte{arrive.Append(nil), codec.Arrived{From: 0, To: 1, Hand: 1}.Append(nil)} {
		if err := a.Submit(t.Context(), codec.Batch{Peer: g, Frames: frames}); err != nil {
			t.Fatal(err)
		}
		if e, err := codec.ParseError(g.next(t, codec.TypeError)); err != nil || e.Code != codec.ErrorProtocol {
			t.Errorf("%v, %v", e, err)
		}
	}
	if err := a.Submit(t.Context(), codec.Batch{Peer: g, Frames: codec.Subscribe{}.Append(nil)}); err != nil {
		t.Fatal(err)
	}
	g.next(t, codec.TypeEvent) // the view has come: what happens now is told
	a.Deliver(arrive.Append(nil))
	for {
		e, err := codec.ParseEvent(g.next(t, codec.TypeEvent))
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == codec.EventPlayerArrived {
			break
		}
	}
	for _, w := range both {
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
	}
	for _, group := range append(both[0].groups, both[1].groups...) {
		for frames := group.Frames; len(frames) > 0; {
			typ, payload, rest, err := codec.Next(frames)
			if err != nil {
				t.Fatal(err)
			}
			if _, private := address(typ, payload); private {
				t.Errorf("%v is released to everybody", typ)
			}
			frames = rest
		}
	}
	if a.Deliver(arrive.Append(nil)) {
		t.Error("an actor that has stopped took a letter")
	}
}

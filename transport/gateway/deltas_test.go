package gateway

import (
	"maps"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

func testMetrics(t interface{ Fatal(...any) }) *metrics {
	m, err := newMetrics(nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// reader is a session's client as far as deltas go.
type reader struct {
	session session
	through uint64
	more    bool // the snapshot goes on
	weights map[codec.EdgeID]codec.Weight
}

func (r *reader) take(t *rapid.T, stream []byte) {
	for len(stream) > 0 {
		size, n := protowire.ConsumeVarint(stream)
		if size > huntpb.MaxServerMessage {
			t.Fatalf("a message of %d bytes", size)
		}
		var m huntpb.ServerMessage
		if err := proto.Unmarshal(stream[n:n+int(size)], &m); err != nil {
			t.Fatal(err)
		}
		stream = stream[n+int(size):]
		d := m.GetDeltas()
		if d == nil {
			continue
		}
		if d.Snapshot && !r.more {
			clear(r.weights)
		} else if r.more != d.Snapshot || r.more && d.Through != r.through || !r.more && d.First != r.through+1 {
			t.Fatalf("deltas from %d, snapshot %v of %d, after %d, more %v", d.First, d.Snapshot, d.Through, r.through, r.more)
		}
		r.more, r.through = d.More, d.Through
		for i, e := range d.Edges {
			r.weights[codec.EdgeID(e)] = codec.Weight(d.Weights[i])
		}
	}
}

// TestDeltas holds I6 and I10 against plain maps: whatever readers miss, each
// ends with the partition's weights, and sequences follow or a snapshot says so.
func TestDeltas(t *testing.T) {
	m := testMetrics(t)
	rapid.Check(t, func(t *rapid.T) {
		a := newArea(0, m)
		truth := map[codec.EdgeID]codec.Weight{}
		readers := make([]*reader, 3)
		for i := range readers {
			readers[i] = &reader{weights: map[codec.EdgeID]codec.Weight{}}
			readers[i].session.subs = []sub{{area: a, owes: owes{deltas: true}}}
		}
		seq := codec.DeltaSeq(0)
		answer := func() { // to a subscription, as a snapshot
			if !a.deltas.follow(codec.ResumeSnapshot, seq) {
				t.Fatal("a snapshot does not follow")
			}
			for e, w := range truth {
				a.deltas.take(codec.Delta{Seq: seq, Edge: e, Weight: w})
			}
			if !a.deltas.end(seq) {
				t.Fatal("a snapshot does not end")
			}
		}
		serve := func(r *reader) {
			b := batch{}
			r.session.addLive(&b)
			r.session.addOwed(&b)
			r.take(t, b.stream)
		}
		answer()
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				seq += codec.DeltaSeq(rapid.IntRange(0, 3).Draw(t, "missed"))
				answer()
			case 1, 2, 3:
				a.cut(false)
				serve(readers[rapid.IntRange(0, 2).Draw(t, "reader")])
			case 4:
				r := readers[rapid.IntRange(0, 2).Draw(t, "owed")]
				b := batch{}
				r.session.addOwed(&b)
				r.take(t, b.stream)
			default:
				for range rapid.SampledFrom([]int{1, 10, 3000, 9000}).Draw(t, "deltas") {
					seq++
					d := codec.Delta{Seq: seq, Edge: codec.EdgeID(seq * 7 % 9001), Weight: codec.Weight(400 + seq)}
					truth[d.Edge] = d.Weight
					for range 2 { // once more: known already
						if !a.deltas.take(d) {
							t.Fatalf("delta %d is not taken", seq)
						}
					}
				}
				if a.deltas.take(codec.Delta{Seq: seq + 2}) {
					t.Fatal("a gap is taken")
				}
			}
			if a.deltas.bytes > maxDeltaLog+huntpb.MaxServerMessage {
				t.Fatalf("a log of %d bytes", a.deltas.bytes)
			}
		}
		for range 20 { // batches are bounded: a snapshot may take some
			a.cut(false)
			for _, r := range readers {
				serve(r)
			}
		}
		for i, r := range readers {
			if r.through != uint64(seq) || !maps.Equal(r.weights, truth) {
				t.Fatalf("reader %d is at %d of %d, with %d of %d weights", i, r.through, seq, len(r.weights), len(truth))
			}
		}
	})
}

// TestSizes holds the arithmetic of limits.go at its worst.
func TestSizes(t *testing.T) {
	m := testMetrics(t)
	const big = 1<<32 - 2
	p := newPositions(big, m)
	for i := range codec.PlayerID(positionsPerMessage + 1) {
		p.set(1<<63+i, codec.NodeID(big-uint32(i)))
	}
	for _, x := range p.cut(big, big) {
		if len(x.body()) > huntpb.MaxDatagram {
			t.Errorf("a datagram of %d bytes", len(x.body()))
		}
	}
	if parts := p.all(big, big); len(parts) != 2 || len(parts[0].body()) > huntpb.MaxServerMessage {
		t.Errorf("positions in %d parts, the first of %d bytes", len(parts), len(parts[0].body()))
	}
	d := newDeltas(big, m)
	d.seq = 1 << 60
	for i := range codec.DeltaSeq(deltasPerMessage + 1) {
		d.take(codec.Delta{Seq: 1<<60 + i + 1, Edge: codec.EdgeID(big - uint32(i)), Weight: big})
	}
	d.cut()
	if len(d.log) != 2 || len(d.log[0].message.body()) > huntpb.MaxServerMessage {
		t.Errorf("deltas in %d parts, the first of %d bytes", len(d.log), len(d.log[0].message.body()))
	}
	o := newTreasures(big, m)
	for i := range codec.TreasureID(codec.MaxTreasures) {
		o.add(i, big)
	}
	opened := o.cut(big)
	for i := range codec.TreasureID(codec.MaxTreasures) {
		o.claim(i)
		o.add(i, big)
	}
	if both := o.cut(big); len(opened.body()) > huntpb.MaxServerMessage || len(both.body()) > huntpb.MaxServerMessage {
		t.Errorf("treasures of %d and %d bytes", len(opened.body()), len(both.body()))
	}
}

// TestViewResets: a new round and a partition's whole view replace what was known.
func TestViewResets(t *testing.T) {
	a := newArea(0, testMetrics(t))
	a.take(codec.Event{Kind: codec.EventPlayerJoined, Player: 1, Node: 1})
	a.take(codec.Event{Kind: codec.EventTreasureOpened, Treasure: 1, Node: 1})
	a.take(codec.Event{Kind: codec.EventRoundStarted})
	if len(a.positions.at) != 1 || len(a.open.open) != 0 {
		t.Error("a round's start keeps the players and forgets the treasures")
	}
	a.cut(false)
	a.answering = true
	a.take(codec.Event{Kind: codec.EventRoundStarted})
	a.take(codec.Event{Kind: codec.EventPlayerJoined, Player: 2, Node: 2})
	a.cut(false)
	var m huntpb.ServerMessage
	if err := proto.Unmarshal(a.moved[0].body(), &m); err != nil {
		t.Fatal(err)
	}
	at := map[uint64]uint32{}
	for i, p := range m.GetPositions().GetPlayers() {
		at[p] = m.GetPositions().Nodes[i]
	}
	if !maps.Equal(at, map[uint64]uint32{1: uint32(codec.NoNode), 2: 2}) {
		t.Errorf("watchers are told %v", at)
	}
}

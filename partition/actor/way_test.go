package actor

import (
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

// TestAsk: an ask is answered in its order, and nothing of it is journaled.
func TestAsk(t *testing.T) {
	b := newBed(t)
	a := b.open(10)
	stop := run(t, a, 0)
	g := newGateway()
	frames := codec.Ask{ID: 7, Node: 20}.Append(nil)
	frames = codec.Ask{ID: 8, Node: 200}.Append(frames)
	if err := a.Submit(t.Context(), codec.Batch{Peer: g, Frames: frames}); err != nil {
		t.Fatal(err)
	}
	w, err := codec.ParseWay(g.next(t, codec.TypeWay))
	if err != nil || w.ID != 7 || w.Code != codec.CodeOK || w.Node != 20 || w.Distance != codec.Distance(408*int(w.Count)) {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err = codec.ParseWay(g.next(t, codec.TypeWay)); err != nil || w.ID != 8 || w.Code != codec.CodeNoSuchNode {
		t.Errorf("%+v, %v", w, err)
	}
	stop()
}

package client_test

import (
	"errors"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/client"
	"github.com/huntgraph/huntgraph/transport/internal/rig"
)

// TestRoute: a way comes in pieces and leads to the nearest treasure from where
// the player stands; when the cut changes on the way it begins anew; without a
// treasure there is none.
func TestRoute(t *testing.T) {
	r := rig.Start(t, rig.Options{Partitions: 2})
	s := dial(t, r, 3, client.Handlers{})
	if _, err := s.Route(deadline(t)); !client.IsCode(err, huntpb.ErrorCode_ERROR_CODE_NOT_JOINED) {
		t.Errorf("a route before a join: %v", err)
	}
	const first = rig.Ring // player 3 plays in partition 1
	join(t, s)
	check := func(at, steps int) {
		t.Helper()
		way, err := s.Route(deadline(t))
		if err != nil || way.From != codec.NodeID(first+at) || way.To != codec.NodeID(first+at+steps) || len(way.Edges) != steps || way.Length != codec.Distance(408*steps) {
			t.Fatalf("the way from node %d: %+v, %v", at, way, err)
		}
		for i, e := range way.Edges {
			if e != codec.EdgeID(first+at+i) {
				t.Fatalf("step %d of the way from node %d is edge %d", i, at, e)
			}
		}
	}
	const routes = 40
	for i := range routes { // two pieces each, and a tick passes at each of them
		check(0, rig.TreasureStep)
		if i == routes/2 {
			r.Commit(1) // now cuts fall between two pieces, or no longer
		}
	}
	if asked := r.Metric("hunt_gateway_messages_total", "direction", "in", "kind", "ask"); asked <= 2*routes+2 {
		t.Errorf("%v pieces of %d ways were asked for: no way began anew", asked, routes)
	}
	for at := range rig.Ring - 4 { // takes the treasures on the way
		move(t, s, codec.EdgeID(first+at), huntpb.Code_CODE_OK)
		if next := (at+1)/rig.TreasureStep*rig.TreasureStep + rig.TreasureStep; next < rig.Ring {
			check(at+1, next-at-1)
		}
	}
	if _, err := s.Route(deadline(t)); !errors.Is(err, client.ErrNoWay) {
		t.Errorf("a way to no treasure: %v", err)
	}
}

// TestRouteWaits: while the partition cannot be reached a route waits for it.
func TestRouteWaits(t *testing.T) {
	r := rig.Start(t, rig.Options{})
	s := dial(t, r, 1, client.Handlers{})
	join(t, s)
	for range 5 {
		r.DropLinks(0)
		if way, err := s.Route(deadline(t)); err != nil || len(way.Edges) != rig.TreasureStep {
			t.Fatalf("%+v, %v", way, err)
		}
	}
}

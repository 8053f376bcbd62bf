package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// ErrNoWay says that no way leads to the player's goal.
var ErrNoWay = errors.New("client: no way leads to the goal")

// Route is a whole way, exact as of one cut of the hunt.
type Route struct {
	From, To codec.NodeID
	Edges    []codec.EdgeID // to move along, in order
	Length   codec.Distance // in the world's unit
	Cut      codec.Cut      // the refresh whose weights and treasures it is exact for
}

// Route is the way from where the player stands to its goal, which hints lead
// along. It comes in pieces, partition by partition; if the hunt's cut changes
// meanwhile it is asked for anew. While a partition cannot answer it tries again
// until ctx ends. No Move runs at the same time.
func (s *Session) Route(ctx context.Context) (Route, error) {
	r, err := s.route(ctx)
	if err != nil {
		return Route{}, fmt.Errorf("client: route: %w", err)
	}
	return r, nil
}

func (s *Session) route(ctx context.Context) (r Route, err error) {
	if err := s.take(ctx, s.turn); err != nil {
		return r, err
	}
	defer func() { <-s.turn }()
	ways, failed := make(chan *huntpb.Way, 4), make(chan *Error, 1)
	s.expectWays(ways, failed)
	defer s.expectWays(nil, nil)
	pause := minPause
	for begun := false; ; {
		node, goal := s.stands()
		m := &huntpb.Ask{Node: uint32(node), Goal: goal}
		if begun {
			m.Node, m.Area = uint32(r.To), new(s.wayArea)
		}
		w, err := s.piece(ctx, m, ways, failed)
		if err != nil {
			return r, err
		}
		switch cut := (codec.Cut{Round: codec.Round(w.Round), Tick: codec.Tick(w.CutTick)}); {
		case w.Code == huntpb.Code_CODE_NOT_NOW:
			if err := s.sleep(ctx, pause); err != nil {
				return r, err
			}
			pause = min(2*pause, maxPause)
			continue
		case w.Code != huntpb.Code_CODE_OK:
			return r, fmt.Errorf("from node %d towards goal %d: %v", m.Node, goal, w.Code)
		case begun && cut != r.Cut:
			begun = false
			continue
		case w.Distance == uint32(codec.Unreachable):
			return r, ErrNoWay
		case !begun:
			begun = true
			r = Route{From: node, Length: codec.Distance(w.Distance), Cut: cut}
		}
		for _, e := range w.Edges {
			r.Edges = append(r.Edges, codec.EdgeID(e))
		}
		if r.To, s.wayArea = codec.NodeID(w.Next), w.Area; !w.More {
			return r, nil
		}
		if len(r.Edges) > maxRoute {
			return r, fmt.Errorf("it has more than %d steps", maxRoute)
		}
	}
}

// piece asks for one piece of a way.
func (s *Session) piece(ctx context.Context, m *huntpb.Ask, ways chan *huntpb.Way, failed chan *Error) (*huntpb.Way, error) {
	s.mu.Lock()
	s.asks++
	m.Id = s.asks
	s.mu.Unlock()
	w, _, err := ask(ctx, s, &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Ask{Ask: m}}, ways, failed,
		func(w *huntpb.Way) bool { return w.Id == m.Id })
	return w, err
}

// expectWays says who waits for a piece of a way.
func (s *Session) expectWays(ways chan *huntpb.Way, failed chan *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ways, s.failed = ways, failed
}

// stands is where the player stands, as far as the session was told, and its goal.
func (s *Session) stands() (codec.NodeID, uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.node, s.goal
}

// stand notes what an answer says of that. The caller holds the lock.
func (s *Session) stand(node uint32, h *huntpb.Hint) {
	if node != uint32(codec.NoNode) {
		s.node, s.goal = codec.NodeID(node), h.GetGoal()
	}
}

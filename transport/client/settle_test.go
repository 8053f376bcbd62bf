package client

import (
	"testing"

	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// TestSettle: of the answers to several copies of one move, the one that
// applied it counts, whenever it comes.
func TestSettle(t *testing.T) {
	const (
		ok      = huntpb.Code_CODE_OK
		stale   = huntpb.Code_CODE_STALE
		tooFast = huntpb.Code_CODE_TOO_FAST
	)
	for _, c := range []struct {
		name    string
		last    uint32
		answers []huntpb.Code // the first is in hand
		want    huntpb.Code
	}{
		{"one copy, rejected", 6, []huntpb.Code{tooFast}, tooFast},
		{"the second copy is applied", 7, []huntpb.Code{tooFast, ok}, ok},
		{"the third copy is applied", 7, []huntpb.Code{tooFast, tooFast, ok}, ok},
		{"the first copy's answer was lost", 7, []huntpb.Code{stale, stale}, ok},
		{"all are rejected", 6, []huntpb.Code{tooFast, tooFast}, tooFast},
		{"stale for another reason", 9, []huntpb.Code{stale, stale}, stale},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers := make(chan *huntpb.Reply, len(c.answers))
			for _, code := range c.answers {
				answers <- &huntpb.Reply{Seq: 7, Code: code, LastSeq: c.last}
			}
			s := &Session{done: make(chan struct{})}
			if got := s.settle(t.Context(), <-answers, len(c.answers), answers); got.Code != c.want {
				t.Errorf("%v, want %v", got.Code, c.want)
			}
		})
	}
}

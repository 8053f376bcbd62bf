package gateway

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// link is one attempt to reach a partition along a route. What an attempt that
// is not the area's current one says goes unheard.
type link struct {
	area   *area
	route  codec.Route
	cancel context.CancelFunc
}

// route takes new routes: a link whose route is as before stays.
func (h *hub) route(routes []codec.Route) {
	next := make([]*codec.Route, len(h.areas))
	for i := range routes {
		if p := int(routes[i].Partition); p < len(next) {
			next[p] = &routes[i]
		} else {
			h.log.Warn("gateway: a route to a partition that the hunt has not", "partition", p, "partitions", len(next))
		}
	}
	for i, a := range h.areas {
		r := next[i]
		if a.link != nil && r != nil && a.link.route == *r {
			continue
		}
		if a.link != nil {
			h.cut(a)
		}
		if r != nil {
			a.tries = 0
			h.open(a, *r, 0)
		}
	}
}

// open begins an attempt after a pause.
func (h *hub) open(a *area, r codec.Route, pause time.Duration) {
	ctx, cancel := context.WithCancel(h.ctx)
	l := &link{a, r, cancel}
	a.link = l
	h.links.Go(func() { h.keep(ctx, l, pause) })
}

// keep is an attempt's goroutine: it opens the link and waits for its end.
func (h *hub) keep(ctx context.Context, l *link, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return
	}
	hop, err := h.cfg.Hop.Open(ctx, l.route, func(frames []byte) {
		select {
		case h.events <- said{l, bytes.Clone(frames)}:
		case <-ctx.Done():
		}
	})
	if err != nil {
		h.post(ended{l, err})
		return
	}
	defer hop.Close()
	h.post(opened{l, hop})
	select {
	case <-hop.Done():
		h.post(ended{l, hop.Err()})
	case <-ctx.Done():
	}
}

// cut ends the current attempt and what hung on it: replies that were not
// durable may be undone, so they are never called so (I4).
func (h *hub) cut(a *area) {
	a.link.cancel()
	a.link = nil
	if a.hop == nil {
		return
	}
	a.hop = nil
	a.answering = false
	h.metrics.links.Dec()
	h.giveUp(a)
	clear(a.waiting)
	for _, s := range h.sessions {
		if s.marked == a {
			s.marks.clear()
		}
		if s.home != a || !s.asked {
			continue
		}
		s.inFlight = 0
		h.tell(s, errorMessage(huntpb.ErrorCode_ERROR_CODE_NOT_NOW, false,
			"the way to your partition is interrupted: answers may be missing; send them again"))
	}
}

// retry opens the area's link again, later each time in a row.
func (h *hub) retry(a *area) {
	r := a.link.route
	h.cut(a)
	pause := min(minBackoff<<min(a.tries, 10), maxBackoff)
	a.tries++
	h.open(a, r, pause/2+rand.N(pause/2)) // spread: a node that comes back has many gateways
}

// opened is a link that is up.
type opened struct {
	l   *link
	hop Link
}

func (e opened) apply(h *hub) {
	a := e.l.area
	if a.link != e.l {
		return // its goroutine closes it
	}
	a.hop = e.hop
	a.answering = true
	h.metrics.links.Inc()
	from := codec.DeltaSeq(0)
	if a.deltas.loaded {
		from = a.deltas.seq
	}
	frames := codec.Subscribe{From: from}.Append(nil)
	// Who plays there, or wants to, is told where it stands, so that its client goes on.
	for _, s := range h.sessions {
		if s.home == a && s.asked {
			frames = codec.Join{Player: s.player, Name: s.name, Goal: s.goal}.Append(frames)
		}
	}
	e.hop.Send(frames) // if it cannot, the link is over and says so
}

// ended is a link that is over, or was never up.
type ended struct {
	l   *link
	err error
}

func (e ended) apply(h *hub) {
	if e.l.area.link != e.l {
		return
	}
	level := slog.LevelDebug
	if e.l.area.tries == 0 {
		level = slog.LevelWarn // once a row
	}
	h.log.Log(h.ctx, level, "gateway: no link to the partition, opening it again", "partition", e.l.route.Partition,
		"node", e.l.route.Node, "addr", e.l.route.Addr, "tries", e.l.area.tries, "err", e.err)
	h.retry(e.l.area)
}

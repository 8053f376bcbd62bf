package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// hub owns all that sessions share: routes, links, views of the areas, and the
// sessions themselves. It takes events from its channel, never waits for a link
// or a session, and writes what a round of events brought at the round's end.
type hub struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics
	events  chan event
	done    chan struct{} // closed when the hub has stopped
	links   sync.WaitGroup
	ctx     context.Context // of the links; set by run

	areas    []*area
	sessions map[codec.PlayerID]*session
	dirty    []*session // have something urgent to write
	history  history
	scores   scores
	guests   guests
	asks     map[uint32]asked // ways that are on their way, by the hub's number
	lastAsk  uint32
	flushes  int
	drained  chan struct{} // not nil: stopping; closed when no session is left
	alive    int           // sessions that arrived and have not left

	heard []atomic.Int64 // by partition: when it last told of something durable, in Unix nanoseconds
}

// event is something that the hub takes.
type event interface{ apply(h *hub) }

func newHub(cfg Config, m *metrics) *hub {
	h := &hub{
		cfg:      cfg,
		log:      cfg.Logger,
		metrics:  m,
		events:   make(chan event, hubQueue),
		done:     make(chan struct{}),
		sessions: map[codec.PlayerID]*session{},
		guests:   newGuests(),
		asks:     map[uint32]asked{},
		scores:   scores{of: map[codec.PlayerID]uint32{}},
		heard:    make([]atomic.Int64, cfg.Partitions),
	}
	for id := range cfg.Partitions {
		h.areas = append(h.areas, newArea(codec.AreaID(id), m))
	}
	return h
}

// post waits until the hub takes the event; false if it has stopped.
func (h *hub) post(e event) bool {
	select {
	case h.events <- e:
		return true
	case <-h.done:
		return false
	}
}

// run is the hub's goroutine.
func (h *hub) run(ctx context.Context) {
	h.ctx = ctx
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	defer func() {
		close(h.done) // before the links: they may wait in post
		h.links.Wait()
	}()
	for {
		select {
		case e := <-h.events:
			e.apply(h)
			h.drain()
		case routes, ok := <-h.cfg.Routes:
			if !ok {
				h.cfg.Routes = nil // no news is no change
				continue
			}
			h.route(routes)
		case <-ticker.C:
			h.flush()
		case <-ctx.Done():
			return
		}
		h.handOver()
	}
}

// drain takes what waits already, so that one write carries it all.
func (h *hub) drain() {
	for range drainRound {
		select {
		case e := <-h.events:
			e.apply(h)
		default:
			return
		}
	}
}

// handOver gives the writers that are ready what is urgent.
func (h *hub) handOver() {
	for _, s := range h.dirty {
		s.dirty = false
		if s.ready {
			h.serve(s, batch{stream: s.take()})
		}
	}
	h.dirty = h.dirty[:0]
}

// touch has the session written at the end of the round.
func (h *hub) touch(s *session) {
	if !s.dirty && s.ready {
		s.dirty = true
		h.dirty = append(h.dirty, s)
	}
}

// flush sends what is not urgent to all sessions: deltas, positions, treasures
// and, now and then, states. What an area brought is encoded once.
func (h *hub) flush() {
	h.flushes++
	slow := h.flushes%slowFlush == 0
	for _, a := range h.areas {
		a.cut(slow)
	}
	now := time.Now()
	if slow {
		h.sweepGuests(now)
	}
	for _, s := range h.sessions {
		if slow && s.idle(now) {
			h.metrics.reject(rejectIdle)
			h.end(s, &fatal{huntpb.ErrorCode_ERROR_CODE_NOT_JOINED, fmt.Sprintf("neither played nor watched for %v: join, or subscribe to an area", idleLimit)})
			continue // the round's end writes it
		}
		if slow {
			s.present(now)
		}
		if !s.ready {
			for i := range s.subs {
				s.subs[i].miss()
			}
			continue
		}
		if len(s.subs) == 0 && (!slow || len(s.pending) == 0) {
			continue
		}
		b := batch{stream: s.take()}
		s.addLive(&b)
		h.serve(s, b)
	}
}

// serve completes a batch with what is owed and hands it over.
func (h *hub) serve(s *session, b batch) {
	s.addOwed(&b)
	if s.closing != nil {
		b.fatal = s.closing
	} else if len(b.stream) == 0 && len(b.datagrams) == 0 {
		s.giveBack(b.stream)
		return
	}
	s.ready = false
	s.peer.out <- b // never waits: its one place is free when the writer is ready
}

// send queues a control message; urgent ones leave at the end of the round,
// the others with the next that does, or the next slow flush.
func (h *hub) send(s *session, m message, urgent bool) {
	if s.closing != nil {
		return
	}
	if len(s.pending)+len(m.framed) > maxPending {
		h.metrics.drop(dropSession, 1)
		h.forget(s)
		s.closing = &fatal{huntpb.ErrorCode_ERROR_CODE_UNSPECIFIED, "too slow: control messages wait for you above the cap: read faster, or subscribe to less"}
		s.peer.cancel(s.closing)
		return
	}
	s.pending = append(s.pending, m.framed...)
	m.sent.Inc()
	if urgent {
		h.touch(s)
	}
}

// tell sends a control message that is for one session.
func (h *hub) tell(s *session, m *huntpb.ServerMessage) { h.send(s, h.metrics.encode(m), true) }

// end closes a session after what it was already sent.
func (h *hub) end(s *session, f *fatal) {
	if s.closing != nil {
		return
	}
	s.closing = f
	h.forget(s)
	h.touch(s)
}

// forget takes the session out of the hunt; it may still be written.
func (h *hub) forget(s *session) {
	if h.sessions[s.player] == s {
		delete(h.sessions, s.player)
	}
	if s.marked != nil {
		delete(s.marked.waiting, s)
	}
	h.answered(s)
	s.subs = nil
}

// published is a round event.
type published struct {
	event  *huntpb.RoundEvent
	notice notice
}

// notice is a round event as players get it, and as services do: the two are one,
// but for a round's start, whose seed players get when the round is over (I13).
type notice struct{ player, service message }

func (n notice) to(s *session) message {
	if s.service {
		return n.service
	}
	return n.player
}

func (e published) apply(h *hub) {
	h.history.add(e.event, e.notice)
	h.score(e.event)
	for _, s := range h.sessions {
		h.send(s, e.notice.to(s), false)
	}
}

// stopping ends all sessions and says when none is left.
type stopping struct{ drained chan struct{} }

func (e stopping) apply(h *hub) {
	h.drained = e.drained
	for _, s := range h.sessions {
		h.end(s, &fatal{huntpb.ErrorCode_ERROR_CODE_DRAINING, "the gateway stops: connect to another one"})
	}
	h.checkDrained()
}

func (h *hub) checkDrained() {
	if h.drained != nil && h.alive == 0 {
		close(h.drained)
		h.drained = nil
	}
}

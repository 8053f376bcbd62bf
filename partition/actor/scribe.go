package actor

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
)

// Scribe stores the snapshots of a process's partitions, one at a time. It has
// one page, on which a partition copies its state at a boundary; the actor goes
// on, and when the record of that boundary is durable it hands the page over to
// be packed and stored. So a snapshot holds an actor up for as long as a copy
// takes, and an actor that finds the page in use comes back at its next boundary.
type Scribe struct {
	page chan []byte // the page, while nobody has it
	work chan copied
	log  *slog.Logger

	stored, failed, missed prometheus.Counter
	bytes                  prometheus.Counter
	copying, storing       prometheus.Observer
}

// copied is a page with a state on it.
type copied struct {
	actor *Actor
	at    codec.Index
	page  []byte
}

// NewScribe registers its figures; a nil registerer keeps them private.
func NewScribe(reg prometheus.Registerer, log *slog.Logger) *Scribe {
	reg = prometheus.WrapRegistererWith(nil, reg)
	counter := func(name, help string) prometheus.Counter {
		return register(reg, prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help}))
	}
	seconds := func(name, help string) prometheus.Observer {
		return register(reg, prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(1e-5, 4, 12), // to 42 s
		}))
	}
	s := &Scribe{
		page: make(chan []byte, 1), work: make(chan copied, 1), log: log,
		stored:  counter("hunt_snapshot_stored_total", "Snapshots that are durable."),
		failed:  counter("hunt_snapshot_failed_total", "Snapshots that could not be stored."),
		missed:  counter("hunt_snapshot_missed_total", "Rounds of a partition that ended without a snapshot."),
		bytes:   counter("hunt_snapshot_bytes_total", "Bytes of snapshots that are durable, packed."),
		copying: seconds("hunt_snapshot_copy_seconds", "Time for which a snapshot held its partition up."),
		storing: seconds("hunt_snapshot_store_seconds", "Time to pack a snapshot and make it durable."),
	}
	s.page <- nil
	return s
}

// fit makes the page as large as a partition may need it, before that one runs.
func (s *Scribe) fit(ctx context.Context, size int) error {
	select {
	case page := <-s.page:
		if cap(page) < size {
			page = make([]byte, 0, size)
		}
		s.page <- page
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take is the empty page, or nil if it is in use.
func (s *Scribe) take() []byte {
	select {
	case page := <-s.page:
		return page[:0]
	default:
		return nil
	}
}

// Run stores what actors hand over until ctx ends.
func (s *Scribe) Run(ctx context.Context) {
	var p packer
	for {
		select {
		case w := <-s.work:
			began := time.Now()
			if err := s.store(ctx, &p, &w); err != nil && ctx.Err() == nil {
				s.failed.Inc()
				s.log.Warn("a snapshot was not stored: a recovery replays more, from the one before", "err", err)
			}
			s.storing.Observe(time.Since(began).Seconds())
			s.page <- w.page
		case <-ctx.Done():
			return
		}
	}
}

// store packs a page and makes it durable; the actor's next base names it.
func (s *Scribe) store(ctx context.Context, p *packer, w *copied) error {
	fail := func(err error) error {
		return fmt.Errorf("store the snapshot of partition %d at %v: %w", w.actor.cfg.Partition, w.at, err)
	}
	data, err := p.pack(w.page)
	if err != nil {
		return fail(err)
	}
	ctx, cancel := context.WithTimeout(ctx, storeWait)
	defer cancel()
	if err := w.actor.cfg.Journal.PutSnapshot(ctx, w.at, data); err != nil {
		return fail(err)
	}
	w.actor.newest.Store(&codec.SnapshotRef{At: w.at, Sum: sha256.Sum256(data)})
	s.stored.Inc()
	s.bytes.Add(float64(len(data)))
	return nil
}

// snapshot is what an actor knows of the one that it takes.
type snapshot struct {
	round codec.Round // the last round with one
	at    codec.Index // the record that the page waits for
	page  []byte      // nil: none does
}

// blank is the page to copy the state on at this boundary, or nil.
func (a *Actor) blank() []byte {
	if a.cfg.Scribe == nil || a.taken.round == a.core.Round() || a.draft.tight || !a.turnForSnapshot() {
		return nil
	}
	return a.cfg.Scribe.take()
}

// turnForSnapshot reports whether one is due. Partition p has its turn behind
// (p+1)/(P+1) of a round, so that not all want the page at once; whoever had none
// in the round before, at once.
func (a *Actor) turnForSnapshot() bool {
	turn := uint64(a.core.Rules().RoundTicks) * (uint64(a.cfg.Partition) + 1) / (uint64(a.cfg.Partitions) + 1)
	return uint64(a.core.TickNow()) >= turn || a.taken.round+1 < a.core.Round()
}

// snapshot copies the state after the last record.
func (a *Actor) snapshot(page []byte) {
	began := a.cfg.Nanotime()
	a.taken = snapshot{round: a.core.Round(), at: a.at, page: a.core.AppendSnapshot(page)}
	a.cfg.Scribe.copying.Observe(float64(a.cfg.Nanotime()-began) / 1e9)
}

// handOver gives the scribe the page when the record at its index is durable: a
// snapshot never is of a state that the journal does not lead to.
func (a *Actor) handOver(durable codec.Index) {
	if a.taken.page != nil && a.taken.at == durable {
		a.cfg.Scribe.work <- copied{a, a.taken.at, a.taken.page} // it has room for the one page
		a.taken.page = nil
	}
}

// tearUp gives the page back if its record did not become durable.
func (a *Actor) tearUp() {
	if a.taken.page != nil {
		a.cfg.Scribe.page <- a.taken.page
		a.taken.page = nil
	}
}

// lastSnapshot is what the next base names.
func (a *Actor) lastSnapshot() (ref codec.SnapshotRef) {
	if newest := a.newest.Load(); newest != nil {
		ref = *newest
	}
	return ref
}

// countMissed notes at a round's end that it had no snapshot.
func (a *Actor) countMissed() {
	if a.cfg.Scribe != nil && a.taken.round != a.core.Round() {
		a.cfg.Scribe.missed.Inc()
	}
}

package bench

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// meter times one partition's moves until they are durable, and notes its
// records. It is read when the actor has stopped.
type meter struct {
	actor.Journal
	core     *partition.Core
	counting atomic.Bool

	// the pen's
	sizes  []int
	rounds []codec.Round

	acks *hdrhistogram.Histogram // of records, from their append's beginning; in us

	// the actor's
	open []applied               // not durable yet, in order
	lag  *hdrhistogram.Histogram // of moves; in us
}

// longest bounds what is timed, in us: a minute.
const longest = 60_000_000

// durations is a histogram with three digits: an actor's own, of an eighth of a
// power of two, would be as coarse as what the bound leaves beside the tick.
func durations() *hdrhistogram.Histogram { return hdrhistogram.New(1, longest, 3) }

// count counts n times the same duration.
func count(h *hdrhistogram.Histogram, nanos int64, n int) {
	if err := h.RecordValues(min(max(nanos/1000, 1), longest), int64(n)); err != nil {
		panic("bench: a duration between the bounds is refused")
	}
}

func newMeter(j actor.Journal) *meter { return &meter{Journal: j, acks: durations(), lag: durations()} }

// quantiles are the median and the 99th percentile, in ms.
func quantiles(h *hdrhistogram.Histogram) (p50, p99 float64) {
	return float64(h.ValueAtQuantile(50)) / 1000, float64(h.ValueAtQuantile(99)) / 1000
}

// applied are moves that were answered together.
type applied struct {
	cut   codec.Cut // the boundary that they wait for
	at    int64
	moves int
}

// measure lets what comes from now on count, or not.
func (m *meter) measure(on bool) { m.counting.Store(on) }

// Start notes the record that the pen begins to append.
func (m *meter) Start(at codec.Index, record []byte) actor.Pending {
	if m.counting.Load() {
		m.sizes = append(m.sizes, len(record))
		if !slices.Contains(m.rounds, at.Round) {
			m.rounds = append(m.rounds, at.Round)
		}
	}
	return &timedPending{m.Journal.Start(at, record), m, nanotime()}
}

// timedPending times an append that was begun; its Waits come from one goroutine.
type timedPending struct {
	actor.Pending
	meter *meter
	began int64
}

// Wait notes the first answer.
func (p *timedPending) Wait(ctx context.Context) error {
	err := p.Pending.Wait(ctx)
	if p.meter.counting.Load() {
		count(p.meter.acks, nanotime()-p.began, 1)
	}
	return err
}

// answered is told of replies when they have just been encoded.
func (m *meter) answered(frames []byte, now int64) {
	if !m.counting.Load() {
		return
	}
	moves := 0
	for len(frames) > 0 {
		typ, payload, rest, err := codec.Next(frames)
		if err != nil {
			panic("bench: an answer cannot be read")
		}
		if frames = rest; typ != codec.TypeReply {
			continue
		}
		if r, err := codec.ParseReply(payload); err == nil && r.Code == codec.CodeOK {
			moves++
		}
	}
	if moves > 0 {
		m.open = append(m.open, applied{codec.Cut{Round: m.core.Round(), Tick: m.core.TickNow() + 1}, now, moves})
	}
}

// released is told what is durable.
func (m *meter) released(d *codec.Durable, now int64) {
	n := 0
	for n < len(m.open) && m.open[n].cut.Compare(codec.Cut{Round: d.Index.Round, Tick: d.Tick}) <= 0 {
		count(m.lag, now-m.open[n].at, m.open[n].moves)
		n++
	}
	m.open = slices.Delete(m.open, 0, n)
}

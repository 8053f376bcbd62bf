package actor

import (
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
)

// Metrics are one partition's figures.
type Metrics struct {
	Moves              prometheus.Counter // applied
	Durable            prometheus.Counter // of these, durable
	Deltas             prometheus.Counter
	Weights            prometheus.Counter // orders of game servers that were taken
	HandOffs           prometheus.Counter // arrivals that were decided
	Refused            prometheus.Counter
	Repeats            prometheus.Counter // joins that changed nothing
	Rollbacks          prometheus.Counter
	Players            prometheus.Gauge
	TickLate           prometheus.Gauge
	HintAge, HintsLost prometheus.Gauge
	codes              [codec.Codes]prometheus.Counter
	lag                prometheus.Observer

	Residence *Histogram // of moves: bytes read to reply written
	Ticks     *Histogram // of ticks and of slices, in both of which no move is answered
	Slices    *Histogram
}

// NewMetrics registers a partition's figures; a nil registerer keeps them private.
func NewMetrics(reg prometheus.Registerer, p codec.PartitionID) *Metrics {
	reg = prometheus.WrapRegistererWith(prometheus.Labels{"partition": strconv.Itoa(int(p))}, reg)
	counter := func(name, help string) prometheus.Counter {
		return register(reg, prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help}))
	}
	gauge := func(name, help string) prometheus.Gauge {
		return register(reg, prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help}))
	}
	histogram := func(name, help string, buckets []float64) prometheus.Observer {
		return register(reg, prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}))
	}
	m := &Metrics{
		Moves:     counter("hunt_partition_moves_applied_total", "Moves applied in memory."),
		Durable:   counter("hunt_partition_moves_durable_total", "Moves whose record the journal has acknowledged."),
		Deltas:    counter("hunt_partition_deltas_total", "Weight changes released."),
		Weights:   counter("hunt_partition_weights_ordered_total", "Orders of game servers to set or give back a weight that were taken."),
		HandOffs:  counter("hunt_partition_hand_offs_total", "Players that other partitions handed over, taken or refused; and those that left the hunt away from home."),
		Refused:   counter("hunt_partition_refused_peers_total", "Streams refused for frames that make no sense."),
		Repeats:   counter("hunt_partition_repeated_joins_total", "Joins that changed nothing: answered, and not journaled."),
		Rollbacks: counter("hunt_partition_rollbacks_total", "Rollbacks of the hunt that were obeyed."),
		Players:   gauge("hunt_partition_players", "Players in the partition."),
		TickLate:  gauge("hunt_partition_tick_late_seconds", "How late the last tick boundary was passed."),
		HintAge:   gauge("hunt_partition_hint_age_ticks", "Ticks since the refresh that hints to the nearest treasure are exact for."),
		HintsLost: gauge("hunt_partition_hints_given_up", "Times that hints were given up between two refreshes, for too many weights changed."),
		Residence: register(reg, newHistogram("hunt_partition_residence_seconds", "From a move's bytes read off the stream to its reply handed to the stream.")),
		Ticks:     register(reg, newHistogram("hunt_partition_tick_seconds", "Time that a tick boundary took.")),
		Slices:    register(reg, newHistogram("hunt_partition_slice_seconds", "Time that a slice of background work took: bringing hints up to a cut.")),
		lag:       histogram("hunt_partition_durable_lag_seconds", "From a record's last tick to its acknowledgement.", prometheus.ExponentialBuckets(1e-4, 2, 15)),
	}
	for code := range m.codes {
		m.codes[code] = register(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hunt_partition_inputs_total", Help: "Inputs by result.",
			ConstLabels: prometheus.Labels{"code": codec.Code(code).String()},
		}))
	}
	return m
}

// register takes the collector that stands already, as after a restart of the partition.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	if err := reg.Register(c); err != nil {
		if was := (prometheus.AlreadyRegisteredError{}); errors.As(err, &was) {
			return was.ExistingCollector.(C)
		}
		panic("actor: a metric is registered twice with different labels: " + err.Error())
	}
	return c
}

func (m *Metrics) count(kind codec.InputKind, code codec.Code) {
	m.codes[code].Inc()
	if code != codec.CodeOK {
		return
	}
	switch kind {
	case codec.InputMove:
		m.Moves.Inc()
	case codec.InputWeight:
		m.Weights.Inc()
	case codec.InputArrive:
		m.HandOffs.Inc()
	}
}

func (m *Metrics) released(moves int, nanos int64) {
	m.Durable.Add(float64(moves))
	m.lag.Observe(float64(nanos) / 1e9)
}

func (m *Metrics) tick(nanos int64, core *partition.Core, late time.Duration) {
	m.Ticks.Observe(nanos, 1)
	m.Players.Set(float64(core.Players()))
	m.HintAge.Set(float64(core.HintAge()))
	m.HintsLost.Set(float64(core.Lost()))
	m.TickLate.Set(late.Seconds())
}

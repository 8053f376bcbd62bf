package engine

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// traffic counts one direction: an atomic add each a batch, never a frame.
type traffic struct {
	frames, bytes, batches prometheus.Counter
}

func (t *traffic) add(frames, bytes int) {
	t.frames.Add(float64(frames))
	t.bytes.Add(float64(bytes))
	t.batches.Inc()
}

// metrics are those of one side of the hop; the label side keeps a node's and
// a gateway's apart in a process that is both.
type metrics struct {
	in, out     traffic
	rejected    [len(reasons)]prometheus.Counter
	refused     *prometheus.CounterVec // the same by cause, for peers that were not let in
	dials       prometheus.Counter
	dialsFailed prometheus.Counter
	peers       prometheus.Gauge
	registry    prometheus.Registerer
	all         []prometheus.Collector
}

// newMetrics makes the metrics of a side, "node" or "gateway", and registers
// them with r unless it is nil. queued and conns are read at each scrape.
func newMetrics(r prometheus.Registerer, side string, queued, conns func() float64) (*metrics, error) {
	m := &metrics{peers: prometheus.NewGauge(prometheus.GaugeOpts{Name: "hunt_engine_peers", Help: "Streams of the engine hop that are open, one a partition and gateway."})}
	frames := vec("hunt_engine_frames_total", "Frames moved over the engine hop.", "direction")
	bytes := vec("hunt_engine_bytes_total", "Bytes of frames moved over the engine hop.", "direction")
	batches := vec("hunt_engine_batches_total", "Reads and writes that moved frames; frames over batches is how well they coalesce.", "direction")
	m.in = traffic{frames.WithLabelValues("in"), bytes.WithLabelValues("in"), batches.WithLabelValues("in")}
	m.out = traffic{frames.WithLabelValues("out"), bytes.WithLabelValues("out"), batches.WithLabelValues("out")}
	rejected := vec("hunt_engine_rejected_total", "Streams that this side ended with an error, and connections that it refused.", "reason")
	for code, name := range reasons {
		if name != "" {
			m.rejected[code] = rejected.WithLabelValues(name)
		}
	}
	m.refused = rejected
	for _, cause := range []string{"connections", "crowded", "handshake", "identity"} {
		rejected.WithLabelValues(cause) // there from the start, at 0
	}
	m.all = []prometheus.Collector{frames, bytes, batches, rejected, m.peers,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hunt_engine_queued_bytes", Help: "Bytes queued for all peers together."}, queued),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hunt_engine_connections", Help: "QUIC connections of the engine hop that are open."}, conns),
	}
	if side == "gateway" {
		dials := vec("hunt_engine_dials_total", "Attempts to reach a node.", "result")
		m.dials, m.dialsFailed = dials.WithLabelValues("ok"), dials.WithLabelValues("failed")
		m.all = append(m.all, dials)
	}
	if r == nil {
		return m, nil
	}
	m.registry = prometheus.WrapRegistererWith(prometheus.Labels{"side": side}, r)
	for i, c := range m.all {
		if err := m.registry.Register(c); err != nil {
			m.all = m.all[:i]
			m.close()
			return nil, fmt.Errorf("register the metrics of the engine hop (one %s a registry): %w", side, err)
		}
	}
	return m, nil
}

// close takes the metrics out of the registry, so that a successor can come in.
func (m *metrics) close() {
	if m.registry == nil {
		return
	}
	for _, c := range m.all {
		m.registry.Unregister(c)
	}
}

func vec(name, help, label string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
}

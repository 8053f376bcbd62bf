package gateway

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// Why a message was rejected, and what was dropped: label values.
const (
	rejectRate      = "rate"
	rejectInFlight  = "in_flight"
	rejectNotJoined = "not_joined"
	rejectBad       = "bad_message"
	rejectOversized = "oversized"
	rejectNotNow    = "not_now"
	rejectStream    = "stream"
	rejectPackets   = "packets" // the connection is ended
	rejectIdle      = "idle"    // likewise
	rejectShare     = "share"   // a join of a source that has its share of the places

	dropPositions  = "positions"  // a session was not ready for them; it gets a snapshot
	dropDeltas     = "deltas"     // likewise, fallen out of the log
	dropSuperseded = "superseded" // a newer position came before the flush
	dropSession    = "session"    // closed: its control messages passed their cap
)

// metrics are the gateway's counters; the atomics are what Stats tells.
type metrics struct {
	in, out    map[string]prometheus.Counter // by message kind
	rejected   *prometheus.CounterVec
	drops      *prometheus.CounterVec
	handshakes *prometheus.CounterVec
	held       prometheus.Counter
	gaps       prometheus.Counter
	snapshots  prometheus.Counter
	links      prometheus.Gauge
	sessions   prometheus.Gauge

	nSessions, nReplies, nRejected, nDropped atomic.Int64
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	messages := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "hunt_gateway_messages_total", Help: "Messages of the client hop, by direction and kind.",
	}, []string{"direction", "kind"})
	m := &metrics{
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hunt_gateway_rejected_total", Help: "Messages of clients that went no further, by reason.",
		}, []string{"reason"}),
		drops: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hunt_gateway_drops_total", Help: "What slow clients were not sent, by kind.",
		}, []string{"kind"}),
		handshakes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hunt_gateway_handshake_failures_total", Help: "Connections that did not become a session, by reason.",
		}, []string{"reason"}),
		held: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hunt_gateway_held_total", Help: "Messages that waited because their session was above its rate.",
		}),
		gaps: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hunt_gateway_delta_gaps_total", Help: "Gaps in a partition's deltas that led to a new subscription.",
		}),
		snapshots: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hunt_gateway_delta_snapshots_total", Help: "Snapshots of an area's weights begun for a session.",
		}),
		links: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hunt_gateway_links", Help: "Open links to partitions.",
		}),
		sessions: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hunt_gateway_sessions", Help: "Sessions that said hello.",
		}),
	}
	m.in = byKind(messages, "in", (&huntpb.ClientMessage{}).ProtoReflect().Descriptor())
	m.out = byKind(messages, "out", (&huntpb.ServerMessage{}).ProtoReflect().Descriptor())
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{messages, m.rejected, m.drops, m.handshakes, m.held, m.gaps, m.snapshots, m.links, m.sessions} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// byKind resolves the counters once: the kinds are the fields of the message's body.
func byKind(v *prometheus.CounterVec, direction string, d protoreflect.MessageDescriptor) map[string]prometheus.Counter {
	kinds := map[string]prometheus.Counter{}
	fields := d.Oneofs().ByName("body").Fields()
	for i := range fields.Len() {
		kind := string(fields.Get(i).Name())
		kinds[kind] = v.WithLabelValues(direction, kind)
	}
	return kinds
}

// kindOf is the name of a message's body; "" if it has none.
func kindOf(m proto.Message) string {
	r := m.ProtoReflect()
	if f := r.WhichOneof(r.Descriptor().Oneofs().ByName("body")); f != nil {
		return string(f.Name())
	}
	return ""
}

func (m *metrics) reject(reason string) {
	m.rejected.WithLabelValues(reason).Inc()
	m.nRejected.Add(1)
}

func (m *metrics) drop(kind string, n int) {
	m.drops.WithLabelValues(kind).Add(float64(n))
	m.nDropped.Add(int64(n))
}

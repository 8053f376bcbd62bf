package system

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/partition/actor"
)

// receiver is an OTLP receiver that keeps what was pushed to it.
func receiver(t *testing.T) (url string, pushed func() []*metrics.ResourceMetrics) {
	t.Helper()
	var got []*metrics.ResourceMetrics
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collector.ExportMetricsServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &request)
		}
		if err != nil || r.URL.Path != "/v1/metrics" {
			t.Errorf("a push to %s: %v", r.URL.Path, err)
		}
		got = append(got, request.ResourceMetrics...)
		reply, _ := proto.Marshal(&collector.ExportMetricsServiceResponse{})
		w.Header().Set("Content-Type", "application/x-protobuf")
		_, _ = w.Write(reply)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []*metrics.ResourceMetrics { server.Close(); return got }
}

// TestExportMetrics: an OTLP receiver gets the residence of moves, bucket by bucket.
func TestExportMetrics(t *testing.T) {
	url, pushed := receiver(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "node=a")
	reg := prometheus.NewRegistry()
	stop, err := ExportMetrics(t.Context(), reg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	m := actor.NewMetrics(reg, 7)
	m.Residence.Observe(3000, 5)
	m.Residence.Observe(1_000_000, 1)
	if err := stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	attributes, point := map[string]string{}, (*metrics.HistogramDataPoint)(nil)
	for _, r := range pushed() {
		for _, a := range r.Resource.Attributes {
			attributes[a.Key] = a.Value.GetStringValue()
		}
		for _, scope := range r.ScopeMetrics {
			for _, family := range scope.Metrics {
				if family.Name == "hunt_partition_residence_seconds" {
					point = family.GetHistogram().DataPoints[0]
				}
			}
		}
	}
	if attributes["service.name"] != "hunt" || attributes["node"] != "a" {
		t.Errorf("the resource is %v", attributes)
	}
	if point == nil {
		t.Fatal("no residence was pushed")
	}
	if point.Count != 6 || point.GetSum() != 0.001015 || point.Attributes[0].Key != "partition" || point.Attributes[0].Value.GetStringValue() != "7" {
		t.Errorf("%d observations, %v s, of %v", point.Count, point.GetSum(), point.Attributes)
	}
	if i := slices.Index(point.ExplicitBounds, 4096e-9); i < 0 || point.BucketCounts[i] != 5 {
		t.Errorf("buckets %v of %v: want 5 up to 4.096 us", point.BucketCounts, point.ExplicitBounds)
	}
}

// TestOTLPWanted: the standard environment decides; what this binary cannot do is said.
func TestOTLPWanted(t *testing.T) {
	const endpoint, kind, protocol = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL"
	for _, c := range []struct {
		name         string
		env          map[string]string
		want, failed bool
	}{
		{"nothing", nil, false, false},
		{"an endpoint", map[string]string{endpoint: "http://x"}, true, false},
		{"one for metrics", map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://x"}, true, false},
		{"disabled", map[string]string{endpoint: "http://x", "OTEL_SDK_DISABLED": "TRUE"}, false, false},
		{"none", map[string]string{endpoint: "http://x", kind: "none"}, false, false},
		{"otlp without an endpoint", map[string]string{kind: "otlp"}, false, false},
		{"another exporter", map[string]string{kind: "console"}, false, true},
		{"its protocol", map[string]string{endpoint: "http://x", protocol: "http/protobuf"}, true, false},
		{"another protocol", map[string]string{endpoint: "http://x", protocol: "grpc"}, false, true},
		{"metrics' own protocol", map[string]string{
			endpoint: "http://x", protocol: "grpc", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/protobuf"}, true, false},
	} {
		got, err := otlpWanted(func(name string) string { return c.env[name] })
		if got != c.want || (err != nil) != c.failed {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

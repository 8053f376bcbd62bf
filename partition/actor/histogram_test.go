package actor

import (
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// TestBuckets: buckets follow one another, and none is wider than an eighth.
func TestBuckets(t *testing.T) {
	for i, from := 0, int64(0); i < histogramBuckets; i++ {
		end := bucketEnd(i)
		if bucket(from) != i || bucket(end-1) != i || end-from > max(1, from/subBuckets) {
			t.Fatalf("bucket %d is said to be [%d, %d), which lie in %d and %d", i, from, end, bucket(from), bucket(end-1))
		}
		from = end
	}
	if bucket(-1) != 0 || bucket(1<<62) != histogramBuckets-1 {
		t.Error("what lies outside is not in the first and the last bucket")
	}
}

// TestQuantile compares quantiles with those of the sorted values.
func TestQuantile(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var all []int64
	var c Counts
	for range 10_000 {
		v := int64(1) << rng.IntN(30)
		v += rng.Int64N(v)
		all = append(all, v)
		c.Add(v)
	}
	slices.Sort(all)
	for _, q := range []float64{0, 0.01, 0.5, 0.99, 1} {
		want := all[max(int(q*float64(len(all))+0.5)-1, 0)]
		if got := int64(c.Quantile(q)); got < want || got > want+want/8+1 {
			t.Errorf("quantile %v is %d, want %d or an eighth more", q, got, want)
		}
	}
	if new(Counts).Quantile(0.5) != 0 {
		t.Error("a quantile of nothing")
	}
}

// TestHistogramExposed holds what Prometheus reads.
func TestHistogramExposed(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	m := NewMetrics(reg, 3)
	m.Residence.Observe(int64(3*time.Microsecond), 5)
	m.Residence.Observe(int64(time.Millisecond), 1)
	if again := NewMetrics(reg, 3); again.Residence != m.Residence {
		t.Error("a partition that starts again counts anew")
	}
	want := []string{
		`hunt_partition_residence_seconds_count{partition="3"} 6`,
		`hunt_partition_residence_seconds_bucket{partition="3",le="2.048e-06"} 0`,
		`hunt_partition_residence_seconds_bucket{partition="3",le="4.096e-06"} 5`,
		`hunt_partition_residence_seconds_bucket{partition="3",le="+Inf"} 6`,
		`hunt_partition_residence_seconds_sum{partition="3"} 0.001015`,
	}
	w := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range want {
		if !strings.Contains(w.Body.String(), line) {
			t.Errorf("no line %s", line)
		}
	}
}

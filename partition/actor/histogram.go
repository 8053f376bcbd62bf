package actor

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Histogram counts durations in buckets an eighth of a power of two wide, so a
// quantile is at most 12.5 % too high. One goroutine observes, any may read. An
// observation is two atomic additions and no search for its bucket: it stands
// on the way of every move.
type Histogram struct {
	desc   *prometheus.Desc
	counts [histogramBuckets]atomic.Uint64
	nanos  atomic.Int64
}

func newHistogram(name, help string) *Histogram {
	return &Histogram{desc: prometheus.NewDesc(name, help, nil, nil)}
}

// bucket is the one that holds a duration: below 8 ns one a nanosecond, from
// there on eight a power of two.
func bucket(nanos int64) int {
	v := uint64(max(nanos, 0))
	if v < subBuckets {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return min(shift*subBuckets+int(v>>shift), histogramBuckets-1)
}

// bucketEnd is the first duration above the bucket.
func bucketEnd(i int) int64 {
	if i < 2*subBuckets {
		return int64(i) + 1
	}
	return int64(i%subBuckets+subBuckets+1) << (i/subBuckets - 1)
}

// Observe counts n observations of the same duration.
func (h *Histogram) Observe(nanos int64, n int) {
	h.counts[bucket(nanos)].Add(uint64(n))
	h.nanos.Add(nanos * int64(n))
}

// AddTo adds the buckets to a sum of several histograms.
func (h *Histogram) AddTo(sum *Counts) {
	for i := range h.counts {
		sum[i] += h.counts[i].Load()
	}
}

// Nanos is the sum of all observations, in nanoseconds.
func (h *Histogram) Nanos() int64 { return h.nanos.Load() }

// Counts are the buckets of histograms.
type Counts [histogramBuckets]uint64

// Less takes an earlier count out.
func (c *Counts) Less(earlier *Counts) {
	for i := range c {
		c[i] -= earlier[i]
	}
}

// Add counts one duration, for whoever needs no other reader.
func (c *Counts) Add(nanos int64) { c[bucket(nanos)]++ }

// Total is how many observations were counted.
func (c *Counts) Total() (n uint64) {
	for _, k := range c {
		n += k
	}
	return n
}

// Quantile is a duration that at least the share q of all observations did not
// exceed, the end of its bucket; 0 where there is none.
func (c *Counts) Quantile(q float64) time.Duration {
	total := c.Total()
	if total == 0 {
		return 0
	}
	wanted := uint64(q*float64(total) + 0.5)
	sum := uint64(0)
	for i, k := range c {
		if sum += k; sum >= wanted && k > 0 {
			return time.Duration(bucketEnd(i))
		}
	}
	return time.Duration(bucketEnd(histogramBuckets - 1))
}

// Describe and Collect make it a Prometheus histogram, one bucket a power of two.
func (h *Histogram) Describe(ch chan<- *prometheus.Desc) { ch <- h.desc }

// Collect sends the buckets as they are now.
func (h *Histogram) Collect(ch chan<- prometheus.Metric) {
	buckets := make(map[float64]uint64, histogramBuckets/subBuckets)
	sum := uint64(0)
	for i := range h.counts {
		sum += h.counts[i].Load()
		if end := bucketEnd(i); end >= shownFrom && end&(end-1) == 0 {
			buckets[float64(end)/1e9] = sum
		}
	}
	ch <- prometheus.MustNewConstHistogram(h.desc, sum, float64(h.nanos.Load())/1e9, buckets)
}

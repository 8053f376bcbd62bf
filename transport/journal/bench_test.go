package journal

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// BenchmarkAppend measures one synced append after the other, and next to it the
// floor: a write and a sync of as many bytes to a file in the same folder.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{300, 4096} {
		data := noise(size)
		b.Run(fmt.Sprintf("to=journal/bytes=%d", size), func(b *testing.B) {
			dir := b.TempDir()
			j, stop := open(b, dir, WithMessages(-1))
			defer stop()
			l := j.Partition(0)
			must(b, l.Create(b.Context(), 1))
			seq := uint64(0)
			quantiles(b, func() error { seq++; return l.Append(b.Context(), at(1, seq), data) })
		})
		b.Run(fmt.Sprintf("to=file/bytes=%d", size), func(b *testing.B) {
			f, err := os.Create(b.TempDir() + "/floor")
			must(b, err)
			defer f.Close()
			quantiles(b, func() error {
				if _, err := f.Write(data); err != nil {
					return err
				}
				return f.Sync()
			})
		})
	}
}

// quantiles times every call of op.
func quantiles(b *testing.B, op func() error) {
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		must(b, op())
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}

// BenchmarkRead reads a full round.
func BenchmarkRead(b *testing.B) {
	j, _ := open(b, b.TempDir())
	l := j.Partition(0)
	must(b, l.Create(b.Context(), 1))
	data := noise(300)
	for seq := uint64(1); seq <= MaxMessages; seq++ {
		must(b, l.Append(b.Context(), at(1, seq), data))
	}
	b.Run("records=10000/bytes=300", func(b *testing.B) {
		for b.Loop() {
			n := 0
			must(b, l.Read(b.Context(), 1, 1, func(uint64, []byte) error { n++; return nil }))
			if n != MaxMessages {
				b.Fatal(n)
			}
		}
	})
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// rawWindow is how many records a publisher begins before the first is answered, as an actor's pen does.
const rawWindow = 8

// floor publishes records of the same sizes to streams of the same kind, from
// nothing but a timer.
func (r *JournalResult) floor(ctx context.Context, records [][]int, length time.Duration, dir string) (err error) {
	server, j, err := openJournal(dir, "bench/floor")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.close()) }()
	publishers := make([]*publisher, len(records))
	for p := range publishers {
		publishers[p] = &publisher{log: j.Partition(codec.PartitionID(p)), sizes: records[p], took: durations()}
		if err := publishers[p].log.Create(ctx, 1); err != nil {
			return err
		}
	}
	var group sync.WaitGroup
	start := time.Now()
	for p, pub := range publishers {
		first := start.Add(rawTick * time.Duration(p) / time.Duration(len(publishers)))
		group.Go(func() { pub.run(ctx, first, length) })
	}
	group.Wait()
	all := durations()
	for _, p := range publishers {
		err = errors.Join(err, p.err)
		all.Merge(p.took)
	}
	r.RawPublishP50MS, r.RawPublishP99MS = quantiles(all)
	return err
}

const rawTick = time.Second / codec.TicksPerSecond

// publisher is one stream's.
type publisher struct {
	log   *journal.Log
	sizes []int
	took  *hdrhistogram.Histogram // in us
	err   error
}

// sent is a record on its way.
type sent struct {
	pending actor.Pending
	at      int64
}

// run publishes a record a tick.
func (p *publisher) run(ctx context.Context, first time.Time, length time.Duration) {
	if len(p.sizes) == 0 {
		p.err = errors.New("bench journal: a partition that has appended no record has no floor")
		return
	}
	noise := make([]byte, codec.MaxRecord)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(noise)
	begun, done := make(chan sent, rawWindow), make(chan struct{})
	go func() {
		defer close(done)
		for s := range begun {
			if err := s.pending.Wait(ctx); err != nil && p.err == nil {
				p.err = fmt.Errorf("bench journal: the floor: %w", err)
			}
			count(p.took, nanotime()-s.at, 1)
		}
	}()
	for tick := range int(length / rawTick) {
		time.Sleep(time.Until(first.Add(rawTick * time.Duration(tick))))
		if ctx.Err() != nil {
			break
		}
		record := noise[:p.sizes[tick%len(p.sizes)]]
		at := nanotime()
		begun <- sent{p.log.Start(codec.Index{Round: 1, Seq: uint64(tick + 1)}, record), at}
	}
	close(begun)
	<-done
}

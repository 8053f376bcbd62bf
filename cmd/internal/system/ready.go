package system

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/client"
)

// prober is the player of readiness probes. It says hello and joins nothing.
const prober codec.PlayerID = 1<<33 - 1

// readiness is the last probe's result.
type readiness struct {
	mu   sync.Mutex
	at   time.Time
	last error
}

// ready is nil while a move would become durable: it goes through the gateway to a
// partition, and comes back when its record is in the journal. Probes are at most
// one in readyFor, whoever asks.
func (e *Edge) ready(ctx context.Context) error {
	r := &e.probed
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) > readyFor {
		r.last, r.at = e.probe(ctx, time.Now()), time.Now()
	}
	return r.last
}

func (e *Edge) probe(ctx context.Context, now time.Time) error {
	if err := e.cfg.Ready(); err != nil {
		return err
	}
	if leaf := e.keep.certs.Served().Leaf; now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return fmt.Errorf("the gateway's certificate is valid from %v to %v: browsers refuse it", leaf.NotBefore, leaf.NotAfter)
	}
	if p, since := e.gateway.Quiet(); since.IsZero() {
		return fmt.Errorf("the gateway does not hear of partition %d", p)
	} else if quiet := now.Sub(since); quiet > quietFor {
		return fmt.Errorf("nothing of partition %d has been durable for %v", p, quiet.Round(time.Millisecond))
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	options, err := e.Client(prober, "")
	if err != nil {
		return err
	}
	s, err := client.Dial(ctx, options)
	if err != nil {
		return fmt.Errorf("the gateway takes no session: %w", err)
	}
	_ = s.Close() // it was good
	return nil
}

func (e *Edge) readyz(w http.ResponseWriter, r *http.Request) {
	if err := e.ready(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

package actor

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/huntgraph/huntgraph/codec"
)

// heap is memory for forks that counts what is out.
type heap struct {
	mu   sync.Mutex
	used int
}

func (h *heap) Get(size int) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.used += size
	words := make([]uint64, size/8+1)
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size), nil
}

func (h *heap) Put(mem []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.used -= len(mem)
	return nil
}

// TestForkAtBoundary: a fork is of the state right after the boundary that was
// ordered, and its record ends there; one that cannot be is refused, and leaves nothing.
func TestForkAtBoundary(t *testing.T) {
	b, mem := newBed(t), new(heap)
	cfg := b.config(10)
	cfg.Memory = mem
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, a, time.Second)
	play(t, a, newGateway(), 5, 3)
	now, err := a.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := codec.Cut{Round: now.Round, Tick: now.Tick + 10}
	state, err := a.Fork(t.Context(), "f", at)
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	b.journal.mu.Lock()
	b.records(func(_ codec.Index, h codec.RecordHeader, body []byte) {
		if h.Kind != codec.RecordTicks {
			return
		}
		_, last, _, err := codec.ParseTicks(body)
		if err == nil && (codec.Cut{Round: h.Round, Tick: last}) == at && h.State == state {
			closed = true
		}
	})
	b.journal.mu.Unlock()
	if !closed {
		t.Errorf("no durable record ends at %v with state %016x", at, state)
	}
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		fork string
		at   codec.Cut
		want error
	}{
		{"a boundary of before", t.Context(), "g", now, ErrPassed},
		{"an operator that gives up", soon, "g", codec.Cut{Round: 9, Tick: 1}, context.DeadlineExceeded},
		{"a fork that is not there", t.Context(), "", codec.Cut{}, ErrNoFork},
	} {
		if c.fork == "" {
			here, err2 := a.Now(t.Context())
			if err2 != nil {
				t.Fatal(err2)
			}
			_, err = a.Diff(t.Context(), "g", "", codec.Cut{Round: here.Round, Tick: here.Tick + 5}, 1)
		} else {
			_, err = a.Fork(c.ctx, c.fork, c.at)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if mem.used != a.ForkSize() {
		t.Errorf("%d bytes are out, of one fork of %d", mem.used, a.ForkSize())
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if mem.used != 0 || len(a.errands) != 0 {
		t.Errorf("%d bytes are not given back at the end", mem.used)
	}
	if _, err := a.Fork(t.Context(), "h", at); !errors.Is(err, ErrStopped) || mem.used != 0 {
		t.Errorf("after the stop: %v, %d bytes are out", err, mem.used)
	}
}

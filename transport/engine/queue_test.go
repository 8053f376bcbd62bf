package engine

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/quic-go/quic-go"
)

// gate is a stream whose writes wait for the test, or run free once it is open.
type gate struct {
	entered chan []byte // a write began; the bytes are a copy
	pass    chan struct{}
	late    chan struct{} // closed by a deadline

	mu     sync.Mutex
	closed bool
	reset  quic.StreamErrorCode
	once   sync.Once
}

func newGate() *gate {
	return &gate{entered: make(chan []byte), pass: make(chan struct{}), late: make(chan struct{})}
}

func (g *gate) Write(b []byte) (int, error) {
	g.entered <- bytes.Clone(b)
	select {
	case <-g.pass:
		return len(b), nil
	case <-g.late:
		return 0, os.ErrDeadlineExceeded
	}
}

func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	return nil
}

func (g *gate) CancelWrite(code quic.StreamErrorCode) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reset = code
}

func (g *gate) SetWriteDeadline(time.Time) error { return nil }

// expire is the deadline passing.
func (g *gate) expire() { g.once.Do(func() { close(g.late) }) }

func testTraffic(t *testing.T) *traffic {
	t.Helper()
	m, err := newMetrics(nil, "node", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &m.out
}

func startQueue(t *testing.T, g *gate) (*queue, <-chan error) {
	q := newQueue(g, testTraffic(t))
	ran := make(chan error, 1)
	go func() { ran <- q.run() }()
	return q, ran
}

func frame(seq int) []byte { return codec.Delta{Seq: codec.DeltaSeq(seq)}.Append(nil) }

// TestQueueCoalesces: what comes during a write leaves in the next one, in order.
func TestQueueCoalesces(t *testing.T) {
	g := newGate()
	q, ran := startQueue(t, g)
	q.send(frame(0))
	if first := wait(t, g.entered, "the first write"); !bytes.Equal(first, frame(0)) {
		t.Fatalf("the first write is %x", first)
	}
	var want []byte
	for i := 1; i <= 1000; i++ {
		want = append(want, frame(i)...)
		if ok, _ := q.send(frame(i)); !ok {
			t.Fatal("not taken")
		}
	}
	if n := q.queued(); n != len(want)+codec.DeltaLen {
		t.Errorf("%d bytes queued, want %d and the frame that is being written", n, len(want))
	}
	g.pass <- struct{}{}
	if second := wait(t, g.entered, "the second write"); !bytes.Equal(second, want) {
		t.Errorf("the second write has %d bytes, want the other 1,000 frames in order, %d", len(second), len(want))
	}
	q.end(codec.Error{Code: codec.ErrorStopping, Text: "bye"}, false)
	g.pass <- struct{}{}
	if last := wait(t, g.entered, "the last frame"); !bytes.Equal(last, codec.Error{Code: codec.ErrorStopping, Text: "bye"}.Append(nil)) {
		t.Errorf("the last write is %x", last)
	}
	g.pass <- struct{}{}
	if err := wait(t, ran, "the writer's end"); err != nil || !g.closed {
		t.Errorf("the writer ended with %v, stream closed: %v", err, g.closed)
	}
	if ok, full := q.send(frame(1)); ok || full {
		t.Errorf("an ended queue says ok %v, full %v", ok, full)
	}
}

// TestQueueCap: a stuck write costs a bounded amount, and the writer ends when its time is up.
func TestQueueCap(t *testing.T) {
	g := newGate()
	q, ran := startQueue(t, g)
	chunk := bytes.Repeat(frame(1), 1000)
	q.send(chunk)
	wait(t, g.entered, "the first write")
	taken, full := len(chunk), false
	for !full {
		var ok bool
		if ok, full = q.send(chunk); ok {
			taken += len(chunk)
		}
	}
	if taken > queueCap || taken < queueCap-len(chunk) {
		t.Errorf("took %d bytes, the cap is %d", taken, queueCap)
	}
	q.mu.Lock()
	if held := cap(q.fill) + cap(q.spare) + q.writing; held > queueMemory {
		t.Errorf("holds %d bytes of memory, at most %d", held, queueMemory)
	}
	q.mu.Unlock()
	if !q.end(codec.Error{Code: codec.ErrorSlow, Text: "slow"}, true) || q.end(codec.Error{}, false) {
		t.Error("not the first end alone counts")
	}
	if n := q.queued(); n > len(chunk)+codec.MaxFrame {
		t.Errorf("%d bytes still queued after the end", n)
	}
	g.expire()
	if err := wait(t, ran, "the writer's end"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the writer ended with %v", err)
	}
	if g.reset != quic.StreamErrorCode(codec.ErrorSlow) {
		t.Errorf("the stream was reset with %d, want the code of slow", g.reset)
	}
}

// TestQueueShrinks: a burst's memory goes once it is written.
func TestQueueShrinks(t *testing.T) {
	g := newGate()
	q, ran := startQueue(t, g)
	q.send(bytes.Repeat(frame(1), 50_000))
	for range 2 { // either half
		wait(t, g.entered, "a write")
		q.send(bytes.Repeat(frame(1), 50_000))
		g.pass <- struct{}{}
	}
	wait(t, g.entered, "the last burst")
	g.pass <- struct{}{}
	q.send(frame(1))
	wait(t, g.entered, "a small write")
	q.send(frame(2))
	g.pass <- struct{}{}
	wait(t, g.entered, "another small write")
	q.mu.Lock()
	if cap(q.fill) != queueStart {
		t.Errorf("a half holds %d bytes after the burst, want %d", cap(q.fill), queueStart)
	}
	q.mu.Unlock()
	q.end(codec.Error{}, false)
	g.pass <- struct{}{}
	if err := wait(t, ran, "the writer's end"); err != nil {
		t.Error(err)
	}
}

// sink takes everything at once.
type sink struct{}

func (sink) Write(b []byte) (int, error)      { return len(b), nil }
func (sink) Close() error                     { return nil }
func (sink) CancelWrite(quic.StreamErrorCode) {}
func (sink) SetWriteDeadline(time.Time) error { return nil }

// TestSendAllocatesNothing is I9 for the hop's part of the actor's path.
func TestSendAllocatesNothing(t *testing.T) {
	p := &peer{out: newQueue(sink{}, testTraffic(t)), free: make(chan []byte, readBuffers)}
	ran := make(chan error, 1)
	go func() { ran <- p.out.run() }()
	var port codec.Peer = p
	replies := bytes.Repeat(codec.Reply{Hint: codec.NoHint(0)}.Append(nil), 16)
	buffer := make([]byte, readBuffer)
	if n := testing.AllocsPerRun(10_000, func() {
		for p.out.queued() > queueStart/2 {
			runtime.Gosched() // the measurement runs on one processor: let the writer have it
		}
		if !port.Send(replies) {
			t.Error("not taken")
		}
		port.Recycle(buffer[:100])
		<-p.free
	}); n != 0 {
		t.Errorf("%v allocations a send", n)
	}
	p.out.end(codec.Error{}, false)
	if err := wait(t, ran, "the writer's end"); err != nil {
		t.Error(err)
	}
}

func TestRecycleChecks(t *testing.T) {
	p := &peer{free: make(chan []byte, readBuffers)}
	p.Recycle(nil) // of a closed batch
	for range readBuffers {
		p.Recycle(make([]byte, readBuffer)[:1])
	}
	for name, buffer := range map[string][]byte{"one too many": make([]byte, readBuffer), "a stranger": make([]byte, 10)} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("taken")
				}
			}()
			p.Recycle(buffer)
		})
	}
}

package engine

import (
	"sync"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/quic-go/quic-go"
)

// sender is the half of a stream that a queue writes to.
type sender interface {
	Write(b []byte) (int, error)
	Close() error
	CancelWrite(code quic.StreamErrorCode)
	SetWriteDeadline(t time.Time) error
}

// queue is a bounded double buffer before a stream: send appends to one half
// while the writer, one goroutine in run, has the other in a single Write. So
// everything that comes during a write leaves in the next one, and there is no
// timer in it.
type queue struct {
	to      sender
	traffic *traffic

	mu      sync.Mutex
	wake    sync.Cond
	fill    []byte // what the next write takes
	spare   []byte // the other half while nothing is written
	writing int    // bytes in the writer's hands
	ended   bool   // nothing more is taken; the writer ends after fill
	code    codec.ErrorCode
}

func newQueue(to sender, t *traffic) *queue {
	q := &queue{to: to, traffic: t}
	q.wake.L = &q.mu
	return q
}

// reserve takes both halves' memory, so that send allocates none until a burst.
func (q *queue) reserve() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fill = append(make([]byte, 0, queueStart), q.fill...)
	q.spare = make([]byte, 0, queueStart)
}

// send queues whole frames. ok is false when the queue has ended, full when
// they would go above the cap: nothing is queued then, and the caller ends it.
func (q *queue) send(frames []byte) (ok, full bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return false, false
	}
	if len(q.fill)+q.writing+len(frames) > queueCap {
		return false, true
	}
	q.fill = append(q.fill, frames...)
	q.wake.Signal()
	return true, false
}

// end lets the writer finish: what is queued unless discard is set, then the
// last frame if its code is not zero, within grace. Only the first call counts.
func (q *queue) end(last codec.Error, discard bool) (first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return false
	}
	q.ended = true
	q.code = last.Code
	if discard {
		q.fill = nil
	}
	if last.Code != 0 {
		q.fill = last.Append(q.fill)
	}
	q.wake.Signal()
	_ = q.to.SetWriteDeadline(time.Now().Add(grace)) // cannot fail; wakes a write that is stuck
	return true
}

// run writes until the queue ends or a write fails.
func (q *queue) run() error {
	for {
		batch, last := q.take()
		if len(batch) > 0 {
			if _, err := q.to.Write(batch); err != nil {
				q.to.CancelWrite(quic.StreamErrorCode(q.abandon()))
				return err
			}
			q.traffic.add(count(batch), len(batch))
		}
		if last {
			return q.to.Close()
		}
		q.release(batch)
	}
}

// take waits for something to write and gives the other half to send.
func (q *queue) take() (batch []byte, last bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.fill) == 0 && !q.ended {
		q.wake.Wait()
	}
	batch, q.fill, q.spare = q.fill, q.spare, nil
	q.writing = len(batch)
	return batch, q.ended
}

// release takes a written half back. One that a burst made large goes, so that
// a peer that once took a snapshot does not hold its memory for good.
func (q *queue) release(batch []byte) {
	if cap(batch) > queueStart {
		batch = make([]byte, 0, queueStart)
	}
	q.mu.Lock()
	q.spare, q.writing = batch[:0], 0
	q.mu.Unlock()
}

// abandon ends the queue after a write failed.
func (q *queue) abandon() codec.ErrorCode {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended, q.fill, q.spare, q.writing = true, nil, nil, 0
	return q.code
}

// queued is how many bytes wait or are being written.
func (q *queue) queued() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.fill) + q.writing
}

// count is the number of frames in b, which holds whole ones.
func count(b []byte) (frames int) {
	for len(b) >= headerLen {
		b = b[min(len(b), headerLen+(int(b[1])|int(b[2])<<8)):]
		frames++
	}
	return frames
}

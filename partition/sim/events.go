package sim

import "container/heap"

// event is something that happens at a time.
type event struct {
	at    int64
	order uint64 // of those at the same time the one that was planned first comes first
	run   func()
}

// queue holds the events to come.
type queue []event

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, k int) { q[i], q[k] = q[k], q[i] }
func (q queue) Less(i, k int) bool {
	if q[i].at != q[k].at {
		return q[i].at < q[k].at
	}
	return q[i].order < q[k].order
}

func (q *queue) Push(e any) { *q = append(*q, e.(event)) }

func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*q = old[:len(old)-1]
	return e
}

// after plans an event.
func (h *hunt) after(delay int64, run func()) {
	h.planned++
	heap.Push(&h.queue, event{h.now + delay, h.planned, run})
}

// until runs what happens up to a time, or until something is found broken.
func (h *hunt) until(end int64) {
	for len(h.queue) > 0 && h.queue[0].at <= end && len(h.broken) == 0 {
		e := heap.Pop(&h.queue).(event)
		h.now = e.at
		e.run()
	}
	h.now = max(h.now, end)
}

// every repeats run at random times, as long as it says so.
func (h *hunt) every(least, spread int64, run func() bool) {
	h.after(least+h.rng.Int64N(spread), func() {
		if run() {
			h.every(least, spread, run)
		}
	})
}

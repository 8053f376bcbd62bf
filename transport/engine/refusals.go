package engine

import (
	"log/slog"
	"sync"
	"time"
)

// refusals logs what is refused: the first of each cause at once, then one line
// a second and cause at most, with how many there were since the line before.
type refusals struct {
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	cause map[string]*refusedCause // a handful: causes are constants of this package
}

type refusedCause struct {
	last  time.Time // when a line was written
	count int       // since then
}

func newRefusals(log *slog.Logger) *refusals {
	return &refusals{log: log, now: time.Now, cause: map[string]*refusedCause{}}
}

func (r *refusals) note(cause, message string, more ...any) {
	r.mu.Lock()
	c := r.cause[cause]
	if c == nil {
		c = new(refusedCause)
		r.cause[cause] = c
	}
	c.count++
	now, n := r.now(), c.count
	due := now.Sub(c.last) >= logEvery
	if due {
		c.last, c.count = now, 0
	}
	r.mu.Unlock()
	if due {
		r.log.Warn(message, append([]any{"cause", cause, "count", n}, more...)...)
	}
}

package main

import (
	"fmt"
	"io"
	"time"
)

const statusEvery = 500 * time.Millisecond

// showStatus keeps one line on a terminal up to date until stop is called,
// which takes it away again.
func showStatus(w io.Writer, g *group) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(statusEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprintf(w, "\r\x1b[K%s", statusLine(time.Since(g.began), g.result()))
			case <-done:
				fmt.Fprint(w, "\r\x1b[K")
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

func statusLine(after time.Duration, r playResult) string {
	seconds := max(after.Seconds(), 1)
	line := fmt.Sprintf("%4.0f s  %d in  %d moves (%.0f/s)  %d durable  %d treasures  p50 %s",
		seconds, r.Players, r.Moves, float64(r.Moves)/seconds, r.Durable, r.Grants, micros(r.RoundTripP50US))
	if rejected := r.Moves - r.OK; rejected > 0 {
		line += fmt.Sprintf("  %d rejected", rejected)
	}
	if r.Failures > 0 {
		line += fmt.Sprintf("  %d broken sessions", r.Failures)
	}
	return line
}

// micros is a duration for people.
func micros(us int64) string {
	return (time.Duration(us) * time.Microsecond).String()
}

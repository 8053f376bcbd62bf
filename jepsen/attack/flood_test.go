package attack

import (
	"context"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
)

// Sessions that send pings as fast as they can. Above their rate they are held,
// and ended; another player plays beside them about as well as beside a load of
// the attacker's size that does not touch the hunt.
func TestFlood(t *testing.T) {
	const sessions = 16
	const length = 7 * time.Second // a session is ended after 5 s
	h := start(t, "--bots", "0")
	a := from(t, "127.0.0.2")
	pings := make([]proto.Message, 512)
	for i := range pings {
		pings[i] = &huntpb.ClientMessage{Body: &huntpb.ClientMessage_Ping{Ping: &huntpb.Ping{Stamp: uint64(i)}}}
	}
	flood, err := delimited(pings...)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var spent float64 // processors
	attacked := h.beside(ctx, t, length, func(ctx context.Context) {
		began, used := time.Now(), processorTime()
		var flooding sync.WaitGroup
		for i := range sessions {
			flooding.Go(func() {
				for ctx.Err() == nil { // a session that is ended is followed by another
					s, err := a.enter(ctx, h, codec.PlayerID(1000+i))
					if err != nil {
						pause(ctx, 100*time.Millisecond)
						continue
					}
					go s.drain()
					stop := context.AfterFunc(ctx, func() { _ = s.CloseWithError(0, "") })
					for err == nil {
						_, err = s.stream.Write(flood)
					}
					stop()
					_ = s.CloseWithError(0, "")
				}
			})
		}
		flooding.Wait()
		spent = (processorTime() - used).Seconds() / time.Since(began).Seconds()
	})
	hogged := h.beside(ctx, t, length, func(ctx context.Context) { hog(ctx, spent) })
	t.Logf("the attacker used %.2f processors; p50 beside it %v, beside an equal hog %v; %v messages were held",
		spent, attacked.p50(), hogged.p50(), h.metric(t, "hunt_gateway_held_total"))
	if h.metric(t, "hunt_gateway_held_total") == 0 {
		t.Error("no session was held back")
	}
	if h.metric(t, "hunt_gateway_rejected_total", `reason="rate"`) == 0 {
		t.Error("no session was ended")
	}
	switch {
	case attacked.Players != 1 || attacked.OK == 0:
		t.Errorf("the honest player did not play: %+v", attacked)
	case attacked.p50() <= max(2*hogged.p50(), 5*time.Millisecond):
	case hogged.p50() > 20*time.Millisecond:
		undecided(t, "beside a harmless load a move takes %v", hogged.p50())
	default:
		t.Errorf("a move takes %v beside the attack and %v beside an equal hog", attacked.p50(), hogged.p50())
	}
}

// drain reads all that comes, until the session ends.
func (s *session) drain() {
	b := make([]byte, 64<<10)
	for {
		if _, err := s.stream.Read(b); err != nil {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// hog keeps so many processors busy until ctx ends: each for a part of every 10 ms.
func hog(ctx context.Context, processors float64) {
	var spinning sync.WaitGroup
	for ; processors > 0; processors-- {
		busy := time.Duration(min(processors, 1) * float64(10*time.Millisecond))
		spinning.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for ctx.Err() == nil {
				for began := time.Now(); time.Since(began) < busy; {
				}
				pause(ctx, 10*time.Millisecond-busy)
			}
		})
	}
	spinning.Wait()
}

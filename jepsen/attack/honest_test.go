package attack

import (
	"context"
	"testing"
	"time"
)

// An honest player alone: what the harness measures, and that it works.
func TestHonestPlayer(t *testing.T) {
	h := start(t, "--bots", "0")
	before := h.metric(t, "hunt_gateway_messages_total", `direction="in"`, `kind="move"`)
	p := h.beside(t.Context(), t, 2*time.Second, func(ctx context.Context) { <-ctx.Done() })
	if p.Players != 1 {
		t.Fatalf("nobody got in: %+v", p)
	}
	if after := h.metric(t, "hunt_gateway_messages_total", `direction="in"`, `kind="move"`); after < before+float64(p.OK) {
		t.Errorf("%v moves are counted where the player made %d", after-before, p.OK)
	}
	if rss := h.rss(t); rss < 10<<20 {
		t.Errorf("resident memory of %d bytes", rss)
	}
}

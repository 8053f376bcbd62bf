package client_test

import (
	"math"
	"testing"

	"github.com/huntgraph/huntgraph/transport/client"
)

// TestBotRates: a rate whose time between moves is no duration is refused.
func TestBotRates(t *testing.T) {
	for _, c := range []struct {
		rate float64
		ok   bool
	}{
		{0, true}, {client.MinRate, true}, {client.MaxRate, true},
		{1e-12, false}, {math.SmallestNonzeroFloat64, false}, {client.MaxRate + 1, false}, {-1, false},
		{math.NaN(), false}, {math.Inf(1), false}, {math.Inf(-1), false},
	} {
		if _, err := client.NewBot(client.BotOptions{Rate: c.rate}); (err == nil) != c.ok {
			t.Errorf("%v moves a second: %v", c.rate, err)
		}
	}
}

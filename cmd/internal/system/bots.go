package system

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/client"
)

// firstBot is the id of the first bot of `hunt dev`. They are the same players
// after a restart, so that a hunt with a data folder goes on.
const firstBot codec.PlayerID = 1 << 32

// botEvery paces the bots' handshakes: each costs some 3 ms of a core, and the
// page wants a share too.
const botEvery = 8 * time.Millisecond

// Crowd is a number of bots that play through the gateway.
type Crowd struct {
	bots   []*client.Bot
	socket *client.Socket // of all of them
}

// NewCrowd makes bots; options says who each is, and how it reaches the gateway,
// which is the same for all. Run must follow.
func NewCrowd(
	ctx context.Context, count int, rate float64, options func(i int) (client.BotOptions, error), log *slog.Logger,
) (*Crowd, error) {
	c := new(Crowd)
	for i := range count {
		o, err := options(i)
		if err == nil && c.socket == nil {
			c.socket, err = client.OpenSocket(ctx, o.URL)
		}
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		o.Rate, o.Logger, o.Socket = rate, log, c.socket
		bot, err := client.NewBot(o)
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		c.bots = append(c.bots, bot)
	}
	return c, nil
}

func (c *Crowd) close() error {
	if c.socket == nil {
		return nil
	}
	return c.socket.Close()
}

// Run lets the bots play until ctx ends. They begin one after the other. A bot
// that gives up does not end the others; its error is returned at the end.
func (c *Crowd) Run(ctx context.Context) error {
	var group sync.WaitGroup
	errs := make(chan error, len(c.bots)+1) // every bot's and the socket's, which may be nil
	gate := time.NewTicker(botEvery)
	defer gate.Stop()
	for _, bot := range c.bots {
		select {
		case <-gate.C:
		case <-ctx.Done():
		}
		group.Go(func() {
			if err := bot.Run(ctx); err != nil {
				errs <- fmt.Errorf("a bot gave up: %w", err)
			}
		})
	}
	<-ctx.Done()
	group.Wait()
	errs <- c.close()
	return <-errs
}

// Stats are those of all bots.
func (c *Crowd) Stats() client.Stats {
	var sum client.Stats
	for i, bot := range c.bots {
		if s := bot.Stats(); i == 0 {
			sum = s
		} else {
			sum.Add(s)
		}
	}
	return sum
}

// crowd makes the bots of `hunt dev`, whose receipts the tally checks.
func (d *Dev) crowd(ctx context.Context) (*Crowd, error) {
	return NewCrowd(ctx, d.cfg.Bots, d.cfg.BotRate, func(i int) (client.BotOptions, error) {
		id, name := firstBot+codec.PlayerID(i), fmt.Sprintf("bot-%03d", i+1)
		o, err := d.edge.Client(id, name)
		o.Handlers.OnGrant = func(g *huntpb.Grant) { d.tally.receipt(id, g) }
		renew := func(context.Context) (client.Options, error) { return d.edge.Client(id, name) }
		return client.BotOptions{Options: o, Name: name, Renew: renew}, err
	}, d.cfg.Log)
}

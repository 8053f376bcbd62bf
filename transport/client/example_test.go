package client_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/client"
)

// Follow the hints to a treasure. The address, the hashes and the token are what
// `GET /api/session` of a development hunt answers.
func Example() {
	var hashes []codec.Hash // of the gateway's certificates
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	granted := make(chan *huntpb.Grant, 16)
	s, err := client.Dial(ctx, client.Options{
		URL: "https://127.0.0.1:4433/hunt", CertHashes: hashes, Token: "eyJ…",
		Handlers: client.Handlers{OnGrant: func(g *huntpb.Grant) { granted <- g }},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	at, err := s.Join(ctx, "ann")
	if err != nil {
		log.Fatal(err)
	}
	for hint := at.Hint; hint.Edge != uint32(codec.NoEdge); {
		r, err := s.Move(ctx, codec.EdgeID(hint.Edge))
		if err != nil {
			log.Fatal(err)
		}
		hint = r.Hint
		select {
		case g := <-granted:
			fmt.Printf("treasure %d is ours, for good\n", g.Treasure)
			return
		case <-time.After(100 * time.Millisecond): // the lawful rate
		}
	}
}

// A bot keeps a player hunting until ctx ends, over reconnects.
func ExampleBot() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	bot, err := client.NewBot(client.BotOptions{
		Options: client.Options{URL: "https://127.0.0.1:4433/hunt", Token: "eyJ…"},
		Name:    "bot 1", Rate: 8,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := bot.Run(ctx); err != nil {
		log.Fatal(err)
	}
	stats := bot.Stats()
	fmt.Println(stats.OK(), "moves,", stats.Durable, "durable,", stats.Grants, "treasures, p99", stats.Quantile(0.99))
}

package gateway

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/transport/internal/origin"
)

// Path is where sessions are opened: https://host:port/hunt.
const Path = "/hunt"

// Config says what a gateway serves. All fields but Parts, Reset, Origins,
// Registerer and Logger are needed.
type Config struct {
	Addr        string                  // host:port (UDP); port 0 takes a free one
	Certificate func() *tls.Certificate // what clients verify or pin, asked for at every handshake
	Hunt        string                  // tenant/room
	Partitions  int                     // of the hunt; an area is a partition
	World       codec.Hash              // the world's content hash
	Parts       []codec.NodeID          // the first node of each partition, and the end; empty: players do not cross borders
	Seats       int                     // players that a partition has room for
	Key         ed25519.PublicKey

	// Reset is a secret that gateways at this address have one after the other: with it
	// a gateway tells the clients of the one before that their sessions have ended,
	// which they would notice after 45 s. Zero: it cannot.
	Reset codec.Hash

	Hop    Hop
	Routes <-chan []codec.Route // who owns the partitions now; each value replaces the one before

	// Origins are the web pages that may open sessions: scheme, host and port, as
	// http://127.0.0.1:8080. Clients that send no Origin are no browsers and pass.
	Origins    []string
	Registerer prometheus.Registerer
	Logger     *slog.Logger
}

// Gateway serves the sessions of one hunt.
type Gateway struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics
	origins map[origin.Origin]bool
	udp     *net.UDPConn
	hub     *hub
}

// Stats counts since the start, but for Sessions, which is of now.
type Stats struct {
	Sessions int
	Replies  int64 // sent to sessions
	Rejected int64 // messages of clients that went no further
	Dropped  int64 // of droppable traffic, for slow clients
}

// New binds the address, so that Addr is known; Run must follow, it unbinds.
func New(cfg Config) (*Gateway, error) {
	switch {
	case cfg.Certificate == nil:
		return nil, errors.New("gateway: no certificate: mint one")
	case cfg.Hunt == "" || len(cfg.Hunt) > codec.MaxHunt:
		return nil, fmt.Errorf("gateway: hunt %q: name it tenant/room, in 1 to %d bytes", cfg.Hunt, codec.MaxHunt)
	case cfg.Partitions < 1 || cfg.Partitions > 1<<16:
		return nil, fmt.Errorf("gateway: %d partitions: a hunt has 1 to %d", cfg.Partitions, 1<<16)
	case cfg.Seats < 2:
		return nil, fmt.Errorf("gateway: %d seats: a partition has room for at least 2 players", cfg.Seats)
	case len(cfg.Key) != ed25519.PublicKeySize:
		return nil, errors.New("gateway: no key to verify tokens with")
	case cfg.Hop == nil || cfg.Routes == nil:
		return nil, errors.New("gateway: no way to the partitions: set Hop and Routes")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	origins := make(map[origin.Origin]bool)
	for _, text := range cfg.Origins {
		o, err := origin.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("gateway: %w", err)
		}
		origins[o] = true
	}
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("gateway: register metrics: %w", err)
	}
	addr, err := net.ResolveUDPAddr("udp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("gateway: address %q: %w", cfg.Addr, err)
	}
	udp, err := net.ListenUDP("udp", addr)
	if err != nil {
		return nil, fmt.Errorf("gateway: listen: %w", err)
	}
	return &Gateway{cfg: cfg, log: cfg.Logger, metrics: m, origins: origins, udp: udp, hub: newHub(cfg, m)}, nil
}

// Addr is where the gateway listens.
func (g *Gateway) Addr() *net.UDPAddr { return g.udp.LocalAddr().(*net.UDPAddr) }

// Stats may be called from anywhere.
func (g *Gateway) Stats() Stats {
	return Stats{
		Sessions: int(g.metrics.nSessions.Load()),
		Replies:  g.metrics.nReplies.Load(),
		Rejected: g.metrics.nRejected.Load(),
		Dropped:  g.metrics.nDropped.Load(),
	}
}

// Quiet is the partition that told the gateway of nothing durable for the longest
// time, and since when; the zero time if it never did. A partition that runs, and
// whose journal answers, does so every second. It may be called from anywhere.
func (g *Gateway) Quiet() (quiet codec.PartitionID, since time.Time) {
	for p := range g.hub.heard {
		last := g.hub.heard[p].Load()
		if last == 0 {
			return codec.PartitionID(p), time.Time{}
		}
		if at := time.Unix(0, last); p == 0 || at.Before(since) {
			quiet, since = codec.PartitionID(p), at
		}
	}
	return quiet, since
}

// Publish tells all sessions of a round event, and new ones as long as it is
// among the last; players are told a round's start without its seed (I13). It waits
// while the gateway is behind; without Run it waits for ctx.
func (g *Gateway) Publish(ctx context.Context, e *huntpb.RoundEvent) error {
	n, err := g.notice(e)
	if err != nil {
		return fmt.Errorf("gateway: publish a round event: %w", err)
	}
	select {
	case g.hub.events <- published{e, n}:
		return nil
	case <-g.hub.done:
		return errors.New("gateway: publish a round event: the gateway has stopped")
	case <-ctx.Done():
		return fmt.Errorf("gateway: publish a round event: %w", context.Cause(ctx))
	}
}

// notice encodes a round event, once for each kind of session that gets it otherwise.
func (g *Gateway) notice(e *huntpb.RoundEvent) (n notice, err error) {
	encode := func(e *huntpb.RoundEvent) (message, error) {
		return g.metrics.tryEncode(&huntpb.ServerMessage{Body: &huntpb.ServerMessage_RoundEvent{RoundEvent: e}})
	}
	if n.service, err = encode(e); err != nil {
		return n, err
	}
	n.player = n.service
	if public := huntpb.ForPlayers(e); public != e {
		n.player, err = encode(public)
	}
	return n, err
}

// Run serves until ctx ends, tells the sessions that it stops, and gives them a
// second at most. It returns nil after that; any other error is the listener's.
func (g *Gateway) Run(ctx context.Context) error {
	hubCtx, stopHub := context.WithCancel(context.WithoutCancel(ctx))
	defer stopHub()
	hubEnded := make(chan struct{})
	go func() {
		defer close(hubEnded)
		g.hub.run(hubCtx)
	}()
	s := newServer(g)
	serveErr := make(chan error, 1)
	go func() { serveErr <- s.serve(ctx) }()

	var err error
	serving := true
	select {
	case <-ctx.Done():
	case err = <-serveErr:
		serving = false
	}
	drained := make(chan struct{})
	g.hub.post(stopping{drained})
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-drained:
	case <-timer.C:
	}
	s.close()
	if serving {
		err = <-serveErr
	}
	stopHub()
	<-hubEnded
	return err
}

package rig

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/transport/cert"
	"github.com/huntgraph/huntgraph/transport/engine"
	"github.com/huntgraph/huntgraph/transport/gateway"
	"github.com/huntgraph/huntgraph/transport/identity"
	"github.com/huntgraph/huntgraph/transport/token"
)

// Hunt is the hunt's name.
const Hunt = "test/room"

// Wait bounds everything that a test waits for.
const Wait = time.Minute

// Options are of a rig; Partitions defaults to 1.
type Options struct {
	Partitions int
	Origins    []string
	Certified  time.Time // when the gateway's first certificates were minted; zero: now
	Burst      int       // moves of a player between two commits; 0: any number
	Seats      int       // of a partition; 0: 1000
	Held       bool      // partitions commit when the test says so
}

// Rig is a running hunt.
type Rig struct {
	t       testing.TB
	URL     string
	Certs   *cert.Keeper
	Gateway *gateway.Gateway
	Metrics *prometheus.Registry
	private ed25519.PrivateKey

	partitions []*Partition
	server     *engine.Server
	nodeKey    codec.Hash
	routes     chan []codec.Route
	ctx        context.Context
	stop       func() // the gateway, and waits for it
}

// hop is the wiring that a program does: the engine's links as the gateway's.
type hop struct{ *engine.Client }

func (h hop) Open(ctx context.Context, route codec.Route, receive func([]byte)) (gateway.Link, error) {
	l, err := h.Client.Open(ctx, route, receive)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Start starts a rig; it is stopped with the test.
func Start(t testing.TB, o Options) *Rig {
	t.Helper()
	o.Partitions = max(o.Partitions, 1)
	ctx, cancel := context.WithCancel(context.Background())
	r := &Rig{t: t, ctx: ctx, Metrics: prometheus.NewRegistry(), routes: make(chan []codec.Route, 1)}
	r.private = ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", ed25519.SeedSize)))

	authority, err := identity.Open(nil, func([]byte) error { return nil }, time.Now)
	r.ok(err)
	node, err := authority.Identity(identity.Node, "node")
	r.ok(err)
	r.nodeKey = node.KeyHash()
	r.server, err = engine.Listen(engine.Config{Addr: "127.0.0.1:0", Identity: node})
	r.ok(err)
	for id := range o.Partitions {
		p := newPartition(codec.PartitionID(id), 1)
		p.burst, p.held = o.Burst, o.Held
		r.partitions = append(r.partitions, p)
		go p.run(ctx)
	}
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(ctx, r.lookup) }()

	dialler, err := authority.Identity(identity.Gateway, "gateway")
	r.ok(err)
	client, err := engine.NewClient(engine.ClientConfig{Identity: dialler, Gateway: 1, Hunt: Hunt, Bind: "127.0.0.1:0"})
	r.ok(err)
	if o.Certified.IsZero() {
		o.Certified = time.Now()
	}
	r.Certs, err = cert.NewKeeper("gateway", nil, o.Certified, func([]byte) error { return nil })
	r.ok(err)
	r.Gateway, err = gateway.New(gateway.Config{
		Addr: "127.0.0.1:0", Certificate: r.Certs.Served, Hunt: Hunt, Partitions: o.Partitions, World: codec.Hash{2}, Seats: cmp.Or(o.Seats, 1000),
		Key: r.private.Public().(ed25519.PublicKey), Hop: hop{client}, Routes: r.routes,
		Origins: o.Origins, Registerer: r.Metrics,
	})
	r.ok(err)
	r.URL = "https://" + r.Gateway.Addr().String() + gateway.Path
	gatewayCtx, stopGateway := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- r.Gateway.Run(gatewayCtx) }()
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		stopGateway()
		if err := <-ran; err != nil {
			t.Errorf("gateway: %v", err)
		}
	}
	t.Cleanup(func() {
		r.stop()
		if err := errors.Join(client.Close(), r.server.Close(), <-served); err != nil {
			t.Errorf("engine hop: %v", err)
		}
		cancel()
	})
	r.Route(1)
	return r
}

func (r *Rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *Rig) lookup(_ string, p codec.PartitionID, _ codec.Epoch) (engine.Mailbox, error) {
	return r.partitions[p], nil
}

// Route tells the gateway of all partitions, in an epoch.
func (r *Rig) Route(epoch codec.Epoch) {
	var routes []codec.Route
	for id := range r.partitions {
		routes = append(routes, codec.Route{Partition: codec.PartitionID(id), Epoch: epoch, Node: "node",
			Addr: r.server.Addr().String(), KeyHash: r.nodeKey})
	}
	r.routes <- routes
}

// Hashes are those of the gateway's certificates.
func (r *Rig) Hashes() []codec.Hash { return r.Certs.Hashes() }

// Stop stops the gateway, as the end of the test does, and waits for it.
func (r *Rig) Stop() { r.stop() }

// Token is a player's, for an hour; the player chooses its name.
func (r *Rig) Token(id codec.PlayerID) string {
	r.t.Helper()
	return r.TokenOf(token.Claims{Player: id}, time.Hour)
}

// TokenOf signs claims for this hunt.
func (r *Rig) TokenOf(c token.Claims, life time.Duration) string {
	r.t.Helper()
	c.Hunt = Hunt
	text, err := token.Mint(r.private, c, life)
	r.ok(err)
	return text
}

// ServiceToken is a backend's.
func (r *Rig) ServiceToken(id codec.PlayerID) string {
	r.t.Helper()
	text, err := token.Mint(r.private, token.Claims{Player: id, Hunt: Hunt, Service: true}, time.Hour)
	r.ok(err)
	return text
}

// NameOf is what a player's partition calls it.
func (r *Rig) NameOf(id codec.PlayerID) (name codec.Name) {
	r.do(codec.PartitionID(int(id)%len(r.partitions)), func(p *Partition) { name = p.players[id].name })
	return name
}

// Commit makes what a partition applied durable.
func (r *Rig) Commit(p codec.PartitionID) { r.do(p, func(p *Partition) { p.commit() }) }

// Undo takes a player's last moves back, as a failover does with what was not durable.
func (r *Rig) Undo(id codec.PlayerID, moves int) {
	r.do(codec.PartitionID(int(id)%len(r.partitions)), func(p *Partition) {
		x := p.players[id]
		x.last -= codec.MoveSeq(moves)
		x.node = p.node(int(x.node) + Ring - moves%Ring)
		p.outbox = nil
	})
}

// Gap makes the partition leave a sequence of its deltas out.
func (r *Rig) Gap(p codec.PartitionID) { r.do(p, func(p *Partition) { p.skip = true }) }

// Hold makes a partition wait for Commit, or go on by itself again.
func (r *Rig) Hold(p codec.PartitionID, held bool) { r.do(p, func(p *Partition) { p.held = held }) }

// NewRound starts a round with the same treasures.
func (r *Rig) NewRound(p codec.PartitionID) {
	r.do(p, func(p *Partition) {
		p.round, p.tick, p.index = p.round+1, 0, 0
		p.treasures = newPartition(p.id, p.epoch).treasures
		p.event(codec.Event{Kind: codec.EventRoundStarted})
		for t, node := range p.treasures {
			p.event(codec.Event{Kind: codec.EventTreasureOpened, Treasure: t, Node: node})
		}
	})
}

// DropLinks ends the engine hop's streams of a partition, as a node that gives it up does.
func (r *Rig) DropLinks(p codec.PartitionID) {
	r.server.Drop(Hunt, p, codec.ErrorStopping, "the rig drops it")
}

func (r *Rig) do(p codec.PartitionID, op func(*Partition)) {
	r.t.Helper()
	r.ok(r.partitions[p].do(r.ctx, func() { op(r.partitions[p]) }))
}

// Metric is the sum of a counter's or gauge's values whose labels hold the given pairs.
func (r *Rig) Metric(name string, labels ...string) (sum float64) {
	r.t.Helper()
	families, err := r.Metrics.Gather()
	r.ok(err)
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
	metrics:
		for _, m := range f.GetMetric() {
			for i := 0; i < len(labels); i += 2 {
				found := false
				for _, l := range m.GetLabel() {
					found = found || l.GetName() == labels[i] && l.GetValue() == labels[i+1]
				}
				if !found {
					continue metrics
				}
			}
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

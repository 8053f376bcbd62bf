package system

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/protobuf/proto"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/codec/huntpb"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/transport/client"
	"github.com/huntgraph/huntgraph/transport/engine"
	"github.com/huntgraph/huntgraph/transport/gateway"
	"github.com/huntgraph/huntgraph/transport/identity"
	"github.com/huntgraph/huntgraph/transport/token"
	"github.com/huntgraph/huntgraph/transport/web"
)

// EdgeConfig is what the outer side is given: the gateway and the page.
type EdgeConfig struct {
	HTTP, Gateway string // host:port, TCP and UDP
	Hop           string // host:port that the engine hop leaves from, of the nodes' address family
	PageConns     int    // the most connections of the page
	Authority     *identity.Authority
	Store         *Store
	Registry      *prometheus.Registry
	Ready         func() error // nil when the system serves
	Log           *slog.Logger
}

// Edge is the gateway, the engine hop's near end and the page.
type Edge struct {
	cfg     EdgeConfig
	keep    credentials
	hop     *engine.Client
	gateway *gateway.Gateway
	page    net.Listener
	server  *http.Server
	unwatch context.CancelFunc // ends the watch of the routes
	probed  readiness
}

// tokenLife is how long a token of development mode is good for.
const tokenLife = token.MaxLife

// NewEdge takes the addresses, so that they are known; Run must follow.
func NewEdge(ctx context.Context, cfg EdgeConfig) (e *Edge, err error) {
	e = &Edge{cfg: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	page, err := net.Listen("tcp", cfg.HTTP)
	if err != nil {
		return e, taken("--http", cfg.HTTP, err)
	}
	e.page = newCapped(page, cfg.PageConns, "page", cfg.Registry)
	if e.keep, err = openCredentials(cfg.Store.Folder.Dir, time.Now(), cfg.Log); err != nil {
		return e, err
	}
	if err := e.openHop(); err != nil {
		return e, err
	}
	world := cfg.Store.Folder.World
	watch, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	e.unwatch = unwatch
	e.gateway, err = gateway.New(gateway.Config{
		Addr: cfg.Gateway, Certificate: e.keep.certs.Served, Hunt: cfg.Store.Folder.Plan.Hunt,
		Partitions: world.Partitions(), World: world.Hash(), Parts: world.Part(0).Parts, Seats: partition.MaxPlayers,
		Key: e.keep.signer.Public().(ed25519.PublicKey), Reset: e.keep.reset(),
		Hop: hop{e.hop}, Routes: control.WatchRoutes(watch, cfg.Store.Etcd.Client(), cfg.Store.Folder.Plan.Hunt),
		Origins:    e.origins(),
		Registerer: cfg.Registry, Logger: cfg.Log,
	})
	if err != nil {
		return e, taken("--gateway", cfg.Gateway, err)
	}
	return e, e.buildPage()
}

// hop makes the engine client the gateway's port.
type hop struct{ *engine.Client }

func (h hop) Open(ctx context.Context, r codec.Route, receive func([]byte)) (gateway.Link, error) {
	link, err := h.Client.Open(ctx, r, receive)
	if err != nil {
		return nil, err
	}
	return link, nil
}

func (e *Edge) openHop() error {
	self, err := e.cfg.Authority.Identity(identity.Gateway, gatewayName)
	if err != nil {
		return err
	}
	e.hop, err = engine.NewClient(engine.ClientConfig{
		Identity: self, Gateway: random64(), Hunt: e.cfg.Store.Folder.Plan.Hunt, Bind: e.cfg.Hop, Registerer: e.cfg.Registry,
	})
	return err
}

func random64() uint64 {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("system: no randomness: " + err.Error()) // crypto/rand never fails on Linux
	}
	return binary.LittleEndian.Uint64(b[:])
}

// buildPage makes the HTTP side: the live page, metrics and health.
func (e *Edge) buildPage() error {
	w := e.cfg.Store.Folder.World
	cut := make([]uint32, 0, w.Partitions()+1)
	for _, part := range w.Cut {
		cut = append(cut, uint32(part.FirstNode))
	}
	world, err := web.AppendWorld(nil, web.World{
		X: w.X, Y: w.Y, First: w.First, Head: w.Head, Base: w.Base, Partitions: append(cut, uint32(w.Nodes())),
	})
	if err != nil {
		return err
	}
	page, err := web.Handler(web.Config{World: world, Session: e.session, Hosts: e.hosts(), Connect: []string{e.gatewayOrigin()}})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", page)
	mux.Handle("GET /metrics", promhttp.HandlerFor(e.cfg.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", e.readyz)
	e.server = newServer(web.Guard(e.hosts(), mux), writeWait)
	return nil
}

// hosts are the names under which the page is asked for.
func (e *Edge) hosts() []string {
	return []string{e.page.Addr().(*net.TCPAddr).IP.String(), "localhost"}
}

// origins are those of the page.
func (e *Edge) origins() (list []string) {
	_, port, _ := net.SplitHostPort(e.page.Addr().String()) // a listener's address has both
	for _, host := range e.hosts() {
		list = append(list, "http://"+net.JoinHostPort(host, port))
	}
	return list
}

// PageURL, GatewayURL are where to go.
func (e *Edge) PageURL() string    { return "http://" + e.page.Addr().String() }
func (e *Edge) GatewayURL() string { return e.gatewayOrigin() + "/hunt" }

func (e *Edge) gatewayOrigin() string { return "https://" + e.gateway.Addr().String() }

// session mints a player of its own for every visitor. Who names a player in
// ?player= gets that one's token: in development mode every player may be played
// by anybody who reaches the page, and so one goes on when its token has expired.
func (e *Edge) session(r *http.Request) (web.SessionInfo, error) {
	id := codec.PlayerID(random64())
	if query := r.URL.Query(); query.Has("player") {
		asked, err := strconv.ParseUint(query.Get("player"), 16, 64)
		if err != nil || len(query.Get("player")) != 16 {
			return web.SessionInfo{}, fmt.Errorf("player %q: a player's id is 16 hex digits, as a session names it", query.Get("player"))
		}
		id = codec.PlayerID(asked)
	}
	text, err := e.token(id, "") // a visitor chooses a name
	if err != nil {
		return web.SessionInfo{}, err
	}
	_, named, err := e.cfg.Store.Folder.goals()
	if err != nil {
		return web.SessionInfo{}, err
	}
	var goals []web.Goal
	for _, g := range named {
		goals = append(goals, web.Goal{Name: g.Name.String(), Node: uint32(g.Node)})
	}
	var hashes []string
	for _, hash := range e.keep.certs.Hashes() {
		hashes = append(hashes, base64.StdEncoding.EncodeToString(hash[:]))
	}
	return web.SessionInfo{
		Goals: goals,
		Hunt:  e.cfg.Store.Folder.Plan.Hunt, Gateway: e.GatewayURL(), CertHashes: hashes,
		Token: text, Player: fmt.Sprintf("%016x", uint64(id)), Name: fmt.Sprintf("player-%03x", uint64(id)&0xfff),
	}, nil
}

func (e *Edge) token(id codec.PlayerID, name string) (string, error) {
	return token.Mint(e.keep.signer, token.Claims{Player: id, Hunt: e.cfg.Store.Folder.Plan.Hunt, Name: name}, tokenLife)
}

// Client is how a player of this process reaches the gateway.
func (e *Edge) Client(id codec.PlayerID, name string) (client.Options, error) {
	text, err := e.token(id, name)
	return client.Options{URL: e.GatewayURL(), CertHashes: e.keep.certs.Hashes(), Token: text}, err
}

// Run serves until ctx ends.
func (e *Edge) Run(ctx context.Context) error {
	failed := make(chan error, 4)
	renewal := launch(ctx, "renewal of certificates", failed, e.renew)
	gate := launch(ctx, "gateway", failed, e.gateway.Run)
	events := launch(ctx, "feed of round events", failed, e.feed)
	page := launch(ctx, "page", failed, func(context.Context) error { return e.server.Serve(e.page) })
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	err = errors.Join(err, renewal.stop(), events.stop(), gate.stop(), e.server.Close())
	if stopped := page.stop(); !errors.Is(stopped, http.ErrServerClosed) {
		err = errors.Join(err, stopped)
	}
	e.unwatch()
	return errors.Join(err, e.hop.Close())
}

// renew keeps the gateway's certificates up to date. One that cannot be saved now is
// made at the next try: those that are served are good for days.
func (e *Edge) renew(ctx context.Context) error {
	minute := time.NewTicker(renewEvery)
	defer minute.Stop()
	for {
		select {
		case <-minute.C:
			if err := e.keep.certs.Renew(time.Now()); err != nil {
				e.cfg.Log.Warn("the gateway's certificate is not renewed; tried again in a minute", "err", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// feed gives the gateway the round events as they become durable. It only
// observes the hunt, so it ends with ctx alone: an event that cannot be told is
// left out and logged.
func (e *Edge) feed(ctx context.Context) error {
	err := e.cfg.Store.Journal.Events().Follow(ctx, 0, func(round codec.Round, seq uint64, data []byte) error {
		event := new(huntpb.RoundEvent)
		err := proto.Unmarshal(data, event)
		if err == nil {
			err = e.gateway.Publish(ctx, event)
		}
		if err != nil && ctx.Err() == nil {
			e.cfg.Log.WarnContext(ctx, "players are not told of a round event", "round", round, "sequence", seq, "err", err)
		}
		return ctx.Err()
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// close gives back what NewEdge took before it failed.
func (e *Edge) close() error {
	var errs []error
	if e.unwatch != nil {
		e.unwatch()
	}
	if e.page != nil {
		errs = append(errs, e.page.Close())
	}
	if e.hop != nil {
		errs = append(errs, e.hop.Close())
	}
	return errors.Join(errs...)
}

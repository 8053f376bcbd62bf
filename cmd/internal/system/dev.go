package system

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/control/rounds"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/transport/identity"
)

// nodeName is the one node of `hunt dev`, gatewayName its gateway; the names stay
// over restarts.
const (
	nodeName    = "dev-1"
	gatewayName = "dev-gateway"
)

// DevConfig is what `hunt dev` is given.
type DevConfig struct {
	Dir     string // data folder; empty: a temporary one
	Plan    Plan
	Length  time.Duration // how long it runs; 0: until it is stopped
	Bots    int
	BotRate float64 // moves a second and bot
	HTTP    string  // host:port of the page, loopback; port 0: any free one
	Gateway string  // of the gateway, likewise
	Node    string  // of the engine hop, likewise
	Log     *slog.Logger
}

// Dev is the whole system in one process.
type Dev struct {
	cfg       DevConfig
	folder    *Folder
	store     *Store
	authority *identity.Authority
	registry  *prometheus.Registry
	tally     *tally
	node      *Node
	edge      *Edge
	bots      *Crowd
	pageConns int // of what the process may open

	export func(context.Context) error // pushes metrics a last time
	goals  [codec.MaxGoals]codec.Goal

	failed                                                                     chan error
	holding, keeping, controlling, cleaning, serving, facing, playing, obeying *part
}

// Endpoints say what runs where.
type Endpoints struct {
	Page      string `json:"page"`
	Gateway   string `json:"gateway"`
	Node      string `json:"node"`
	DataDir   string `json:"data_dir"`
	Temporary bool   `json:"temporary"`
}

// StartDev brings everything up and returns when the hunt can be played. After
// an error nothing is left running.
func StartDev(ctx context.Context, cfg DevConfig) (*Dev, error) {
	d := &Dev{cfg: cfg, registry: prometheus.NewRegistry(), failed: make(chan error, 8)}
	d.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	err := d.listenOnLoopback()
	if err == nil {
		d.export, err = ExportMetrics(ctx, d.registry, cfg.Log)
	}
	for _, step := range []func(context.Context) error{d.openStore, d.keep, d.control, d.startNode, d.awaitNode, d.clean, d.face, d.awaitEdge, d.obey, d.play} {
		if err == nil {
			err = step(ctx)
		}
	}
	if err != nil {
		if d.folder != nil {
			d.folder.undo = true // nobody can have played there
		}
		_, stopped := d.Stop()
		return nil, errors.Join(err, stopped)
	}
	return d, nil
}

func (d *Dev) listenOnLoopback() (err error) {
	if d.cfg.HTTP, err = Loopback("--http", d.cfg.HTTP); err != nil {
		return err
	}
	if d.cfg.Gateway, err = GatewayAddress("--gateway", d.cfg.Gateway); err != nil {
		return err
	}
	d.cfg.Node, err = Loopback("--node", d.cfg.Node)
	return err
}

func (d *Dev) openStore(ctx context.Context) (err error) {
	if d.folder, err = OpenFolder(d.cfg.Dir, d.cfg.Plan); err != nil {
		return err
	}
	if d.goals, _, err = d.folder.goals(); err != nil {
		return err
	}
	if d.pageConns, err = pageConnections(d.folder.World.Partitions(), d.folder.Plan.RoundTicks, d.cfg.Length); err != nil {
		return err
	}
	if d.authority, err = d.folder.authority(); err != nil {
		return err
	}
	if d.store, err = OpenStore(ctx, d.folder); err == nil {
		d.holding = launch(ctx, "data folder", d.failed, d.folder.watch)
	}
	return err
}

// rules are the game's, for this hunt.
func (d *Dev) rules() codec.Rules {
	rules := rulesOf(d.folder.Plan.RoundTicks, d.folder.World.Partitions())
	rules.Goals = d.goals
	return rules
}

// rulesOf are the game's rules for rounds of a length in so many partitions. What
// opens after a round's start follows the round's length: each treasure costs a
// record's frames and a synced event, and all those of five minutes in five seconds
// were more than a disk takes.
func rulesOf(roundTicks uint32, partitions int) codec.Rules {
	rules := partition.DefaultRules()
	later := uint32(rules.Treasures-rules.OpenAtStart) * roundTicks / rules.RoundTicks
	rules.RoundTicks = roundTicks
	rules.Treasures = uint16(min(int(uint32(rules.OpenAtStart)+later), codec.MaxTreasures/partitions))
	rules.OpenAtStart = min(rules.OpenAtStart, rules.Treasures)
	return rules
}

// keep starts the round keeper.
func (d *Dev) keep(ctx context.Context) error {
	rules := d.rules()
	events := d.store.Journal.Events()
	keeper, err := rounds.Open(ctx, rounds.Config{
		Partitions: d.folder.World.Partitions(), RoundTicks: rules.RoundTicks, Rules: rules.Version,
		Archive: events, Log: d.cfg.Log,
	}, events)
	if err != nil {
		return err
	}
	d.tally = newTally(keeper)
	d.keeping = launch(ctx, "round keeper", d.failed, keeper.Run)
	return nil
}

// control declares the hunt and starts the controller that assigns it.
func (d *Dev) control(ctx context.Context) error {
	cli := d.store.Etcd.Client()
	if err := d.store.declared(ctx); err != nil {
		return err
	}
	for p := range codec.PartitionID(d.folder.World.Partitions()) {
		if err := d.store.whole(ctx, p); err != nil {
			return fmt.Errorf("look for what the journal lacks: %w", err)
		}
	}
	if err := control.DeclareHunt(ctx, cli, d.store.hunt()); err != nil {
		return err
	}
	controller := control.NewController(cli, nodeName)
	d.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "hunt_control_unplaced_partitions", Help: "Partitions that no living node had room for when the controller last planned.",
		}, func() float64 { return float64(controller.Unplaced()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "hunt_control_ignored_rows", Help: "Rows of the control table that are of a newer release or damaged.",
		}, func() float64 { return float64(controller.Ignored()) }),
	)
	d.controlling = launch(ctx, "controller", d.failed, controller.Run)
	return nil
}

func (d *Dev) startNode(ctx context.Context) (err error) {
	d.node, err = StartNode(ctx, NodeConfig{
		Name: nodeName, Addr: d.cfg.Node, Authority: d.authority, Store: d.store, Rules: d.rules(), Outlet: d.tally,
		From: d.tally.keeper.From, Registerer: d.registry, Log: d.cfg.Log,
	})
	if err != nil {
		return err
	}
	d.serving = launch(ctx, "node", d.failed, d.node.Run)
	return nil
}

// clean starts the janitor.
func (d *Dev) clean(ctx context.Context) error {
	d.cleaning = launch(ctx, "janitor", d.failed, newJanitor(d.store, d.registry, d.cfg.Log).Run)
	return nil
}

func (d *Dev) face(ctx context.Context) (err error) {
	node, _, _ := net.SplitHostPort(d.cfg.Node) // Loopback has made it
	d.edge, err = NewEdge(ctx, EdgeConfig{
		Hop: net.JoinHostPort(node, "0"), HTTP: d.cfg.HTTP, PageConns: d.pageConns, Gateway: d.cfg.Gateway, Authority: d.authority, Store: d.store, Registry: d.registry, Ready: d.Ready, Log: d.cfg.Log,
	})
	if err != nil {
		d.edge = nil
		return err
	}
	d.facing = launch(ctx, "gateway and page", d.failed, d.edge.Run)
	return nil
}

// awaitNode waits until every partition is recovered and runs.
func (d *Dev) awaitNode(ctx context.Context) error {
	select {
	case <-d.node.ready:
		return nil
	case err := <-d.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// awaitEdge waits until a move that comes through the gateway becomes durable.
func (d *Dev) awaitEdge(ctx context.Context) error {
	slow := time.AfterFunc(probeWait, func() { d.cfg.Log.WarnContext(ctx, "the hunt is not ready yet; /readyz says why") })
	defer slow.Stop()
	for d.edge.probe(ctx, time.Now()) != nil {
		select {
		case err := <-d.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(askPause):
		}
	}
	return nil
}

// obey listens for the operator.
func (d *Dev) obey(ctx context.Context) error {
	admin, err := NewAdmin(d.folder.Dir, &Branches{node: d.node}, d.registry, d.cfg.Log)
	if err == nil && admin != nil {
		d.obeying = launch(ctx, "operator's socket", d.failed, admin.Run)
	}
	return err
}

func (d *Dev) play(ctx context.Context) (err error) {
	if d.bots, err = d.crowd(ctx); err != nil {
		return err
	}
	d.playing = launch(ctx, "bots", d.failed, d.bots.Run)
	return nil
}

// Ready is nil while the node runs on its data folder.
func (d *Dev) Ready() error {
	select {
	case <-d.serving.done:
		return errors.New("the node has stopped: no partition takes moves")
	default:
		return d.folder.held()
	}
}

// Endpoints say what runs where.
func (d *Dev) Endpoints() Endpoints {
	return Endpoints{
		Page: d.edge.PageURL(), Gateway: d.edge.GatewayURL(), Node: d.node.hop.Addr().String(),
		DataDir: d.folder.Dir, Temporary: d.folder.temp,
	}
}

// World says what is played on.
func (d *Dev) World() (name string, nodes, edges, partitions int) {
	w := d.folder.World
	return w.Name, w.Nodes(), w.Edges(), w.Partitions()
}

// Wait returns when ctx ends (nil) or a part of the system fails.
func (d *Dev) Wait(ctx context.Context) error {
	select {
	case err := <-d.failed:
		return err
	case <-d.store.Etcd.Failed():
		return fmt.Errorf("etcd failed: %w", d.store.Etcd.Err())
	case <-ctx.Done():
		return nil
	}
}

// Summary is what a run came to. Counts are of this process.
type Summary struct {
	WorldEdges      int    `json:"world_edges"`
	Partitions      int    `json:"partitions"`
	Players         int    `json:"players"`
	MovesApplied    int64  `json:"moves_applied"`
	MovesDurable    int64  `json:"moves_durable"`
	Grants          int    `json:"grants"`
	DuplicateGrants int    `json:"duplicate_grants"`
	Deltas          int64  `json:"deltas"`
	HandOffs        int64  `json:"hand_offs"`         // players that walked from one partition into another
	RoundTripP50US  int64  `json:"round_trip_p50_us"` // of the bots, from when a move was due
	RoundTripP99US  int64  `json:"round_trip_p99_us"`
	StateHash       string `json:"state_hash"`
}

// Stop ends everything in order: players, gateway, partitions (what they
// applied is durable then), keeper, controller, store.
func (d *Dev) Stop() (s Summary, err error) {
	var errs []error
	errs = append(errs, d.cleaning.stop(), d.playing.stop(), d.obeying.stop(), d.facing.stop(), d.serving.stop())
	if d.edge != nil && d.facing == nil {
		errs = append(errs, d.edge.close())
	}
	if d.keeping != nil {
		flush, done := context.WithTimeout(context.Background(), stopWait)
		if d.serving != nil && d.serving.err == nil {
			errs = append(errs, d.tally.keeper.Flush(flush))
		}
		done()
		errs = append(errs, d.keeping.stop())
	}
	errs = append(errs, d.controlling.stop())
	if d.node != nil {
		s = d.summary()
	}
	d.exportLast()
	errs = append(errs, d.holding.stop())
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	if d.folder != nil {
		errs = append(errs, d.folder.Close())
	}
	return s, errors.Join(errs...)
}

// exportLast pushes the final figures; a receiver that is gone is no failure of the hunt.
func (d *Dev) exportLast() {
	if d.export == nil {
		return
	}
	ctx, done := context.WithTimeout(context.Background(), stopWait)
	defer done()
	if err := d.export(ctx); err != nil {
		d.cfg.Log.Warn("the last metrics were not exported", "err", err)
	}
}

func (d *Dev) summary() Summary {
	_, _, edges, partitions := d.World()
	s := Summary{
		WorldEdges: edges, Partitions: partitions,
		Players:      int(d.total("hunt_partition_players")),
		MovesApplied: int64(d.total("hunt_partition_moves_applied_total")),
		MovesDurable: int64(d.total("hunt_partition_moves_durable_total")),
		Deltas:       int64(d.total("hunt_partition_deltas_total")),
		HandOffs:     int64(d.total("hunt_partition_hand_offs_total")),
	}
	s.Grants, s.DuplicateGrants = d.tally.counts()
	s.DuplicateGrants += int(d.tally.keeper.Stats().Duplicates)
	if d.bots != nil {
		stats := d.bots.Stats()
		s.RoundTripP50US = stats.Quantile(0.5).Microseconds()
		s.RoundTripP99US = stats.Quantile(0.99).Microseconds()
		s.DuplicateGrants += int(stats.Duplicates)
	}
	states := make([]uint64, partitions)
	for p, mark := range d.node.Watermarks() {
		states[p] = mark.State
	}
	s.StateHash = fmt.Sprintf("%016x", codec.HuntState(states))
	return s
}

// total is a metric's sum over its labels.
func (d *Dev) total(name string) (sum float64) {
	families, err := d.registry.Gather()
	if err != nil {
		d.cfg.Log.Warn("some metrics could not be read", "err", err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

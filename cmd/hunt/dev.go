package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition/world"
)

// processStart is when this process began, as near as it can tell itself.
var processStart = time.Now()

type devFlags struct {
	config system.DevConfig
	round  time.Duration
	length time.Duration
}

func devCommand() *cobra.Command {
	var f devFlags
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run the whole system on this machine, with bots and a live page",
		Long: "Starts everything on loopback: a world, embedded etcd and JetStream, one node with several\n" +
			"partitions, a gateway, bots that hunt treasure, and a live page. It runs until Ctrl-C, or for --for.\n" +
			"With OTEL_EXPORTER_OTLP_ENDPOINT set, metrics are also pushed over OTLP/HTTP.",
		Example: "  hunt dev\n  hunt dev --map arena.map --for 15s --json\n  hunt dev --data-dir ./hunt-data --round 1m\n" +
			"  hunt dev --goals exit=120,camp=7",
		RunE: func(cmd *cobra.Command, _ []string) error { return dev(cmd, f) },
	}
	c := &f.config
	flags := cmd.Flags()
	flags.StringVar(&c.Plan.MapPath, "map", "", "play on a Moving AI .map file instead of a generated world")
	flags.Var(count(&c.Plan.Edges, world.DefaultEdges, world.MinGenEdges, world.MaxGenEdges), "edges", "edges of the generated world, about")
	flags.Uint64Var(&c.Plan.Seed, "seed", 1, "seed of a generated world")
	flags.Var(count(&c.Plan.Partitions, 0, 1, world.MaxPartitions), "partitions",
		"partitions that the world is cut into (default: as many as a map needs; of a generated world 4, above 3.9 million edges one for each 980,000)")
	flags.StringVar(&c.Plan.Hunt, "hunt", "dev/hunt", "name of the hunt, tenant/room")
	flags.StringVar(&c.Plan.Goals, "goals", "", "named goals that players may choose, as exit=120,camp=7: a name and a node each")
	flags.Var(count(&c.Bots, 200, 0, maxBots), "bots", "bots that play")
	flags.Var(rate(&c.BotRate, 4, minBotRate, maxBotRate), "bot-rate", "moves a second and bot; the rules allow 10")
	flags.StringVar(&c.Dir, "data-dir", "", "folder that keeps the state (default: a temporary one, removed at the end)")
	flags.StringVar(&c.HTTP, "http", "127.0.0.1:8080", "address of the page, /metrics, /livez and /readyz; port 0: any free one")
	flags.StringVar(&c.Gateway, "gateway", "127.0.0.1:0", "UDP address of the gateway; port 0: any free one")
	flags.StringVar(&c.Node, "node", "127.0.0.1:0", "UDP address of the node's engine hop; port 0: any free one")
	flags.Var(span(&f.round, maxRound, minRound, maxRound), "round", "length of a round, 1s to 5m")
	flags.Var(span(&f.length, 0, 0, maxRun), "for", "stop after this time and print a summary (default: run until Ctrl-C)")
	return cmd
}

// devResult is the summary of a run.
type devResult struct {
	ReadyS float64 `json:"ready_s"` // from the start of the process until the hunt could be played
	system.Summary
	system.Endpoints
}

func (f *devFlags) check() error {
	c, p := &f.config, &f.config.Plan
	p.RoundTicks = uint32(f.round * codec.TicksPerSecond / time.Second)
	if p.MapPath != "" {
		p.Map, p.Edges = filepath.Base(p.MapPath), 0
	}
	_, page := system.Loopback("--http", c.HTTP)
	_, gateway := system.GatewayAddress("--gateway", c.Gateway)
	_, node := system.Loopback("--node", c.Node)
	_, goals := system.ParseGoals(p.Goals)
	return errors.Join(page, gateway, node, goals, control.CheckHunt(p.Hunt))
}

func dev(cmd *cobra.Command, f devFlags) (err error) {
	if err := f.check(); err != nil {
		return usage(err)
	}
	asJSON, err := cmd.Flags().GetBool("json")
	if err != nil {
		return err
	}
	f.config.Log = slog.Default()
	f.config.Length = f.length
	lingering.Store(true)
	d, err := system.StartDev(cmd.Context(), f.config)
	if errors.Is(err, system.ErrLimit) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	result := devResult{ReadyS: time.Since(processStart).Seconds(), Endpoints: d.Endpoints()}
	if asJSON {
		f.config.Log.Info("ready", "page", result.Page, "gateway", result.Gateway, "node", result.Node, "data_dir", result.DataDir, "ready_s", result.ReadyS)
	} else if err := greet(cmd.OutOrStdout(), d, &f, result.ReadyS); err != nil {
		return err
	}
	failed := d.Wait(until(cmd.Context(), f.length))
	var stopped error
	result.Summary, stopped = d.Stop()
	if err := errors.Join(failed, stopped); err != nil {
		return err
	}
	if err := printResult(cmd, result); err != nil {
		return err
	}
	if result.DuplicateGrants > 0 {
		return exitWith(exitUnsafe, fmt.Errorf("%d treasures were granted twice", result.DuplicateGrants))
	}
	return nil
}

// until ends with ctx, or after a time if there is one.
func until(ctx context.Context, length time.Duration) context.Context {
	if length == 0 {
		return ctx
	}
	timed, cancel := context.WithTimeout(ctx, length)
	context.AfterFunc(timed, cancel)
	return timed
}

// greet tells a newcomer what runs where and what to try.
func greet(w io.Writer, d *system.Dev, f *devFlags, ready float64) error {
	name, nodes, edges, partitions := d.World()
	at := d.Endpoints()
	kept := at.DataDir
	if at.Temporary {
		kept += " (removed at the end; keep it with --data-dir DIR)"
	}
	_, err := fmt.Fprintf(w, `Huntgraph is running (ready in %.1f s).

  page      %s
  gateway   %s
  node      %s
  world     %s: %d nodes, %d edges, %d partitions
  bots      %d
  data      %s

Open the page and press "Join the hunt". More to try:
  hunt play --server %s --bots 10 --for 10s
  curl %s/metrics
Ctrl-C stops it.
`, ready, at.Page, at.Gateway, at.Node, name, nodes, edges, partitions, f.config.Bots, kept, at.Page, at.Page)
	if err != nil {
		return fmt.Errorf("print where everything is: %w", err)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/partition/scenario"
	"github.com/huntgraph/huntgraph/partition/world"
)

// worldCheck says what to check: one of a map, a road graph and a changing map.
type worldCheck struct {
	mapPath, scenPath string
	roads             scenario.Roads
	dynamic           string
}

func worldCheckCommand() *cobra.Command {
	var c worldCheck
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Answer published queries with the engine's own search",
		Long: "Makes one partition of a map, answers published queries with the engine's own search, and\n" +
			"compares the lengths. Exit code 20 on any mismatch. Give one of\n\n" +
			"  --map         a Moving AI grid map and its scenarios\n" +
			"  --routingkit  a folder of RoutingKit vectors with queries and reference lengths\n" +
			"  --gppc        a scenario whose map is changed by patches between its queries",
		Example: "  hunt world check --map arena.map --scen arena.map.scen --json\n" +
			"  hunt world check --routingkit luxembourg --sample 2000\n" +
			"  hunt world check --gppc dao_arena2.scen --json | jq .mismatches",
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := c.run(cmd)
			if err != nil {
				return err
			}
			if err := printResult(cmd, report); err != nil {
				return err
			}
			if report.Mismatches > 0 {
				return exitWith(exitUnsafe, fmt.Errorf("%d of %d answers are wrong: %s",
					report.Mismatches, report.Scenarios, strings.Join(report.Wrong, "; ")))
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.mapPath, "map", "", "Moving AI .map file")
	flags.StringVar(&c.scenPath, "scen", "", "its .scen file (default: the map's name with .scen appended)")
	flags.StringVar(&c.roads.Dir, "routingkit", "", "folder of RoutingKit vectors")
	flags.StringSliceVar(&c.roads.Metrics, "metric", []string{"travel_time", "geo_distance"}, "its metrics to check")
	flags.Var(count(&c.roads.Sample, 0, 1, maxRepeats), "sample", "how many of its queries to answer in each metric (default: all)")
	flags.Uint64Var(&c.roads.Seed, "seed", 1, "the seed that draws them")
	flags.StringVar(&c.dynamic, "gppc", "", "dynamic .scen file, with its .patch file beside it")
	cmd.MarkFlagsMutuallyExclusive("map", "routingkit", "gppc")
	return cmd
}

func (c *worldCheck) run(cmd *cobra.Command) (scenario.Report, error) {
	if err := c.misused(cmd); err != nil {
		return scenario.Report{}, usage(err)
	}
	var bar *progressbar.ProgressBar
	begin := func(what string) func(int) {
		return func(total int) { bar = progress(cmd.ErrOrStderr(), total, filepath.Base(what)) }
	}
	step := func() { _ = bar.Add(1) } // a bar that cannot be drawn is no failure
	defer func() {
		if bar != nil {
			_ = bar.Finish()
		}
	}()
	switch {
	case c.dynamic != "":
		return c.play(cmd.Context(), begin(c.dynamic), step)
	case c.roads.Dir != "":
		report, err := scenario.CheckRoads(cmd.Context(), c.roads, begin(c.roads.Dir), step)
		return report, usageIfMissing(err)
	}
	return c.walk(cmd.Context(), begin(c.mapPath), step)
}

func (c *worldCheck) misused(cmd *cobra.Command) error {
	if c.mapPath == "" && c.roads.Dir == "" && c.dynamic == "" {
		return errors.New("--map, --routingkit and --gppc are missing: give one of them")
	}
	for _, f := range [...]struct{ flag, of string }{{"scen", "map"}, {"metric", "routingkit"}, {"sample", "routingkit"}, {"seed", "routingkit"}} {
		if cmd.Flags().Changed(f.flag) && !cmd.Flags().Changed(f.of) {
			return fmt.Errorf("--%s needs --%s", f.flag, f.of)
		}
	}
	return nil
}

func (c *worldCheck) walk(ctx context.Context, begin func(int), step func()) (scenario.Report, error) {
	if c.scenPath == "" {
		c.scenPath = c.mapPath + ".scen"
	}
	grid, err := world.ReadMap(c.mapPath)
	if err != nil {
		return scenario.Report{}, usage(err)
	}
	scenarios, err := world.ReadScen(c.scenPath)
	if err != nil {
		return scenario.Report{}, usage(err)
	}
	begin(len(scenarios))
	return scenario.Check(ctx, grid, scenarios, step)
}

func (c *worldCheck) play(ctx context.Context, begin func(int), step func()) (scenario.Report, error) {
	d, err := world.ReadDynamic(c.dynamic)
	if err != nil {
		return scenario.Report{}, usage(err)
	}
	begin(len(d.Steps))
	return scenario.Play(ctx, d, step)
}

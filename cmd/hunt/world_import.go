package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/partition/world"
)

// source is what an import reads.
type source struct {
	metric string // of a RoutingKit folder
	places string // of a DIMACS graph
	stitch bool
	seed   uint64
}

func worldImportCommand() *cobra.Command {
	var out string
	var partitions int
	var from source
	cmd := &cobra.Command{
		Use:   "import SOURCE... --out FILE.world",
		Short: "Make a world from game maps or a road graph",
		Long: "Import reads one of these, or stitches several maps into one world:\n\n" +
			"  FILE.map  a Moving AI grid map: cells . G and S are walkable, a diagonal step needs both cells\n" +
			"            beside it walkable, a straight step weighs 408 and a diagonal one 577\n" +
			"  FOLDER    a road graph as RoutingKit vectors: first_out, head, a metric, latitude, longitude\n" +
			"  FILE.gr   a road graph in the DIMACS format, with its coordinates in FILE.co; both may be packed, as\n" +
			"            FILE.gr.gz\n\n" +
			"Of a road graph, loops and arcs of RoutingKit's infinite weight are left out, the lightest of parallel\n" +
			"arcs stays, and nodes that arcs of weight 0 link both ways become one. Where arcs weigh less than 4,\n" +
			"which is too light for congestion, all weights are multiplied by the scale that the result names: lengths\n" +
			"divided by it, rounded down, are exactly the source's, unless its source says by how much they may be\n" +
			"too long. Nodes are drawn in micro-degrees, north up.\n\n" +
			"What a node would not play is refused with the partition, the node or the edge: more than 65,535 edges\n" +
			"at a node, a weight above 2^27, ways longer than 2^30, a partition above 32 MiB.\n\n" +
			"With --stitch, the largest connected part of each map is taken, and neighbours are linked by portals.",
		Example: "  hunt world import arena.map --out arena.world --partitions 4\n" +
			"  hunt world import luxembourg --metric travel_time --out luxembourg.world\n" +
			"  hunt world import NY.gr --out ny.world\n" +
			"  hunt world import arena.map brc501d.map --stitch --seed 1 --out two.world --json | jq .edges",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := world.Replaceable(out, world.Magic); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			g, err := from.read(args)
			if err != nil {
				return usageIfMissing(err)
			}
			return buildWorld(cmd, g, partitions, out)
		},
	}
	requireOut(cmd, &out)
	flags := cmd.Flags()
	flags.Var(count(&partitions, 0, 1, world.MaxPartitions), "partitions", "how many partitions to cut the world into (default: one for each 910,000 edges, or more where that does not fit)")
	flags.StringVar(&from.metric, "metric", "travel_time", "the vector of a RoutingKit folder that holds the weights: travel_time or geo_distance")
	flags.StringVar(&from.places, "co", "", "the coordinates of a DIMACS graph (default: the .co file beside the .gr file)")
	flags.BoolVar(&from.stitch, "stitch", false, "link several maps by portals")
	flags.Uint64Var(&from.seed, "seed", 1, "the seed of the portals: another seed, other portals")
	return cmd
}

var errStitch = errors.New("several sources need --stitch, which makes one world of them")

// read makes a graph of the files that the user named.
func (s *source) read(paths []string) (*world.Graph, error) {
	if s.stitch {
		maps := make([]*world.Grid, len(paths))
		for i, path := range paths {
			var err error
			if maps[i], err = world.ReadMap(path); err != nil {
				return nil, err
			}
		}
		g, err := world.Stitch(maps, s.seed)
		return g, usage(err)
	}
	if len(paths) > 1 {
		return nil, usage(fmt.Errorf("%d sources: %w", len(paths), errStitch))
	}
	path := paths[0]
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return world.ReadRoutingKit(path, s.metric)
	case world.IsDimacs(path):
		return world.ReadDimacs(path, s.places)
	}
	grid, err := world.ReadMap(path)
	if err != nil {
		return nil, err
	}
	return grid.Graph(), nil
}

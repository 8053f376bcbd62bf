package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world"
)

// routeResult is a shortest way through a world.
type routeResult struct {
	World        string         `json:"world"`
	From         codec.NodeID   `json:"from"`
	To           codec.NodeID   `json:"to"`
	Length       uint64         `json:"length"`
	SourceLength *uint64        `json:"source_length,omitempty"` // where the world's unit is not the source's
	Tick         codec.Tick     `json:"tick"`
	Steps        int            `json:"steps"`
	Partitions   int            `json:"partitions"` // that it passes, one as often as it enters it
	Settled      int            `json:"settled"`
	SearchMS     float64        `json:"search_ms"`
	Nodes        []codec.NodeID `json:"nodes,omitempty"`
	Edges        []codec.EdgeID `json:"edges,omitempty"`
}

// shownSteps is the longest way that a table lists.
const shownSteps = 20

func routeCommand() *cobra.Command {
	var file, picture string
	var from, to uint32
	cmd := &cobra.Command{
		Use:   "route --world FILE.world --from NODE --to NODE",
		Short: "Find a shortest way through a world",
		Long: "Route finds a shortest way between two nodes of a .world file, across all partitions, on the base\n" +
			"weights, which are those of tick 0. A table lists the nodes and edges of short ways, --json those of\n" +
			"any. source_length is the length in the source's unit, where that is not the world's.\n\n" +
			"With --png the way is drawn over the cut. Exit code 1 if no way leads there.",
		Example: "  hunt route --world caves.world --from 0 --to 7000\n" +
			"  hunt route --world caves.world --from 0 --to 7000 --png way.png --json | jq .length",
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := world.Open(file)
			if err != nil {
				return usageIfMissing(err)
			}
			r, way, err := findRoute(w, file, codec.NodeID(from), codec.NodeID(to))
			if err == nil && picture != "" {
				err = writePNG(picture, w.Picture(world.Sketch{Way: &way}))
			}
			if asJSON, _ := cmd.Flags().GetBool("json"); !asJSON && r.Steps > shownSteps {
				r.Nodes, r.Edges = nil, nil
			}
			if err == nil {
				err = printResult(cmd, r)
			}
			return errors.Join(err, w.Close())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "world", "", "the .world file")
	flags.Uint32Var(&from, "from", 0, "the node to start from")
	flags.Uint32Var(&to, "to", 0, "the node to go to")
	flags.StringVar(&picture, "png", "", "the file to draw the way to (replaced if it is there)")
	for _, name := range []string{"world", "from", "to"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag was added above
		}
	}
	return cmd
}

// findRoute searches and describes what it finds.
func findRoute(w *world.World, file string, from, to codec.NodeID) (r routeResult, way world.Way, err error) {
	for _, end := range []struct {
		flag string
		node codec.NodeID
	}{{"--from", from}, {"--to", to}} {
		if int(end.node) >= w.Nodes() {
			return r, way, usage(fmt.Errorf("%s %d: the world has nodes 0 to %d", end.flag, end.node, w.Nodes()-1))
		}
	}
	began := time.Now()
	way, ok := w.Way(from, to)
	took := time.Since(began)
	if !ok {
		return r, way, fmt.Errorf("no way leads from node %d to node %d of %s", from, to, file)
	}
	r = routeResult{
		World: file, From: from, To: to, Length: way.Length, Steps: len(way.Edges), Partitions: 1,
		Settled: way.Settled, SearchMS: float64(took.Microseconds()) / 1000, Nodes: way.Nodes, Edges: way.Edges,
	}
	if w.Scale > 1 {
		source := way.Length / uint64(w.Scale)
		r.SourceLength = &source
	}
	for i, n := range way.Nodes[1:] {
		if w.PartitionOf(n) != w.PartitionOf(way.Nodes[i]) {
			r.Partitions++
		}
	}
	return r, way, nil
}

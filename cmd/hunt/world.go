package main

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/world"
)

// worldCommand is `hunt world`: what one does with worlds before a hunt.
func worldCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "world",
		Short: "Import, generate and look into worlds",
		Long: "A world is the immutable graph of a hunt with its base weights, cut into partitions,\n" +
			"in a .world file that nodes map into memory.",
	}
	cmd.AddCommand(worldImportCommand(), worldGenCommand(), worldInspectCommand(), worldCheckCommand())
	return cmd
}

// worldResult is what the world verbs print about a .world file.
type worldResult struct {
	File         string            `json:"file"`
	Name         string            `json:"name"`
	Source       string            `json:"source"`
	Hash         string            `json:"hash"`         // the first 16 digits of the content hash
	ContentHash  string            `json:"content_hash"` // all of it
	Nodes        int               `json:"nodes"`
	Edges        int               `json:"edges"`
	BorderEdges  int               `json:"border_edges"`
	Scale        uint32            `json:"scale"` // a length divided by it is one of the source
	WeightMin    uint32            `json:"weight_min"`
	WeightMax    uint32            `json:"weight_max"`
	Bytes        int64             `json:"bytes"`
	BytesPerEdge float64           `json:"bytes_per_edge"`
	Partitions   []partitionResult `json:"partitions"`
}

type partitionResult struct {
	Partition   int    `json:"partition"`
	Nodes       uint32 `json:"nodes"`
	Main        uint32 `json:"main"` // the nodes that are connected both ways: players and treasures are there
	Edges       uint32 `json:"edges"`
	BorderEdges int    `json:"border_edges"`
}

// describeWorld tells what is in the world of a file.
func describeWorld(file string, w *world.World) worldResult {
	hash := w.Hash()
	text := hex.EncodeToString(hash[:])
	r := worldResult{
		File: file, Name: w.Name, Source: w.Source,
		Hash: text[:16], ContentHash: text,
		Nodes: w.Nodes(), Edges: w.Edges(), Scale: w.Scale, Bytes: w.Size(),
		Partitions: make([]partitionResult, 0, w.Partitions()),
	}
	if w.Edges() > 0 {
		r.WeightMin, r.WeightMax = slices.Min(w.Base), slices.Max(w.Base)
		r.BytesPerEdge = float64(r.Bytes*100/int64(r.Edges)) / 100
	}
	for p, c := range w.Cut {
		border := w.BorderEdges(codec.PartitionID(p))
		r.BorderEdges += border
		r.Partitions = append(r.Partitions, partitionResult{p, c.Nodes, c.Main, c.Edges, border})
	}
	return r
}

// buildWorld cuts a graph, writes it to out and prints what came of it.
// Partitions of 0 are as many as the graph needs.
func buildWorld(cmd *cobra.Command, g *world.Graph, partitions int, out string) error {
	if partitions == 0 {
		partitions = world.PartitionsFor(len(g.Head))
	}
	watch, finish := stages(cmd.Context(), cmd.ErrOrStderr())
	builder := world.Builder{Watch: watch}
	w, err := builder.Build(g, partitions)
	finish()
	if err != nil {
		return err
	}
	if err := w.Write(out); err != nil {
		return err
	}
	return printResult(cmd, describeWorld(out, w))
}

// usageIfMissing marks the error of a file that the user named and that is not there.
func usageIfMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return usage(err)
	}
	return err
}

// requireOut adds the flag that names the file to write.
func requireOut(cmd *cobra.Command, out *string) {
	cmd.Flags().StringVar(out, "out", "", "the .world file to write (replaced if it is there)")
	if err := cmd.MarkFlagRequired("out"); err != nil {
		panic(err) // the flag was added the line before
	}
}

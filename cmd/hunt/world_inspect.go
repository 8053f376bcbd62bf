package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/overlay"
	"github.com/huntgraph/huntgraph/partition/world"
)

func worldInspectCommand() *cobra.Command {
	var picture string
	var level int
	cmd := &cobra.Command{
		Use:   "inspect FILE.world",
		Short: "Verify a world and show its size, weights, hash and partitions",
		Long: "Inspect checks every checksum and every rule of a .world file, as a node does at start. A file\n" +
			"that is damaged or no world at all gives an error that names the section and the byte.\n\n" +
			"A world that no node would play gives an error that names the partition, the node or the edge.\n\n" +
			"Beside the file it shows what nodes will hold of it: shard.bytes_max, of the largest partition,\n" +
			"shard.bytes_per_edge, shard.all_in_per_edge (with the file, which is mapped) and shard.fits\n" +
			"(32 MiB a partition); levels, the nested cells that searches use,\n" +
			"from the lowest (cells, points that link them, the most nodes and points of one, clique_entries of 4\n" +
			"bytes between points); and tables, bytes and bytes_per_edge by kind, of all partitions.\n\n" +
			"With --png it draws the cut: a colour for each partition, darker outside its main part, and bright\n" +
			"where an edge leads to another partition. With --level the colours are those of nested cells.",
		Example: "  hunt world inspect caves.world\n" +
			"  hunt world inspect caves.world --png caves.png\n" +
			"  hunt world inspect caves.world --png cells.png --level 2\n" +
			"  hunt world inspect caves.world --json | jq '.partitions[].border_edges'",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := world.Open(args[0])
			if err != nil {
				return usageIfMissing(err)
			}
			if picture != "" {
				err = writePNG(picture, w.Picture(world.Sketch{Level: level}))
			}
			var r worldResult
			if err == nil {
				r, err = describeWorld(args[0], w)
			}
			if err == nil {
				err = printResult(cmd, r)
			}
			if err == nil {
				err = errors.Join(w.CheckWays(), system.Playable(w, partition.DefaultRules()))
			}
			return errors.Join(err, w.Close())
		},
	}
	cmd.Flags().StringVar(&picture, "png", "", "the file to draw the cut to (replaced if it is there)")
	cmd.Flags().Var(count(&level, 0, 0, overlay.MaxLevels), "level", "the level of nested cells to draw, 1 the lowest; 0: partitions only")
	return cmd
}

func writePNG(path string, picture image.Image) error {
	if err := world.Replaceable(path, "\x89PNG"); err != nil {
		return fmt.Errorf("--png: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("drawing the cut: %w", err)
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := errors.Join(encoder.Encode(f, picture), f.Close()); err != nil {
		return fmt.Errorf("drawing the cut to %s: %w", path, err)
	}
	return nil
}

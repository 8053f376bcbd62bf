package main

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/partition/world"
)

func worldInspectCommand() *cobra.Command {
	var picture string
	cmd := &cobra.Command{
		Use:   "inspect FILE.world",
		Short: "Verify a world and show its size, weights, hash and partitions",
		Long: "Inspect checks every checksum and every rule of a .world file, as a node does at start. A file\n" +
			"that is damaged or no world at all gives an error that names the section and the byte.\n\n" +
			"With --png it draws the cut: a colour for each partition, darker outside its main part, and bright\n" +
			"where an edge leads to another partition.",
		Example: "  hunt world inspect caves.world\n" +
			"  hunt world inspect caves.world --png caves.png\n" +
			"  hunt world inspect caves.world --json | jq '.partitions[].border_edges'",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := world.Open(args[0])
			if err != nil {
				return usageIfMissing(err)
			}
			if picture != "" {
				err = writePNG(picture, w.Picture())
			}
			if err == nil {
				err = printResult(cmd, describeWorld(args[0], w))
			}
			return errors.Join(err, w.Close())
		},
	}
	cmd.Flags().StringVar(&picture, "png", "", "the file to draw the cut to (replaced if it is there)")
	return cmd
}

func writePNG(path string, picture image.Image) error {
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

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/partition/scenario"
	"github.com/huntgraph/huntgraph/partition/world"
)

func worldCheckCommand() *cobra.Command {
	var mapPath, scenPath string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Answer a map's published scenarios with the engine's own search",
		Long: "Makes one partition of a Moving AI map, answers every scenario of its .scen file with the\n" +
			"engine's own search, and compares the lengths. Exit code 20 on any mismatch.",
		Example: "  hunt world check --map arena.map --scen arena.map.scen --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if mapPath == "" {
				return usage(errors.New("--map is missing: give a Moving AI .map file"))
			}
			if scenPath == "" {
				scenPath = mapPath + ".scen"
			}
			grid, err := world.ReadMap(mapPath)
			if err != nil {
				return usage(err)
			}
			scenarios, err := world.ReadScen(scenPath)
			if err != nil {
				return usage(err)
			}
			bar := progress(cmd.ErrOrStderr(), len(scenarios), filepath.Base(mapPath))
			report, err := scenario.Check(cmd.Context(), grid, scenarios, func() { _ = bar.Add(1) })
			_ = bar.Finish()
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
	cmd.Flags().StringVar(&mapPath, "map", "", "Moving AI .map file")
	cmd.Flags().StringVar(&scenPath, "scen", "", "its .scen file (default: the map's name with .scen appended)")
	return cmd
}

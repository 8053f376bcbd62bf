package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// verdict is how a check of the machine came out.
type verdict string

const (
	verdictOK   verdict = "ok"
	verdictWarn verdict = "warn" // hunt runs, but slower or smaller than it could
	verdictFail verdict = "fail" // hunt does not run
)

// check is one thing that doctor looked at.
type check struct {
	Name   string  `json:"name"`
	Status verdict `json:"status"`
	Found  string  `json:"found"`
	Todo   string  `json:"todo,omitempty"` // what to do unless the status is ok
}

// doctorResult is what `hunt doctor` prints. Status is that of the worst check.
type doctorResult struct {
	Status   verdict `json:"status"`
	Warnings int     `json:"warnings"`
	Failures int     `json:"failures"`
	Checks   []check `json:"checks"`
}

type doctorOptions struct {
	http    string // TCP address of the live page
	gateway string // UDP address of the gateway
	dataDir string
}

func doctorCommand() *cobra.Command {
	var options doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check that this machine can run a hunt, and say what to change",
		Long: "Check that this machine can run a hunt, and say what to change.\n" +
			"A warning means slower or smaller than it could be; exit code 1 means that a check failed.",
		Example: "  hunt doctor\n  hunt doctor --data-dir ./hunt-data --json | jq .status",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDoctor(cmd, options)
		},
	}
	cmd.Flags().StringVar(&options.http, "http", "127.0.0.1:8080", "TCP address that the live page will listen on; port 0: any free one")
	cmd.Flags().StringVar(&options.gateway, "gateway", "127.0.0.1:0", "UDP address that the gateway will listen on; port 0: any free one")
	cmd.Flags().StringVar(&options.dataDir, "data-dir", os.TempDir(), "folder that will hold the hunt's data")
	return cmd
}

func runDoctor(cmd *cobra.Command, options doctorOptions) error {
	checks, err := examine(cmd.Context(), options)
	if err != nil {
		return err
	}
	result := summarise(checks)
	if err := printDoctor(cmd, result); err != nil {
		return err
	}
	if result.Failures > 0 {
		return fmt.Errorf("doctor: %d of %d checks failed", result.Failures, len(checks))
	}
	return nil
}

// examine runs every check; it takes about a tenth of a second.
func examine(ctx context.Context, options doctorOptions) ([]check, error) {
	var checks []check
	for _, examination := range []func() []check{
		func() []check {
			return []check{socketBuffer("udp-receive-buffer", "net.core.rmem_max"), socketBuffer("udp-send-buffer", "net.core.wmem_max")}
		},
		func() []check { return []check{openFiles()} },
		func() []check { return []check{httpPort(ctx, options.http), gatewayPort(ctx, options.gateway)} },
		func() []check { return []check{monotonicClock(), timers(), clockSync()} },
		func() []check { return disk(options.dataDir) },
		func() []check { return []check{processors(), memory()} },
	} {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("examining the machine: %w", err)
		}
		checks = append(checks, examination()...)
	}
	return checks, nil
}

func summarise(checks []check) doctorResult {
	result := doctorResult{Status: verdictOK, Checks: checks}
	for _, c := range checks {
		switch c.Status {
		case verdictFail:
			result.Failures++
		case verdictWarn:
			result.Warnings++
		}
	}
	switch {
	case result.Failures > 0:
		result.Status = verdictFail
	case result.Warnings > 0:
		result.Status = verdictWarn
	}
	return result
}

// printDoctor prints the result; on a terminal the verdicts have their colours.
func printDoctor(cmd *cobra.Command, result doctorResult) error {
	asJSON, err := cmd.Flags().GetBool("json")
	if err != nil {
		return err
	}
	if out := cmd.OutOrStdout(); !asJSON && colourful(out) {
		var text strings.Builder
		if err := printTable(&text, result); err != nil {
			return err
		}
		_, err := io.WriteString(out, paintVerdicts(text.String()))
		return err
	}
	return printResult(cmd, result)
}

// paintVerdicts colours the first verdict in each line of a table.
func paintVerdicts(table string) string {
	const green, yellow, red, plain = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[0m"
	colours := map[verdict]string{verdictOK: green, verdictWarn: yellow, verdictFail: red}
	var painted strings.Builder
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if len(words) > 1 {
			if colour, ok := colours[verdict(words[1])]; ok {
				line = strings.Replace(line, " "+words[1], " "+colour+words[1]+plain, 1)
			}
		}
		painted.WriteString(line)
	}
	return painted.String()
}

// judge makes a check of a measured value: fail below least, warn below enough.
func judge(name string, value, least, enough float64, found, todo string) check {
	c := check{Name: name, Status: verdictOK, Found: found}
	switch {
	case value < least:
		c.Status, c.Todo = verdictFail, todo
	case value < enough:
		c.Status, c.Todo = verdictWarn, todo
	}
	return c
}

// unknown is a check that this machine does not let us make.
func unknown(name string, err error) check {
	if errors.Is(err, errors.ErrUnsupported) {
		return check{Name: name, Status: verdictOK, Found: "not known on this system"}
	}
	return check{Name: name, Status: verdictWarn, Found: fmt.Sprintf("not readable: %v", err), Todo: "make it readable, or check it by hand"}
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.3g ms", d.Seconds()*1e3)
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// run executes one command line of verbs and returns what came of it.
func run(t *testing.T, verbs []*cobra.Command, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = execute(t.Context(), verbs, args, &out, &errs)
	return code, out.String(), errs.String()
}

// failing is a verb that ends with err.
func failing(err error) *cobra.Command {
	return &cobra.Command{Use: "fail", Short: "fail", RunE: func(*cobra.Command, []string) error { return err }}
}

// choosing is a verb with a required flag and two that exclude each other,
// below a verb that does nothing by itself.
func choosing() *cobra.Command {
	group := &cobra.Command{Use: "atlas", Short: "atlases"}
	verb := &cobra.Command{Use: "check", Short: "check", Args: cobra.ExactArgs(1),
		RunE: func(*cobra.Command, []string) error { return nil }}
	verb.Flags().String("map", "", "")
	verb.Flags().Bool("one", false, "")
	verb.Flags().Bool("two", false, "")
	if err := verb.MarkFlagRequired("map"); err != nil {
		panic(err)
	}
	verb.MarkFlagsMutuallyExclusive("one", "two")
	group.AddCommand(verb)
	return group
}

func TestExitCodes(t *testing.T) {
	plain := errors.New("the disk is gone")
	cases := []struct {
		name   string
		args   string
		err    error // what the verb fail returns
		code   int
		stderr string // a part of the one line on stderr
	}{
		{"well", "version", nil, 0, ""},
		{"no verb prints the help", "", nil, 0, ""},
		{"help", "--help", nil, 0, ""},
		{"completion", "completion bash", nil, 0, ""},
		{"failure", "fail", plain, 1, "hunt: the disk is gone"},
		{"a deadline is a failure", "fail", fmt.Errorf("joining: %w", context.DeadlineExceeded), 1, "joining"},
		{"usage found by the verb", "fail", usage(plain), 2, "the disk is gone"},
		{"usage found deeper", "fail", fmt.Errorf("reading: %w", usage(plain)), 2, "reading: the disk is gone"},
		{"the outermost code counts", "fail", exitWith(exitUnsafe, usage(plain)), 20, "the disk is gone"},
		{"bound missed", "fail", exitWith(exitBound, plain), 10, "the disk is gone"},
		{"safety violated", "fail", exitWith(exitUnsafe, plain), 20, "the disk is gone"},
		{"undecided", "fail", exitWith(exitUndecided, plain), 21, "the disk is gone"},
		{"interrupted", "fail", fmt.Errorf("playing: %w", context.Canceled), 130, "hunt: interrupted"},
		{"an error of many lines becomes one", "fail", errors.New("a\nb"), 1, "hunt: a; b"},
		{"unknown verb", "versoin", nil, 2, `unknown command "versoin", did you mean "version"?`},
		{"unknown verb like nothing", "zzz", nil, 2, `unknown command "zzz" (hunt --help`},
		{"unknown flag", "version --jsn", nil, 2, `unknown flag: --jsn, did you mean "--json"?`},
		{"unknown flag of hunt itself", "--zzz", nil, 2, "unknown flag: --zzz (hunt --help"},
		{"unknown verb of a group", "atlas chek", nil, 2, `did you mean "check"?`},
		{"group without a verb", "atlas", nil, 2, "hunt atlas: say what to do: check"},
		{"argument too many", "version now", nil, 2, "now"},
		{"argument missing", "atlas check --map m", nil, 2, "accepts 1 arg"},
		{"required flag missing", "atlas check w", nil, 2, `"map" not set`},
		{"flags that exclude each other", "atlas check w --map m --one --two", nil, 2, "one two"},
		{"flag with a bad value", "version --json=maybe", nil, 2, "maybe"},
		{"unknown log level", "version --log-level loud", nil, 2, `--log-level "loud": want debug`},
		{"unknown log format", "version --log-format xml", nil, 2, `--log-format "xml": want text`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := run(t, append(verbs(), failing(c.err), choosing()), strings.Fields(c.args)...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if c.code == exitOK {
				if stderr != "" || stdout == "" {
					t.Errorf("stdout %q, stderr %q", stdout, stderr)
				}
				return
			}
			if stdout != "" {
				t.Errorf("a failed command printed on stdout: %q", stdout)
			}
			if !strings.Contains(stderr, c.stderr) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("stderr %q, want one line with %q", stderr, c.stderr)
			}
		})
	}
}

func TestLogsGoToStderr(t *testing.T) {
	verb := &cobra.Command{Use: "log", RunE: func(cmd *cobra.Command, _ []string) error {
		slog.Debug("a detail")
		slog.Warn("a warning", "partition", 3)
		return printResult(cmd, struct{}{})
	}}
	code, stdout, stderr := run(t, []*cobra.Command{verb}, "log", "--json", "--log-format", "json", "--log-level", "warn")
	if code != exitOK || stdout != "{}\n" {
		t.Fatalf("exit code %d, stdout %q", code, stdout)
	}
	var entry struct {
		Level     string
		Msg       string
		Partition int
	}
	if err := json.Unmarshal([]byte(stderr), &entry); err != nil {
		t.Fatalf("stderr %q is not one JSON entry: %v", stderr, err)
	}
	if entry.Level != "WARN" || entry.Msg != "a warning" || entry.Partition != 3 {
		t.Errorf("logged %+v", entry)
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"version", "doctor", "dev", "play"}
	for word, want := range map[string]string{
		"versoin": "version", "vers": "version", "docter": "doctor", "deb": "dev", "pla": "play",
		"x": "", "replay-all": "", "": "",
	} {
		if got := nearest(word, candidates); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

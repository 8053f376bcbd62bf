package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// The test binary is hunt itself, with the verb wait, when this is set.
const asHunt = "HUNT_TEST_AS_BINARY"

func TestMain(m *testing.M) {
	if os.Getenv(asHunt) == "" {
		os.Exit(m.Run())
	}
	os.Exit(runProcess(append(verbs(), waitCommand())))
}

// waitCommand waits to be interrupted, and with --stubborn does not stop then.
func waitCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "wait"}
	stubborn := cmd.Flags().Bool("stubborn", false, "")
	clean := cmd.Flags().Bool("clean", false, "")
	lingers := cmd.Flags().Bool("lingers", false, "")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		lingering.Store(*lingers)
		fmt.Fprintln(cmd.OutOrStdout(), "waiting")
		<-cmd.Context().Done()
		fmt.Fprintln(cmd.OutOrStdout(), "told to stop")
		switch {
		case *stubborn:
			select {}
		case *clean:
			return nil
		}
		return fmt.Errorf("waiting: %w", cmd.Context().Err())
	}
	return cmd
}

func TestSignals(t *testing.T) {
	cases := []struct {
		name   string
		args   []string
		signal syscall.Signal
		again  bool // the signal is sent again once the first has arrived
		code   int
		stderr string
	}{
		{"an interrupted verb", []string{"wait"}, syscall.SIGINT, false, exitInterrupted, "hunt: interrupted\n"},
		{"a terminated verb", []string{"wait"}, syscall.SIGTERM, false, exitInterrupted, "hunt: interrupted\n"},
		{"a verb that stops cleanly", []string{"wait", "--clean"}, syscall.SIGINT, false, exitOK, ""},
		{"a verb whose terminal is gone", []string{"wait"}, syscall.SIGHUP, false, exitInterrupted, "hunt: interrupted\n"},
		{"a verb that computes on", []string{"wait", "--stubborn"}, syscall.SIGTERM, false, exitInterrupted, "hunt: interrupted\n"},
		{"a verb that hangs", []string{"wait", "--stubborn", "--lingers"}, syscall.SIGINT, true, exitInterrupted, "hunt: interrupted twice, stopping at once\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], c.args...)
			child.Env = append(os.Environ(), asHunt+"=1")
			var stderr bytes.Buffer
			child.Stderr = &stderr
			stdout, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stdout)
			sendAfter := func(want string) {
				if !lines.Scan() || lines.Text() != want {
					t.Fatalf("the verb printed %q, want %q", lines.Text(), want)
				}
				if err := child.Process.Signal(c.signal); err != nil {
					t.Fatal(err)
				}
			}
			sendAfter("waiting")
			if c.again {
				sendAfter("told to stop")
			}
			err = child.Wait()
			var ended *exec.ExitError
			if err != nil && !errors.As(err, &ended) {
				t.Fatal(err)
			}
			if got := child.ProcessState.ExitCode(); got != c.code {
				t.Errorf("exit code %d, want %d", got, c.code)
			}
			if stderr.String() != c.stderr {
				t.Errorf("stderr %q, want %q", stderr.String(), c.stderr)
			}
		})
	}
}

// TestLongVerbsEnd: SIGTERM ends verbs that would compute for minutes. How long that takes is
// logged: within a second, where the machine has time; what is wrong is a verb that goes on.
func TestLongVerbsEnd(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"world", "gen", "--edges", "60e6", "--out", filepath.Join(dir, "w.world")},
		{"bench", "alloc", "--moves", "1000000000"},
		{"bench", "fork", "--edges", "40e6"},
		{"jepsen", "sim", "--seeds", "1..100000"},
	} {
		t.Run(strings.Join(args[:2], " "), func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], args...)
			child.Env = append(os.Environ(), asHunt+"=1", "TMPDIR="+dir)
			var stderr bytes.Buffer
			child.Stderr = &stderr
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) // into what it computes; nothing tells how far it is
			sent := time.Now()
			if err := child.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- child.Wait() }()
			select {
			case <-ended:
			case <-time.After(30 * time.Second):
				t.Fatal("it goes on")
			}
			t.Logf("ended %v after the signal", time.Since(sent))
			if code := child.ProcessState.ExitCode(); code != exitInterrupted {
				t.Errorf("exit code %d: %s", code, stderr.String())
			}
		})
	}
}

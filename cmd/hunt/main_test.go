package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
)

// The test binary is hunt itself, with the verb wait, when this is set.
const asHunt = "HUNT_TEST_AS_BINARY"

func TestMain(m *testing.M) {
	if os.Getenv(asHunt) == "" {
		os.Exit(m.Run())
	}
	ctx := interruptible(context.Background())
	os.Exit(execute(ctx, append(verbs(), waitCommand()), os.Args[1:], os.Stdout, os.Stderr))
}

// waitCommand waits to be interrupted, and with --stubborn does not stop then.
func waitCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "wait"}
	stubborn := cmd.Flags().Bool("stubborn", false, "")
	clean := cmd.Flags().Bool("clean", false, "")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
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
		{"a verb that hangs", []string{"wait", "--stubborn"}, syscall.SIGINT, true, exitInterrupted, "hunt: interrupted twice, stopping at once\n"},
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

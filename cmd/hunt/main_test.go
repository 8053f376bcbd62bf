package main

import (
	"bufio"
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
	ctx, stop := interruptible(context.Background())
	code := execute(ctx, append(verbs(), waitCommand()), os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
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
		name    string
		args    []string
		signal  syscall.Signal
		again   bool // the signal is sent again once the first has arrived
		code    int  // -1: ended by the signal itself
		because syscall.Signal
	}{
		{name: "an interrupted verb", args: []string{"wait"}, signal: syscall.SIGINT, code: exitInterrupted},
		{name: "a terminated verb", args: []string{"wait"}, signal: syscall.SIGTERM, code: exitInterrupted},
		{name: "a verb that stops cleanly", args: []string{"wait", "--clean"}, signal: syscall.SIGINT, code: exitOK},
		{name: "a verb that hangs", args: []string{"wait", "--stubborn"}, signal: syscall.SIGINT, again: true, code: -1, because: syscall.SIGINT},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], c.args...)
			child.Env = append(os.Environ(), asHunt+"=1")
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
			if status := child.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() && status.Signal() != c.because {
				t.Errorf("ended by %v, want %v", status.Signal(), c.because)
			}
		})
	}
}

// Demo runs what the README promises a newcomer, as it is written there, and
// the same with the built binary and on a real map. It prints what each run
// lacked and writes "passed failed skipped" to the file that its argument names.
//
//	go run .ci/demo.go FILE
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

const (
	readyBound   = 3.0  // seconds from the start of a built binary to the first move
	leastDurable = 1000 // moves in 15 s; 200 bots make some 20,000
	page         = "http://127.0.0.1:8080"
	realMap      = "../shared/maps/dao/orz900d.map"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "demo: name the file for the counts")
		os.Exit(2)
	}
	checks := []struct {
		name string
		run  func() error
	}{
		{"the README says its two commands", readmeCommands},
		{"go run ./cmd/hunt dev, stopped by Ctrl-C", func() error { return interrupted("go", "run", "./cmd/hunt", "dev") }},
		{"bin/hunt dev, stopped by Ctrl-C", func() error { return interrupted("bin/hunt", "dev") }},
		{"go run ./cmd/hunt dev --for 15s --json", func() error { return summary(60, "go", "run", "./cmd/hunt", "dev", "--for", "15s", "--json") }},
		{"bin/hunt dev --for 15s --json", func() error { return summary(readyBound, "bin/hunt", "dev", "--for", "15s", "--json") }},
		{"bin/hunt dev on a real map", func() error {
			return summary(readyBound, "bin/hunt", "dev", "--map", realMap, "--for", "15s", "--json")
		}},
	}
	failed := 0
	for _, c := range checks {
		if err := c.run(); err != nil {
			failed++
			fmt.Printf("--- %s: %v\n", c.name, err)
		}
	}
	counts := fmt.Sprintf("%d %d 0\n", len(checks)-failed, failed)
	if err := os.WriteFile(os.Args[1], []byte(counts), 0o600); err != nil {
		fmt.Fprintf(os.Stderr, "demo: %v\n", err)
		os.Exit(1)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// readmeCommands holds that what is run here is what the README says.
func readmeCommands() error {
	text, err := os.ReadFile("README.md")
	if err != nil {
		return err
	}
	for _, command := range []string{"go run ./cmd/hunt dev", "go test ./..."} {
		line := regexp.MustCompile(`(?m)^\s*(\$ )?` + regexp.QuoteMeta(command) + `\s*(#.*)?$`)
		if !line.Match(text) {
			return fmt.Errorf("README.md has no line %q", command)
		}
	}
	return nil
}

// summary runs hunt dev to its end and holds what it prints. The bound on the
// time until ready is in seconds.
func summary(ready float64, command ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%w; it said:\n%s", err, stderr.String())
	}
	var got struct {
		ReadyS          *float64 `json:"ready_s"`
		WorldEdges      *int     `json:"world_edges"`
		Partitions      *int     `json:"partitions"`
		Players         *int     `json:"players"`
		MovesApplied    *int     `json:"moves_applied"`
		MovesDurable    *int     `json:"moves_durable"`
		Grants          *int     `json:"grants"`
		DuplicateGrants *int     `json:"duplicate_grants"`
		Deltas          *int     `json:"deltas"`
		StateHash       *string  `json:"state_hash"`
	}
	decoder := json.NewDecoder(bytes.NewReader(stdout))
	if err := decoder.Decode(&got); err != nil {
		return fmt.Errorf("stdout is no JSON object: %w: %s", err, stdout)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("stdout holds more than one JSON object: %s", stdout)
	}
	var lacks []string
	hold := func(what string, ok bool) {
		if !ok {
			lacks = append(lacks, what)
		}
	}
	atLeast := func(name string, value *int, least int) {
		hold(fmt.Sprintf("%s >= %d", name, least), value != nil && *value >= least)
	}
	hold(fmt.Sprintf("ready_s <= %v", ready), got.ReadyS != nil && *got.ReadyS > 0 && *got.ReadyS <= ready)
	atLeast("world_edges", got.WorldEdges, 1000)
	atLeast("partitions", got.Partitions, 1)
	atLeast("players", got.Players, 1)
	atLeast("moves_applied", got.MovesApplied, leastDurable)
	atLeast("moves_durable", got.MovesDurable, leastDurable)
	atLeast("grants", got.Grants, 1)
	hold("duplicate_grants = 0", got.DuplicateGrants != nil && *got.DuplicateGrants == 0)
	atLeast("deltas", got.Deltas, 1)
	hold("state_hash of 16 hex digits", got.StateHash != nil && regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(*got.StateHash))
	if len(lacks) > 0 {
		return fmt.Errorf("want %s, have %s", strings.Join(lacks, ", "), bytes.TrimSpace(stdout))
	}
	return nil
}

// interrupted starts hunt dev, waits until its page answers, and stops it as
// Ctrl-C in a terminal does: a signal to the group.
func interrupted(command ...string) error {
	temp, err := os.MkdirTemp("", "demo-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	var output bytes.Buffer
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "GOTMPDIR="+os.TempDir())
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	kill := func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	}

	if err := awaitPage(ended, 5*time.Minute); err != nil {
		kill()
		return fmt.Errorf("%w; it said:\n%s", err, output.String())
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		kill()
		return err
	}
	select {
	case err = <-ended:
	case <-time.After(20 * time.Second):
		kill()
		return fmt.Errorf("it did not stop within 20 s of Ctrl-C; it said:\n%s", output.String())
	}
	if !clean(command[0], err, output.String()) {
		return fmt.Errorf("the stop was not clean: %w; it said:\n%s", err, output.String())
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		return fmt.Errorf("it left %s behind", strings.Join(left, ", "))
	}
	listener, err := net.Listen("tcp", strings.TrimPrefix(page, "http://"))
	if err != nil {
		return fmt.Errorf("its port is still taken: %w", err)
	}
	return listener.Close()
}

// clean says whether a command ended with exit code 0. `go run` itself exits 1
// after every Ctrl-C; what it ran did not if it has no exit status to tell of.
func clean(program string, err error, output string) bool {
	if err == nil {
		return true
	}
	var exit *exec.ExitError
	return program == "go" && errors.As(err, &exit) && exit.ExitCode() == 1 && !strings.Contains(output, "exit status")
}

// awaitPage waits until the page is served and the hunt is ready.
func awaitPage(ended chan error, limit time.Duration) error {
	deadline := time.After(limit)
	for {
		if answers(page+"/readyz") && answers(page+"/") {
			return nil
		}
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("it ended before its page answered: %w", err)
		case <-deadline:
			return fmt.Errorf("no page at %s after %v", page, limit)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func answers(url string) bool {
	response, err := http.Get(url)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode == http.StatusOK
}

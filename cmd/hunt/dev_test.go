package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// process is a hunt of its own, run by this test binary.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	drained        chan struct{} // stderr was read to its end, if started by startDev
}

// huntWait is far more than any of these runs takes, also where a browser plays
// on a loaded machine. One that hangs is told to say where.
const huntWait = 5 * time.Minute

func hunt(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), huntWait)
	t.Cleanup(cancel)
	p := &process{cmd: exec.CommandContext(ctx, os.Args[0], args...)}
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGQUIT) }
	p.cmd.WaitDelay = 5 * time.Second
	p.cmd.Env = append(os.Environ(), asHunt+"=1")
	p.cmd.Stdout = &p.stdout
	return p
}

// huntToEnd runs a command line and returns what came of it.
func huntToEnd(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	p := hunt(t, args...)
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Run(); p.cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode(), p.stdout.String(), p.stderr.String()
}

// onFreePorts are the flags of a small hunt that any number of may run.
var onFreePorts = []string{"dev", "--json", "--http", ":0", "--edges", "4000", "--partitions", "2", "--bots", "30"}

func devArgs(more ...string) []string { return append(append([]string(nil), onFreePorts...), more...) }

// startDev starts a hunt dev, waits until it can be played, and returns its page.
func startDev(t *testing.T, args ...string) (p *process, page string) {
	t.Helper()
	p = hunt(t, append(args, "--log-format", "json")...)
	pipe, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	p.drained = make(chan struct{})
	go p.drain(pipe, ready)
	page, ok := <-ready
	if !ok {
		<-p.drained
		t.Fatalf("it never was ready: %v\n%s", p.cmd.Wait(), p.stderr.String())
	}
	t.Cleanup(func() {
		if p.stop(t); t.Failed() {
			t.Logf("what it said:\n%s", p.stderr.String())
		}
	})
	return p, page
}

// drain reads what it says until it ends, so that it never waits for a reader,
// and tells the page's address once it is ready.
func (p *process) drain(pipe io.Reader, ready chan<- string) {
	defer close(p.drained)
	defer close(ready)
	lines, told := bufio.NewScanner(pipe), false
	for lines.Scan() {
		fmt.Fprintln(&p.stderr, lines.Text())
		var line struct{ Msg, Page string }
		if !told && json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "ready" {
			told = true
			ready <- line.Page
		}
	}
}

// stop interrupts it, as Ctrl-C does, and returns its exit code.
func (p *process) stop(t *testing.T) int {
	t.Helper()
	if p.cmd.ProcessState == nil {
		if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		<-p.drained
		_ = p.cmd.Wait() // the state says how it ended
	}
	return p.cmd.ProcessState.ExitCode()
}

// awaitMetric waits until the sum of a metric's lines is at least what is wanted.
func awaitMetric(t *testing.T, page, line string, want float64) {
	t.Helper()
	look := func() float64 {
		response, err := http.Get(page + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		sum := 0.0
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if text := lines.Text(); strings.HasPrefix(text, line) {
				v, err := strconv.ParseFloat(text[strings.LastIndexByte(text, ' ')+1:], 64)
				if err != nil {
					t.Fatalf("metric %q: %v", text, err)
				}
				sum += v
			}
		}
		return sum
	}
	if got, ok := within(huntWait/2, look, func(v float64) bool { return v >= want }); !ok {
		t.Fatalf("after %v %s is %v, want %v", huntWait/2, line, got, want)
	}
}

// within looks again and again until what it sees is right or time is up.
func within[T any](limit time.Duration, look func() T, is func(T) bool) (T, bool) {
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		v := look()
		if is(v) {
			return v, true
		}
		if time.Now().After(deadline) {
			return v, false
		}
		<-tick.C
	}
}

// devSummary reads what a run printed and holds it to what every run must show.
func devSummary(t *testing.T, stdout, stderr string) devResult {
	t.Helper()
	var keys map[string]any
	var r devResult
	if err := json.Unmarshal([]byte(stdout), &keys); err != nil {
		t.Fatalf("printed %q: %v\n%s", stdout, err, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	for _, key := range strings.Fields("ready_s world_edges partitions players moves_applied moves_durable grants duplicate_grants deltas state_hash") {
		if _, there := keys[key]; !there {
			t.Errorf("the summary has no %s: %s", key, stdout)
		}
	}
	if r.MovesApplied == 0 || r.MovesApplied != r.MovesDurable || r.DuplicateGrants != 0 || r.ReadyS <= 0 || len(r.StateHash) != 16 {
		t.Errorf("the summary is %s", stdout)
	}
	return r
}

// TestDev: rounds pass, everything applied is durable, and the folder's journal
// alone gives the state that the run ended with.
func TestDev(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	p, page := startDev(t, devArgs("--round", "1s", "--data-dir", dir)...)
	awaitMetric(t, page, "hunt_partition_tick_seconds_count", 2*3*codec.TicksPerSecond) // three rounds of two partitions
	awaitMetric(t, page, "hunt_partition_moves_durable_total", 100)
	awaitMetric(t, page, `hunt_gateway_messages_total{direction="out",kind="grant"}`, 1)
	if code := p.stop(t); code != exitOK {
		t.Fatalf("exit %d: %s", code, p.stderr.String())
	}
	r := devSummary(t, p.stdout.String(), p.stderr.String())
	if r.Players != 30 || r.Partitions != 2 || r.WorldEdges < 3800 || r.WorldEdges > 4200 || r.Grants == 0 || r.Temporary || r.DataDir != dir {
		t.Errorf("the summary is %+v", r)
	}
	if _, port, err := net.SplitHostPort(strings.TrimPrefix(r.Page, "http://")); err != nil || port == "0" {
		t.Errorf("the page is said to be at %q", r.Page)
	}
	code, stdout, stderr := huntToEnd(t, "replay", "--data-dir", dir, "--verify", "--json")
	var replayed struct {
		Moves     int64  `json:"moves"`
		StateHash string `json:"state_hash"`
	}
	if err := json.Unmarshal([]byte(stdout), &replayed); code != exitOK || err != nil {
		t.Fatalf("replay: exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	if replayed.StateHash != r.StateHash || replayed.Moves != r.MovesDurable {
		t.Errorf("the journal gives %+v, the run ended with %+v", replayed, r.Summary)
	}
	code, _, stderr = huntToEnd(t, devArgs("--for", "1s", "--round", "1s", "--seed", "2", "--data-dir", dir)...)
	if code == exitOK || !strings.Contains(stderr, "holds another hunt") || !strings.Contains(stderr, "another --data-dir") {
		t.Errorf("with another seed in the same folder: exit %d: %s", code, stderr)
	}
}

// TestDevInterrupted: Ctrl-C is how a run ends well; until then its folder is its own.
func TestDevInterrupted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	p, page := startDev(t, devArgs("--data-dir", dir)...)
	code, _, stderr := huntToEnd(t, devArgs("--for", "1s", "--data-dir", dir)...)
	if code != exitFailure || !strings.Contains(stderr, "in use by another process") {
		t.Errorf("a second process in the folder: exit %d: %s", code, stderr)
	}
	awaitMetric(t, page, "hunt_partition_moves_durable_total", 1)
	if code := p.stop(t); code != exitOK {
		t.Errorf("exit %d: %s", code, p.stderr.String())
	}
	if r := devSummary(t, p.stdout.String(), p.stderr.String()); r.DataDir != dir || r.Page != page {
		t.Errorf("the summary is %+v", r)
	}
}

// TestDevTemporaryFolder: --for ends a run by itself, and what was temporary goes with it.
func TestDevTemporaryFolder(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := huntToEnd(t, devArgs("--for", "1s")...)
	var r devResult
	if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil {
		t.Fatalf("exit %d, %v: printed %q, %s", code, err, stdout, stderr)
	}
	if _, err := os.Stat(r.DataDir); !r.Temporary || !os.IsNotExist(err) {
		t.Errorf("temporary %v, and %s is there still: %v", r.Temporary, r.DataDir, err)
	}
}

func TestDevMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	ragged := filepath.Join(dir, "ragged.map")
	if err := os.WriteFile(ragged, []byte("type octile\nheight 2\nwidth 3\nmap\n...\n.?.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	dots := filepath.Join(dir, "dots.map")
	if err := os.WriteFile(dots, []byte("type octile\nheight 1\nwidth 3\nmap\n.@.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "foreign.map")
	if err := os.WriteFile(foreign, []byte("\x89PNG\r\n\x1a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"the page's port is taken", []string{"--http", tcp.Addr().String()}, exitFailure, []string{"--http", tcp.Addr().String(), "port 0"}},
		{"the gateway's port is taken", []string{"--gateway", udp.LocalAddr().String()}, exitFailure, []string{"--gateway", udp.LocalAddr().String(), "port 0"}},
		{"the node's port is taken", []string{"--node", udp.LocalAddr().String()}, exitFailure, []string{"--node", udp.LocalAddr().String(), "port 0"}},
		{"a page for others", []string{"--http", "0.0.0.0:0"}, exitUsage, []string{"--http", "loopback only", "127.0.0.1:0"}},
		{"a gateway for others", []string{"--gateway", "[::]:0"}, exitUsage, []string{"--gateway", "loopback only"}},
		{"a node for others", []string{"--node", "example.com:1"}, exitUsage, []string{"--node", "loopback only"}},
		{"an address without a port", []string{"--http", "127.0.0.1"}, exitUsage, []string{"--http", "host:port"}},
		{"a map with a strange letter", []string{"--map", ragged}, exitUsage, []string{"ragged.map", "line 6, column 2"}},
		{"a map that is none", []string{"--map", foreign}, exitUsage, []string{"foreign.map", "line 1"}},
		{"a map that is not there", []string{"--map", filepath.Join(dir, "none.map")}, exitUsage, []string{"none.map"}},
		{"a map without two connected cells", []string{"--map", dots}, exitUsage, []string{"dots.map", "2 partitions of 2 nodes"}},
		{"a round too short", []string{"--round", "900ms"}, exitUsage, []string{"--round 900ms", "1s to 5m"}},
		{"no partitions", []string{"--partitions", "0"}, exitUsage, []string{"--partitions 0"}},
		{"fewer than no bots", []string{"--bots", "-1"}, exitUsage, []string{"--bots -1"}},
		{"bots of no speed", []string{"--bot-rate", "-1"}, exitUsage, []string{"--bot-rate -1"}},
		{"a world too small", []string{"--edges", "10"}, exitUsage, []string{"--edges 10"}},
		{"a hunt without a room", []string{"--hunt", "demo"}, exitUsage, []string{"demo"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := huntToEnd(t, devArgs(append(c.args, "--for", "1s")...)...)
			if code != c.code || stdout != "" {
				t.Errorf("exit %d (want %d), stdout %q", code, c.code, stdout)
			}
			last := lastLine(stderr)
			for _, want := range c.says {
				if !strings.Contains(last, want) {
					t.Errorf("%q does not say %q", last, want)
				}
			}
		})
	}
}

// TestDevAnswersForItsOwnNameOnly: a page of another site that makes its name
// resolve to this machine reads nothing of the hunt, metrics and health included.
func TestDevAnswersForItsOwnNameOnly(t *testing.T) {
	t.Parallel()
	_, page := startDev(t, devArgs("--bots", "0", "--edges", "2000", "--partitions", "1")...)
	for _, path := range []string{"/", "/metrics", "/livez", "/readyz", "/api/session", "/api/world"} {
		for host, want := range map[string]int{"": http.StatusOK, "evil.example": http.StatusForbidden, "127.0.0.1.evil.example:80": http.StatusForbidden} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = host
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != want {
				t.Errorf("%s for host %q: status %d, want %d", path, host, response.StatusCode, want)
			}
		}
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

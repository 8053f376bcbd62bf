package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntgraph/huntgraph/codec/huntpb"
)

func runPlay(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return run(t, []*cobra.Command{playCommand()}, append([]string{"play"}, args...)...)
}

func TestPlay(t *testing.T) {
	t.Parallel()
	_, page := startDev(t, devArgs("--bots", "0", "--edges", "50000")...)
	t.Run("until Ctrl-C", func(t *testing.T) {
		p := hunt(t, "play", "--server", page, "--json")
		p.cmd.Stderr = &p.stderr
		if err := p.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		awaitMetric(t, page, "hunt_partition_moves_applied_total", 1)
		if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		var r playResult
		if err := errors.Join(p.cmd.Wait(), json.Unmarshal(p.stdout.Bytes(), &r)); err != nil || r.Hunt != "dev/hunt" || p.stderr.Len() > 0 {
			t.Errorf("%v, stdout %q, stderr %q", err, p.stdout.String(), p.stderr.String())
		}
	})
	for _, c := range []struct {
		name     string
		args     string
		players  int
		moves    int64 // at least
		rejected string
	}{
		{"one", "--name ann", 1, 1, ""},
		{"many, named by the server", "--bots 12 --rate 8", 12, 12, ""},
		{"as lawless as can be", "--bots 4 --rate 200 --name zed", 4, 20, "too_fast"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := runPlay(t, append(strings.Fields(c.args), "--server", page+"/", "--for", "3s", "--json")...)
			var r playResult
			if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil || stderr != "" {
				t.Fatalf("exit %d, %v, stdout %q, stderr %q", code, err, stdout, stderr)
			}
			var rejected int64
			for _, n := range r.Rejected {
				rejected += n
			}
			if r.Hunt != "dev/hunt" || r.Players != c.players || r.Dials != int64(c.players) || r.Failures != 0 || r.Duplicates != 0 ||
				r.Moves < c.moves || r.OK == 0 || r.Moves != r.OK+rejected || r.Durable == 0 || r.Durable > r.OK ||
				r.RoundTripP50US <= 0 || r.RoundTripP99US < r.RoundTripP50US {
				t.Errorf("the summary is %s", stdout)
			}
			if _, there := r.Rejected[c.rejected]; c.rejected != "" && !there {
				t.Errorf("rejected %v, want some %q", r.Rejected, c.rejected)
			}
		})
	}
}

// TestPlayOverRestarts: a hunt that starts again, on the same folder and ports, has its
// players back whether it was killed or stopped; one that does not is a failure of play.
func TestPlayOverRestarts(t *testing.T) {
	t.Parallel()
	const bots = 6
	args := devArgs("--bots", "0", "--data-dir", filepath.Join(t.TempDir(), "data"))
	dev, page := startDev(t, args...)
	var at struct{ Gateway string }
	for line := range strings.Lines(dev.stderr.String()) {
		if strings.Contains(line, `"msg":"ready"`) {
			if err := json.Unmarshal([]byte(line), &at); err != nil {
				t.Fatal(err)
			}
		}
	}
	args = append(args, "--http", strings.TrimPrefix(page, "http://"), "--gateway", strings.TrimSuffix(strings.TrimPrefix(at.Gateway, "https://"), "/hunt"))
	p := hunt(t, "play", "--server", page, "--bots", strconv.Itoa(bots), "--json")
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	awaitMetric(t, page, "hunt_partition_moves_applied_total", 2*bots)
	for _, end := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		if err := dev.cmd.Process.Signal(end); err != nil {
			t.Fatal(err)
		}
		<-dev.drained
		_ = dev.cmd.Wait() // the state says how it ended
		dev, _ = startDev(t, args...)
		ready := time.Now()
		awaitMetric(t, page, "hunt_gateway_sessions", bots)
		awaitMetric(t, page, "hunt_partition_moves_applied_total", 2*bots)
		took := time.Since(ready)
		t.Logf("after %v all are back within %v of ready", end, took)
		if took > 30*time.Second { // clients that hear nothing give up after 45
			t.Errorf("nobody told the players of the %v gateway", end)
		}
	}
	dev.stop(t)
	// Broken sessions are noticed before play ends: the gateway told them.
	code, r := p.interrupted(t)
	if code != exitFailure || r.Players != bots || r.Out != bots || r.Dials < 3*bots || r.Duplicates != 0 ||
		!strings.Contains(p.stderr.String(), fmt.Sprintf("%d of %d players were out", bots, bots)) {
		t.Errorf("exit %d, %+v: %s", code, r, p.stderr.String())
	}
}

// interrupted ends a play as Ctrl-C does, and reads its summary.
func (p *process) interrupted(t *testing.T) (code int, r playResult) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() // the state says how it ended
	if err := json.Unmarshal(p.stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v: printed %q, %s", err, p.stdout.String(), p.stderr.String())
	}
	return p.cmd.ProcessState.ExitCode(), r
}

func TestPlayMistakes(t *testing.T) {
	answers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/page/"):
			fmt.Fprint(w, "<!doctype html>")
		case strings.HasPrefix(r.URL.Path, "/hash/"):
			fmt.Fprint(w, `{"gateway":"https://127.0.0.1:9/hunt","cert_hashes":["AAAA"],"player":"2a"}`)
		default:
			http.Error(w, "the partitions are being recovered", http.StatusServiceUnavailable)
		}
	}))
	defer answers.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, c := range []struct {
		name, args string
		code       int
		says       []string
	}{
		{"nobody is there", "--server " + gone.URL, exitFailure, []string{"connection refused", "hunt dev", "--server"}},
		{"another server is there", "--server " + answers.URL + "/page", exitFailure, []string{"not a hunt's server", "--server"}},
		{"a server with half an answer", "--server " + answers.URL + "/hash", exitFailure, []string{"cert_hashes", "--server"}},
		{"a server that is not ready", "--server " + answers.URL, exitFailure, []string{"503", "being recovered"}},
		{"an address without a scheme", "--server 127.0.0.1:8080", exitUsage, []string{"--server", "http://127.0.0.1:8080"}},
		{"an address of nothing", "--server http://", exitUsage, []string{"--server"}},
		{"no bots", "--bots 0", exitUsage, []string{"--bots 0"}},
		{"too many bots", "--bots 10001", exitUsage, []string{"--bots 10001"}},
		{"standing still", "--rate 0", exitUsage, []string{"--rate 0"}},
		{"a rate that is no number", "--rate NaN", exitUsage, []string{"--rate NaN"}},
		{"less than no time", "--for -1s", exitUsage, []string{"--for -1s"}},
		{"a long name", "--name abcdefghijklmnopq", exitUsage, []string{"at most 16 bytes"}},
		{"a name too long to number", "--name abcdefghijklmno --bots 10", exitUsage, []string{"abcdefghijklmno-10"}},
		{"an argument", "now", exitUsage, []string{"now"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := runPlay(t, strings.Fields(c.args)...)
			if code != c.code || stdout != "" || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit %d (want %d), stdout %q, stderr %q", code, c.code, stdout, stderr)
			}
			for _, want := range c.says {
				if !strings.Contains(stderr, want) {
					t.Errorf("stderr %q does not say %q", stderr, want)
				}
			}
		})
	}
}

// A treasure of a round comes once to all the players together (I2).
func TestPlayCountsDuplicates(t *testing.T) {
	g := &group{receipts: map[receipt]bool{}}
	for _, r := range []receipt{{1, 5}, {1, 6}, {2, 5}, {1, 7}, {1, 6}, {2, 5}, {4, 5}, {4, 6}} {
		g.granted(&huntpb.Grant{Round: r.round, Treasure: r.treasure})
	}
	if g.duplicates != 2 || len(g.receipts) != 2 {
		t.Errorf("%d duplicates (want 2: 1/6 and 2/5), keeps %v (want those of round 4)", g.duplicates, g.receipts)
	}
}

func TestStatusLine(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		r     playResult
		want  string
	}{
		{"begun", 100 * time.Millisecond, playResult{}, "   1 s  0 in  0 moves (0/s)  0 durable  0 treasures  p50 0s"},
		{"well", 10 * time.Second, playResult{Players: 2, Moves: 80, OK: 80, Durable: 79, Grants: 3, RoundTripP50US: 1250},
			"  10 s  2 in  80 moves (8/s)  79 durable  3 treasures  p50 1.25ms"},
		{"not so well", 10 * time.Second, playResult{Players: 2, Moves: 80, OK: 70, Failures: 1},
			"  10 s  2 in  80 moves (8/s)  0 durable  0 treasures  p50 0s  10 rejected  1 broken sessions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := statusLine(c.after, c.r); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/cmd/internal/system"
)

// admin orders the hunt in a folder and reads the answer into v.
func admin(t *testing.T, v any, args ...string) (code int, stderr string) {
	t.Helper()
	code, stdout, stderr := huntToEnd(t, append([]string{"admin", "--json"}, args...)...)
	if code == exitOK {
		if err := json.Unmarshal([]byte(stdout), v); err != nil {
			t.Fatalf("%v: %v in %q", args, err, stdout)
		}
	}
	return code, stderr
}

// TestRollbackKilled: a hunt that is killed at any moment of a rollback has rolled
// back everywhere or nowhere, and goes on; a fork outlives the process. What the
// journal holds replays to the same states, and an edit of it is found.
func TestRollbackKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	args := devArgs("--round", "3s", "--partitions", "3", "--edges", "9000", "--data-dir", dir)
	p, page := startDev(t, args...)
	awaitMetric(t, page, "hunt_partition_moves_durable_total", 100)
	var made system.Branch
	if code, stderr := admin(t, &made, "fork", "f", "--data-dir", dir); code != exitOK {
		t.Fatal(stderr)
	}
	for i, after := range []time.Duration{0, 120 * time.Millisecond, 250 * time.Millisecond, 450 * time.Millisecond} {
		awaitMetric(t, page, "hunt_partition_moves_durable_total", 30)
		order := hunt(t, "admin", "rollback", "f", "--data-dir", dir)
		if err := order.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after) // the moment of the crash
		kill(t, p)
		_ = order.cmd.Wait() // nobody answers it, or it was done
		if p, page = startDev(t, args...); i == 0 {
			var list system.ForkList
			if code, stderr := admin(t, &list, "forks", "--data-dir", dir); code != exitOK || len(list.Forks) != 1 || list.Forks[0].Cut != made.Cut {
				t.Errorf("after a restart the forks are %+v: %s", list, stderr)
			}
		}
	}
	var rolled system.RolledBack
	if code, stderr := admin(t, &rolled, "rollback", "f", "--data-dir", dir); code != exitOK || rolled.To != made.Cut {
		t.Fatalf("%+v: %s", rolled, stderr)
	}
	awaitMetric(t, page, "hunt_partition_moves_durable_total", 30)
	kill(t, p)
	code, stdout, stderr := huntToEnd(t, "replay", "--data-dir", dir, "--verify", "--json")
	if code != exitOK || !strings.Contains(stdout, `"hash_mismatches":0`) {
		t.Fatalf("replay: exit %d: %s%s", code, stdout, stderr)
	}
	again := []string{"replay", "--data-dir", dir, "--from", "1/2", "--to", rolled.At, "--json", "--verify"}
	if code, stdout, stderr := huntToEnd(t, again...); code != exitOK || !strings.Contains(stdout, `"first_difference":""`) {
		t.Errorf("the range again: exit %d: %s%s", code, stdout, stderr)
	}
	record := 20
	code = exitFailure
	for ; code == exitFailure && record < 90; record++ { // the first record of partition 1 that has inputs
		code, stdout, stderr = huntToEnd(t, append(again, "--edit", fmt.Sprintf("drop:1:1/%d", record))...)
	}
	if code != exitUnsafe || strings.Contains(stdout, `"first_difference":""`) {
		t.Fatalf("a record dropped: exit %d: %s%s", code, stdout, stderr)
	}
	for _, c := range []struct {
		edit string
		code int
	}{
		{fmt.Sprintf("insert:1:1/%d#1:weight,0,7", record-1), exitOK}, // another partition's edge: refused, so nothing differs
		{"drop:1:1/30#999", exitFailure},
		{"drop:7:1/30", exitFailure},
		{"drop", exitUsage},
	} {
		if code, stdout, stderr := huntToEnd(t, append(again, "--edit", c.edit)...); code != c.code {
			t.Errorf("--edit %s: exit %d, want %d: %s%s", c.edit, code, c.code, stdout, stderr)
		}
	}
}

// kill ends a hunt as a crash does.
func kill(t *testing.T, p *process) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.drained
	_ = p.cmd.Wait() // it was killed
}

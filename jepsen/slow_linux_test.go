package jepsen

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// throttle is where a kernel with control groups of version 1 takes how many writes
// a second a device carries, for all that is in no group of its own.
const throttle = "/sys/fs/cgroup/blkio/blkio.throttle.write_iops_device"

// slow lets the disk carry so many writes a second; 0: any number.
func (d *disk) slow(writes int) {
	d.t.Helper()
	var st syscall.Stat_t
	must(d.t, syscall.Stat(d.dir, &st))
	limit := fmt.Sprintf("%d:%d %d", unix.Major(st.Dev), unix.Minor(st.Dev), writes)
	err := os.WriteFile(throttle, []byte(limit), 0)
	if errors.Is(err, fs.ErrNotExist) {
		d.t.Skipf("needs a kernel that slows a disk down: %v", err)
	}
	must(d.t, err)
}

// pace is how a hunt gets on, all partitions together.
type pace struct {
	taken, refused, durable float64 // inputs, and moves
	records, lag            float64 // durable, and the seconds that they took for it
}

func (p pace) since(o pace) pace {
	return pace{p.taken - o.taken, p.refused - o.refused, p.durable - o.durable, p.records - o.records, p.lag - o.lag}
}

// meanLag is how long a record took to become durable.
func (p pace) meanLag() time.Duration {
	return time.Duration(p.lag / max(p.records, 1) * float64(time.Second))
}

// paceOf reads the figures of a running hunt.
func paceOf(t *testing.T, page string) (p pace) {
	t.Helper()
	r, err := http.Get(page + "/metrics")
	must(t, err)
	defer r.Body.Close()
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "} ")
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		name, labels, _ := strings.Cut(name, "{")
		switch name {
		case "hunt_partition_inputs_total":
			if strings.Contains(labels, `code="ok"`) {
				p.taken += v
			} else if strings.Contains(labels, `code="not now"`) {
				p.refused += v
			}
		case "hunt_partition_moves_durable_total":
			p.durable += v
		case "hunt_partition_durable_lag_seconds_count":
			p.records += v
		case "hunt_partition_durable_lag_seconds_sum":
			p.lag += v
		}
	}
	return p
}

// TestSlowDisk: a disk that carries a quarter of the writes that play makes where
// they cost nothing gets fewer and longer records. Play goes on, nothing that is
// asked for in it is refused for the disk's sake, and when the disk is itself again
// nothing is left of it.
func TestSlowDisk(t *testing.T) {
	bin := hunt(t)
	d := newDisk(t, 512)
	d.slow(0)
	t.Cleanup(func() { d.slow(0) })
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	p, err := Start(ctx, bin, dev(filepath.Join(d.dir, "data"), 9000, "--bots", "120")...)
	must(t, err)
	t.Cleanup(func() { p.Kill() })
	ready, err := p.Ready(ctx)
	must(t, err)
	await := func(what string, done func(now pace) bool) (now pace) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(500 * time.Millisecond) {
			if now = paceOf(t, ready.Page); done(now) {
				return now
			}
			if time.Now().After(deadline) {
				t.Fatalf("not within a minute: %s; %+v", what, now)
			}
		}
	}
	before := await("play begins", func(now pace) bool { return now.durable >= 300 })
	began := time.Now()
	d.slow(100)
	after := await("play on a slow disk", func(now pace) bool { return now.durable >= before.durable+1500 })
	took := time.Since(began)
	d.slow(0)
	slow := after.since(before)
	if slow.refused > slow.taken/10 || slow.meanLag() > 1500*time.Millisecond {
		t.Errorf("on the slow disk %.0f inputs were taken and %.0f refused; a record took %v", slow.taken, slow.refused, slow.meanLag())
	}
	began, last := time.Now(), after
	await("records are durable at once again", func(now pace) bool {
		window := now.since(last)
		last = now
		return window.records > 20 && window.meanLag() < 200*time.Millisecond
	})
	t.Logf("%.0f moves in %v on the slow disk, %.0f records of %v; itself again within %v",
		slow.durable, took, slow.records, slow.meanLag(), time.Since(began))
	s, err := ReadSummary(p.Interrupt())
	must(t, err)
	if s.MovesDurable != s.MovesApplied || s.DuplicateGrants != 0 {
		t.Errorf("%+v", s)
	}
}

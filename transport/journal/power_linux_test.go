package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

const (
	workerVariable = "HUNT_JOURNAL_TEST_WORKER" // the folder of the server that a worker runs
	lazyVariable   = "HUNT_JOURNAL_TEST_LAZY"   // set: without a sync of every write
)

func init() { roles[workerVariable] = runWorker }

// A worker is a process that runs a server and does all that a node does with
// it, and says on its standard output what was acknowledged, a line each:
//
//	record P ROUND SEQ      snapshot P ROUND SEQ      event 1 SEQ
//
// and deleting P ROUND before it deletes a round and its snapshot.
// It goes on where the folder ends, until its disk fails or its input ends.
func runWorker(dir string) error {
	s, err := StartServer(Config{Dir: dir, Log: quiet, lazy: os.Getenv(lazyVariable) != ""})
	if err != nil {
		return err
	}
	defer s.Close()
	nc, err := s.Connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	j, err := New(nc, hunt)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	failed := make(chan error)
	for p := range codec.PartitionID(2) {
		go func() { failed <- workPartition(ctx, j.Partition(p), p) }()
	}
	go func() { failed <- workEvents(ctx, j.Events()) }()
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		failed <- err
	}()
	return <-failed
}

// A round of the worker has so many records; a snapshot is put at half of it,
// the stream of the round before the last is deleted with each base.
const workRecords = 60

func workPartition(ctx context.Context, l *Log, p codec.PartitionID) error {
	round, seq := codec.Round(1), uint64(0)
	rounds, err := l.Rounds(ctx)
	if err != nil {
		return err
	}
	for _, r := range rounds {
		last, _, err := l.Last(ctx, r)
		if err != nil {
			return err
		}
		if last > 0 {
			round, seq = r, last
		}
	}
	for ; ; round, seq = round+1, 0 {
		if err := l.Create(ctx, round); err != nil {
			return err
		}
		var open []Pending
		for first := seq + 1; seq < workRecords || len(open) > 0; {
			for ; seq < workRecords && len(open) < 8; seq++ {
				open = append(open, l.Start(at(round, seq+1), record(seq+1)))
			}
			if err := open[0].Wait(ctx); err != nil {
				return err
			}
			open = open[1:]
			fmt.Printf("record %d %d %d\n", p, round, first)
			if first == workRecords/2 {
				// As a partition does, it tries again where the disk has no room now.
				for l.PutSnapshot(ctx, at(round, first), noise(100_000)) != nil && ctx.Err() == nil {
					time.Sleep(firstPause)
				}
				fmt.Printf("snapshot %d %d %d\n", p, round, first)
			}
			first++
		}
		if round > 2 {
			fmt.Printf("deleting %d %d\n", p, round-2)
			for errors.Join(l.DeleteRound(ctx, round-2), l.DeleteSnapshot(ctx, at(round-2, workRecords/2))) != nil && ctx.Err() == nil {
				time.Sleep(firstPause)
			}
		}
	}
}

func workEvents(ctx context.Context, e *Events) error {
	if err := e.Create(ctx, 1); err != nil {
		return err
	}
	state, err := e.stream(1).state(ctx)
	for seq := state.LastSeq; err == nil; {
		if seq, err = e.Append(ctx, 1, seq, []byte(event(1, seq+1))); err == nil {
			fmt.Printf("event 1 %d\n", seq)
		}
	}
	return err
}

// acknowledged is what workers said.
type acknowledged struct {
	records   [2]map[codec.Round]uint64
	snapshots [2]map[codec.Round]uint64
	events    uint64
	lines     int
}

func newAcknowledged() *acknowledged {
	a := new(acknowledged)
	for p := range a.records {
		a.records[p], a.snapshots[p] = map[codec.Round]uint64{}, map[codec.Round]uint64{}
	}
	return a
}

func (a *acknowledged) take(t *testing.T, line string) {
	var what string
	var p int
	var round codec.Round
	var seq uint64
	a.lines++
	switch {
	case strings.HasPrefix(line, "event"):
		_, err := fmt.Sscanf(line, "event 1 %d", &a.events)
		must(t, err)
	case strings.HasPrefix(line, "deleting"):
		_, err := fmt.Sscanf(line, "deleting %d %d", &p, &round)
		must(t, err)
		delete(a.records[p], round)
		delete(a.snapshots[p], round)
	default:
		_, err := fmt.Sscanf(line, "%s %d %d %d", &what, &p, &round, &seq)
		must(t, err)
		if what == "snapshot" {
			a.snapshots[p][round] = seq
		} else {
			a.records[p][round] = seq
		}
	}
}

// worker runs a worker on the folder and takes what it says until it is killed,
// which is what event, called after the nth acknowledgement, has to see to.
func (a *acknowledged) worker(t *testing.T, dir string, event func(w *exec.Cmd, n int), env ...string) {
	t.Helper()
	w := exec.Command(os.Args[0])
	w.Env = append(os.Environ(), append(env, workerVariable+"="+dir)...)
	stdin, err := w.StdinPipe()
	must(t, err)
	stdout, err := w.StdoutPipe()
	must(t, err)
	var complaint strings.Builder
	w.Stderr = &complaint
	must(t, w.Start())
	defer stdin.Close()
	watch := time.AfterFunc(time.Minute, func() { _ = w.Process.Kill() }) // fails only if it has ended
	said := bufio.NewScanner(stdout)
	for n := 1; said.Scan(); n++ {
		a.take(t, said.Text())
		event(w, n)
	}
	if err := w.Wait(); err == nil || w.ProcessState.Exited() || !watch.Stop() {
		t.Fatalf("the worker was not killed after %d acknowledgements: %v: %s", a.lines, err, complaint.String())
	}
}

// after is the event of one acknowledgement.
func after(lines int, act func(*exec.Cmd)) func(*exec.Cmd, int) {
	return func(w *exec.Cmd, n int) {
		if n == lines {
			act(w)
		}
	}
}

// kill ends a process; _ = because it may have ended.
func kill(w *exec.Cmd) { _ = w.Process.Kill() }

// lost is what a start on the folder finds missing of what was acknowledged.
func (a *acknowledged) lost(t *testing.T, dir string) (missing []string) {
	t.Helper()
	s, err := StartServer(Config{Dir: dir, Log: quiet})
	if err != nil {
		return []string{err.Error()}
	}
	defer s.Close()
	nc := connect(t, s)
	defer nc.Close()
	j := journal(t, nc)
	for p := range a.records {
		l := j.Partition(codec.PartitionID(p))
		for round, seq := range a.records[p] {
			if last, err := check(t, l, round, 1); err != nil || last < seq {
				missing = append(missing, fmt.Sprintf("partition %d, round %d goes to record %d of %d (%v)", p, round, last, seq, err))
			}
		}
		for round, seq := range a.snapshots[p] {
			if got, err := l.Snapshot(soon(t), at(round, seq)); err != nil || string(got) != string(noise(100_000)) {
				missing = append(missing, fmt.Sprintf("snapshot of partition %d at %d/%d: %v", p, round, seq, err))
			}
		}
	}
	last := uint64(0)
	err = j.Events().Read(soon(t), 1, func(seq uint64, _ []byte) error { last = seq; return nil })
	if err != nil && a.events > 0 || last < a.events {
		missing = append(missing, fmt.Sprintf("event %d of %d (%v)", last, a.events, err))
	}
	return missing
}

// powerLoss ends process and disk at once: the process says nothing more when
// the disk goes, and is gone when it comes back.
func (d *disk) powerLoss(w *exec.Cmd) {
	must(d.t, w.Process.Signal(syscall.SIGSTOP))
	for stopped := false; !stopped; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.Process.Pid))
		must(d.t, err)
		stopped = strings.Contains(string(stat), ") T ")
	}
	d.cut()
	kill(w)
}

// I3: what was acknowledged is there after the power was cut, again and again,
// in the middle of appends, snapshots, new rounds and deletions.
func TestPowerLoss(t *testing.T) {
	d := newDisk(t, 128)
	a := newAcknowledged()
	for _, lines := range []int{1, 2, 40, 150, 333, 400} {
		a.worker(t, d.dir, after(lines, d.powerLoss))
		d.heal()
		if missing := a.lost(t, d.dir); missing != nil {
			t.Fatalf("after %d acknowledgements: lost %s", a.lines, strings.Join(missing, "; "))
		}
	}
	t.Logf("%d acknowledgements, to %v", a.lines, a.records)
	if a.lines < 920 || len(a.snapshots[0]) == 0 || a.events == 0 {
		t.Errorf("the workers did little: %+v", a)
	}
}

// The same without a sync of every write loses what was acknowledged, and the
// test finds it: kill -9 alone would not show that.
func TestPowerLossWithoutSync(t *testing.T) {
	d := newDisk(t, 128)
	a := newAcknowledged()
	a.worker(t, d.dir, after(200, d.powerLoss), lazyVariable+"=1")
	d.heal()
	missing := a.lost(t, d.dir)
	t.Log(missing)
	if missing == nil {
		t.Error("nothing is lost, so TestPowerLoss shows nothing")
	}
}

// kill -9 alone loses nothing, with or without syncs.
func TestKillWithoutSync(t *testing.T) {
	dir := t.TempDir()
	a := newAcknowledged()
	a.worker(t, dir, after(200, kill), lazyVariable+"=1")
	if missing := a.lost(t, dir); missing != nil {
		t.Errorf("lost %v", missing)
	}
}

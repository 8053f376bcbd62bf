package journal

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ballast fills the disk up; empty makes room again.
func (d *disk) ballast() string { return filepath.Join(d.dir, "ballast") }

func (d *disk) fill() {
	d.t.Helper()
	f, err := os.Create(d.ballast())
	must(d.t, err)
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			d.t.Fatal(err)
		}
	}
	must(d.t, f.Sync())
}

func (d *disk) empty() {
	if err := os.Remove(d.ballast()); err != nil {
		d.t.Error(err)
	}
}

// I3: a disk without room acknowledges nothing that is not on it, and when there
// is room again everything goes on by itself.
func TestFullDisk(t *testing.T) {
	const full = 3 * time.Second // longer than an attempt waits
	d := newDisk(t, 32)
	a := newAcknowledged()
	var since time.Time
	late := 0 // acknowledgements of a disk that is surely full
	a.worker(t, d.dir, func(w *exec.Cmd, n int) {
		switch {
		case n == 150:
			d.fill()
			since = time.Now()
			time.AfterFunc(full, d.empty)
		case n == 600:
			d.powerLoss(w)
		case n > 150 && time.Since(since) > full/2 && time.Since(since) < full:
			late++
		}
	})
	d.heal()
	if missing := a.lost(t, d.dir); missing != nil {
		t.Errorf("after %d acknowledgements: lost %s", a.lines, strings.Join(missing, "; "))
	}
	if late > 0 {
		t.Errorf("%d acknowledgements of a full disk", late)
	}
}

// An append to a full disk tries until its context ends and says then that it
// does not know; what was acknowledged is what is on the disk.
func TestAppendToFullDisk(t *testing.T) {
	d := newDisk(t, 32)
	j, stop := open(t, d.dir, withAckWait(100*time.Millisecond))
	l := j.Partition(0)
	fill(t, l, 1, 5)
	d.fill()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	last := uint64(5)
	var err error
	for ; err == nil; last++ { // the last block of the file has room for some
		err = l.Append(ctx, at(1, last+1), record(last+1))
	}
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not known to be stored") {
		t.Errorf("the last append: %v", err)
	}
	stop()
	d.empty()
	j, _ = open(t, d.dir)
	if stored, err := check(t, j.Partition(0), 1, 1); err != nil || stored != last-1 {
		t.Errorf("%d records are on the disk, %d were acknowledged (%v)", stored, last-1, err)
	}
	must(t, j.Partition(0).Append(soon(t), at(1, last), record(last)))
}

// The stream of a round that begins while the disk is full is made when there is room.
func TestCreateOnFullDisk(t *testing.T) {
	d := newDisk(t, 32)
	j, _ := open(t, d.dir, withAckWait(100*time.Millisecond))
	l := j.Partition(0)
	d.fill()
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := l.Create(short, 1); err == nil {
		t.Skip("the last block of the disk has room for a stream")
	}
	time.AfterFunc(time.Second, d.empty)
	must(t, l.Create(soon(t), 1))
	fill(t, l, 1, 5)
}

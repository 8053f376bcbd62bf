package jepsen

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// disk is an ext4 in a file, mounted, whose power can be cut.
type disk struct {
	t          *testing.T
	image, dir string
}

// newDisk makes a disk of some MiB. It needs root, loop devices and ext4; without
// them the test is skipped, or fails where HUNT_REQUIRE_DISK is set.
func newDisk(t *testing.T, mebibytes int64) *disk {
	t.Helper()
	d := &disk{t, filepath.Join(t.TempDir(), "image"), t.TempDir()}
	must(t, os.WriteFile(d.image, nil, 0o600))
	must(t, os.Truncate(d.image, mebibytes<<20))
	for _, command := range [][]string{{"mkfs.ext4", "-q", d.image}, {"mount", "-o", "loop", d.image, d.dir}} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			if os.Getenv("HUNT_REQUIRE_DISK") != "" {
				t.Fatalf("%v: %v: %s", command, err, out)
			}
			t.Skipf("needs root and a loop-mounted ext4, but %v says: %v: %s", command, err, out)
		}
	}
	t.Cleanup(func() { _ = syscall.Unmount(d.dir, syscall.MNT_DETACH) }) // fails where it is not mounted
	return d
}

// powerLoss ends a process and the disk under it at once: the process says
// nothing more when the disk goes, and what was not yet written to it is gone,
// also what the file system's own log held in memory.
func (d *disk) powerLoss(p *Process) {
	d.t.Helper()
	must(d.t, p.cmd.Process.Signal(syscall.SIGSTOP))
	for stopped := false; !stopped; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		must(d.t, err)
		stopped = bytes.Contains(stat, []byte(") T "))
	}
	const shutdown = 0x8004587d // EXT4_IOC_SHUTDOWN
	noLogFlush := uint32(2)
	f, err := os.Open(d.dir)
	must(d.t, err)
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&noLogFlush)))
	must(d.t, f.Close())
	if errno != 0 {
		d.t.Fatalf("cut the power: %v", errno)
	}
	p.Kill()
	must(d.t, syscall.Unmount(d.dir, 0))
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		d.t.Fatalf("mount again: %v: %s", err, out)
	}
}

// I3: the power goes under a running hunt, the first time in its first seconds;
// every move that was called durable is there, and the hunt goes on.
func TestPowerLoss(t *testing.T) {
	bin := hunt(t)
	d := newDisk(t, 512)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	const roundTicks = 150
	dir, crowd := filepath.Join(d.dir, "data"), NewCrowd(8)
	keep(t, crowd)
	args := dev(dir, roundTicks, "--bots", "120")
	for _, tick := range []int{30, roundTicks + 20, 2*roundTicks + 60} {
		l := live(ctx, t, bin, crowd, args)
		must(t, crowd.Await(ctx, moment(uint32(1+tick/roundTicks), uint32(tick%roundTicks))))
		d.powerLoss(l.Process)
		l.stop()
		crowd.Killed()
		r := verified(ctx, t, bin, dir)
		if told := DurableMoves(crowd.Histories()); r.Moves < told {
			t.Errorf("I3: the journal holds %d moves, the observers were told of %d durable ones", r.Moves, told)
		}
		t.Logf("cut at tick %d: %+v", tick, r)
	}
	l := live(ctx, t, bin, crowd, args)
	must(t, crowd.Await(ctx, moment(4, 30)))
	enough(ctx, t, crowd)
	l.killed(crowd)
	check(t, Clock{RoundTicks: roundTicks, IdleTicks: 60 * 30}, crowd.Histories())
}

package journal

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"
)

// disk is a file system of its own, ext4 in a file, whose power can be cut.
type disk struct {
	t     testing.TB
	image string
	dir   string // where it is mounted
}

// newDisk makes a disk of some MiB, mounted. It needs root, loop devices and
// ext4; without them the test is skipped, or fails where HUNT_REQUIRE_DISK is set.
func newDisk(t testing.TB, mebibytes int64) *disk {
	t.Helper()
	d := &disk{t: t, image: filepath.Join(t.TempDir(), "image"), dir: t.TempDir()}
	f, err := os.Create(d.image)
	must(t, err)
	must(t, f.Truncate(mebibytes<<20))
	must(t, f.Close())
	if out, err := exec.Command("mkfs.ext4", "-q", "-m", "0", d.image).CombinedOutput(); err != nil {
		d.unable("mkfs.ext4", err, out)
	}
	if out, err := d.tryMount(); err != nil {
		d.unable("mount", err, out)
	}
	t.Cleanup(func() { _ = syscall.Unmount(d.dir, syscall.MNT_DETACH) }) // fails where the test has unmounted it
	return d
}

func (d *disk) unable(what string, err error, out []byte) {
	d.t.Helper()
	if os.Getenv("HUNT_REQUIRE_DISK") != "" {
		d.t.Fatalf("%s: %v: %s", what, err, out)
	}
	d.t.Skipf("needs root and a loop-mounted ext4, but %s says: %v: %s", what, err, bytes.TrimSpace(out))
}

func (d *disk) tryMount() ([]byte, error) {
	return exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput()
}

// cut ends every access to the disk and forgets what was not written to it, as
// a power loss does: also what the file system's own log still held in memory.
func (d *disk) cut() {
	d.t.Helper()
	const (
		goingDown  = 0x8004587d // EXT4_IOC_SHUTDOWN: _IOR('X', 125, __u32)
		noLogFlush = uint32(2)
	)
	f, err := os.Open(d.dir)
	must(d.t, err)
	defer f.Close()
	flags := noLogFlush
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), goingDown, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		d.t.Fatalf("cutting the power: %v", errno)
	}
}

// heal mounts the disk again, once nobody has a file of it open.
func (d *disk) heal() {
	d.t.Helper()
	must(d.t, syscall.Unmount(d.dir, 0))
	if out, err := d.tryMount(); err != nil {
		d.t.Fatalf("mounting again: %v: %s", err, out)
	}
}

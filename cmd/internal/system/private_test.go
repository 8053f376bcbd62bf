package system

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// privateHunt is a small hunt in a folder that others may look into.
func privateHunt(t *testing.T) (dir string, plan Plan) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, Plan{Hunt: "a/b", Edges: 2000, Seed: 1, Partitions: 1, RoundTicks: 900}
}

// TestFolderIsPrivate: the folder, its lock and its plan are their owner's alone,
// also those that were not.
func TestFolderIsPrivate(t *testing.T) {
	dir, plan := privateHunt(t)
	for _, before := range []os.FileMode{0, 0o644} {
		f, err := OpenFolder(dir, plan)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]os.FileMode{".": 0o700, lockFile: 0o600, planFile: 0o600} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("%s has mode %o, want %o; before %o", name, got, want, before)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{lockFile, planFile} {
			if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestFolderFollowsNothing: a link, a FIFO, a device or a folder in the place of
// a file is refused at once, by name, and what a link leads to stays as it was.
func TestFolderFollowsNothing(t *testing.T) {
	precious := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(precious, []byte("keep me"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{lockFile, planFile} {
		for what, put := range map[string]func(path string) error{
			"link":          func(path string) error { return os.Symlink(precious, path) },
			"dangling link": func(path string) error { return os.Symlink(precious+".none", path) },
			"FIFO":          func(path string) error { return unix.Mkfifo(path, 0o600) },
			"device":        func(path string) error { return os.Symlink("/dev/zero", path) },
			"folder":        func(path string) error { return os.Mkdir(path, 0o700) },
		} {
			t.Run(file+" is a "+what, func(t *testing.T) {
				dir, plan := privateHunt(t)
				path := filepath.Join(dir, file)
				if err := put(path); err != nil {
					t.Fatal(err)
				}
				done := make(chan error, 1)
				go func() {
					f, err := OpenFolder(dir, plan)
					if err == nil {
						_ = f.Close()
					}
					done <- err
				}()
				select {
				case err := <-done:
					if err == nil || !strings.Contains(err.Error(), path) {
						t.Errorf("%v, want an error that names %s", err, path)
					}
				case <-time.After(time.Minute):
					t.Fatal("the folder is still being opened after a minute")
				}
				if b, err := os.ReadFile(precious); err != nil || string(b) != "keep me" {
					t.Errorf("what the link leads to holds %q, %v", b, err)
				}
				if _, err := os.Stat(precious + ".none"); err == nil {
					t.Error("a file was made behind the link")
				}
			})
		}
	}
}

// TestWriteSyncedReplacesLinks: what a link leads to is not written.
func TestWriteSyncedReplacesLinks(t *testing.T) {
	dir := t.TempDir()
	precious, path := filepath.Join(dir, "precious"), filepath.Join(dir, "file")
	if err := os.WriteFile(precious, []byte("keep me"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{path, path + ".new"} {
		if err := os.Symlink(precious, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeSynced(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(precious); err != nil || string(b) != "keep me" {
		t.Errorf("what the link leads to holds %q, %v", b, err)
	}
	if b, err := readPrivate(path); err != nil || string(b) != "new" {
		t.Errorf("written is %q, %v", b, err)
	}
}

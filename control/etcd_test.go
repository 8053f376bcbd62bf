package control_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/goleak"

	"github.com/huntgraph/huntgraph/control"
)

// start runs an embedded etcd for the test.
func start(t *testing.T, dir string) *control.Etcd {
	t.Helper()
	e, err := control.StartEtcd(t.Context(), control.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func client(t *testing.T) *clientv3.Client {
	t.Helper()
	e := start(t, filepath.Join(t.TempDir(), "etcd"))
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e.Client()
}

// TestEtcdKeeps: what was written is there after a restart, the revision goes
// on growing, and a closed member leaves no goroutine.
func TestEtcdKeeps(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	dir := filepath.Join(t.TempDir(), "etcd")
	began := time.Now()
	e := start(t, dir)
	t.Logf("ready in %v", time.Since(began))
	put, err := e.Client().Put(t.Context(), "k", "v")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = start(t, dir)
	got, err := e.Client().Get(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Kvs) != 1 || string(got.Kvs[0].Value) != "v" || got.Header.Revision < put.Header.Revision {
		t.Errorf("after a restart: %v at revision %d, written at %d", got.Kvs, got.Header.Revision, put.Header.Revision)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, ignore)
}

func TestEtcdInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "etcd")
	e := start(t, dir)
	defer func() { _ = e.Close() }()
	_, err := control.StartEtcd(t.Context(), control.Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a second member in one folder: %v", err)
	}
}

func TestEtcdWithoutFolder(t *testing.T) {
	if _, err := control.StartEtcd(t.Context(), control.Config{}); err == nil {
		t.Error("started without a folder")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := control.StartEtcd(t.Context(), control.Config{Dir: file}); err == nil {
		t.Error("started in a file")
	}
}

// written is a data folder of a member that was stopped.
func written(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "etcd")
	e := start(t, dir)
	for i := range 300 {
		if _, err := e.Client().Put(t.Context(), fmt.Sprintf("key%d", i), strings.Repeat("x", 200)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func wal(t *testing.T, dir string) string {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "member", "wal", "*.wal"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("logs %v, %v", logs, err)
	}
	return logs[0]
}

func database(_ *testing.T, dir string) string { return filepath.Join(dir, "member", "snap", "db") }

// TestEtcdDamaged: every damage to the folder is an error of StartEtcd, never
// the end of the process.
func TestEtcdDamaged(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 0xff; return b }
	}
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }
	zero := func(from, to int) func([]byte) []byte {
		return func(b []byte) []byte { clear(b[from:to]); return b }
	}
	cases := []struct {
		name   string
		file   func(*testing.T, string) string
		damage func([]byte) []byte
	}{
		{"log with a flipped byte", wal, flip(20_000)},
		{"log with a flipped first byte", wal, flip(0)},
		{"log with a hole", wal, zero(8_192, 12_288)},
		{"log cut in half", wal, cut(30_000)},
		{"log missing", wal, nil},
		{"log empty", wal, cut(0)},
		{"database empty of pages", database, zero(0, 8192)},
		{"database with damaged branch pages", database, zero(8192, 40_960)},
		{"database cut short", database, cut(12_288)},
		{"database of another kind", database, func([]byte) []byte { return []byte("not a database, but some text") }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := written(t)
			path := c.file(t, dir)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.damage == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, c.damage(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			e, err := control.StartEtcd(ctx, control.Config{Dir: dir})
			if err == nil {
				_ = e.Close()
				t.Fatal("started as if nothing were wrong")
			}
			if ctx.Err() != nil {
				t.Fatalf("no answer in time: %v", err)
			}
			t.Log(err)
		})
	}
}

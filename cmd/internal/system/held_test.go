package system

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
)

// The hunt ends soon after its folder is gone from its place, and names it.
func TestFolderLost(t *testing.T) {
	for name, lose := range map[string]func(dir string) error{
		"renamed": func(dir string) error { return os.Rename(dir, dir+".old") },
		"removed": os.RemoveAll,
		"replaced": func(dir string) error {
			return errors.Join(os.Rename(dir, dir+".old"), os.CopyFS(dir, os.DirFS(dir+".old")))
		},
		"its parent renamed": func(dir string) error { return os.Rename(filepath.Dir(dir), filepath.Dir(dir)+".old") },
		"its journal gone":   func(dir string) error { return os.Rename(filepath.Join(dir, journalDir), dir+".journal") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			dir := filepath.Join(t.TempDir(), "parent", "data")
			d, err := StartDev(ctx, DevConfig{
				Dir: dir, HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0", Bots: 5, BotRate: 8,
				Plan: Plan{Hunt: "demo/main", Edges: 4000, Seed: 1, Partitions: 2, RoundTicks: codec.MaxRoundTicks},
				Log:  slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := lose(dir); err != nil {
				t.Log(err) // files may come while it is removed
			}
			select {
			case err = <-d.failed:
			case <-ctx.Done():
				t.Fatal("the hunt goes on")
			}
			if !errors.Is(err, ErrFolderLost) || !strings.Contains(err.Error(), dir) {
				t.Errorf("the hunt ended with: %v", err)
			}
			_, _ = d.Stop() // what it says is that the folder is lost
		})
	}
}

// I3: what is acknowledged after the folder is gone from its place is not durable.
func TestNothingIsDurableInALostFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	f, err := OpenFolder(dir, Plan{Hunt: "demo/main", Edges: 4000, Seed: 1, Partitions: 1, RoundTicks: codec.MaxRoundTicks})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenStore(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(s.Close(), f.Close()) }()
	log := heldLog{s.Journal.Partition(0), f}
	if err := errors.Join(log.Create(t.Context(), 1), log.Append(t.Context(), codec.Index{Round: 1, Seq: 1}, []byte("kept"))); err != nil {
		t.Fatal(err)
	}
	begun := log.Start(codec.Index{Round: 1, Seq: 2}, []byte("under way"))
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	if err := begun.Wait(t.Context()); !errors.Is(err, ErrFolderLost) {
		t.Errorf("a record that was under way: %v", err)
	}
	if err := log.Append(t.Context(), codec.Index{Round: 1, Seq: 3}, []byte("lost")); !errors.Is(err, ErrFolderLost) {
		t.Errorf("a record after that: %v", err)
	}
	if err := os.Rename(dir+".old", dir); err != nil || f.held() != nil {
		t.Errorf("it is back: %v, %v", err, f.held())
	}
}

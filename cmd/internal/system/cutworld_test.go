package system

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/world"
)

func writeMap(t *testing.T, rows ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "m.map")
	text := "type octile\nheight " + strconv.Itoa(len(rows)) + "\nwidth " + strconv.Itoa(len(rows[0])) + "\nmap\n" + strings.Join(rows, "\n") + "\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCutWorld: a number of partitions that is not given is one that a node can
// play; one that is given and cannot be played is refused by the partition.
func TestCutWorld(t *testing.T) {
	const side = 380 // 1.1 million edges
	g := &world.Grid{Name: "field", Width: side, Height: side, Open: slices.Repeat([]bool{true}, side*side)}
	_, err := CutWorld(g.Graph(), 1, partition.DefaultRules(), nil)
	if !errors.Is(err, world.ErrInput) || !errors.As(err, new(*partition.SizeError)) || !strings.Contains(err.Error(), "partition 0 of 1") {
		t.Errorf("one partition of 1.1 million edges: %v", err)
	}
	w, err := CutWorld(g.Graph(), 0, partition.DefaultRules(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.Partitions() < 2 || Playable(w, partition.DefaultRules()) != nil {
		t.Errorf("%d partitions: %v", w.Partitions(), Playable(w, partition.DefaultRules()))
	}
}

// TestSmallMapsPlay: a hunt on any map of two connected cells runs with the
// defaults, treasures are found there, and it goes on in its folder.
func TestSmallMapsPlay(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []string
	}{
		{"two cells", []string{".."}},
		{"8x8", slices.Repeat([]string{"........"}, 8)},
		{"a room among single cells", []string{"...@.@.@", "...@@@@@", "...@.@.@"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			cfg := DevConfig{
				Dir: t.TempDir(), HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0", Bots: 3, BotRate: 4,
				Plan: Plan{Hunt: "demo/small", Map: "m.map", MapPath: writeMap(t, c.rows...), Seed: 1, RoundTicks: 5 * codec.TicksPerSecond},
				Log:  slog.New(slog.DiscardHandler),
			}
			for range 2 {
				d, err := StartDev(ctx, cfg)
				if err != nil {
					t.Fatal(err)
				}
				grants := func() int { n, _ := d.tally.counts(); return n }
				for grants() == 0 && ctx.Err() == nil {
					time.Sleep(10 * time.Millisecond)
				}
				if _, _, _, partitions := d.World(); partitions != 1 || ctx.Err() != nil {
					t.Errorf("%d partitions, %d grants, %v", partitions, grants(), ctx.Err())
				}
				if _, err := d.Stop(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestFailedFirstStart leaves nothing behind, and takes nothing that was there.
func TestFailedFirstStart(t *testing.T) {
	top := t.TempDir()
	bad := Plan{Hunt: "demo/bad", Map: "m.map", MapPath: writeMap(t, ".@."), Seed: 1, RoundTicks: 900}
	good := Plan{Hunt: "demo/good", Map: "m.map", MapPath: writeMap(t, "..."), Seed: 1, RoundTicks: 900}
	mine := filepath.Join(top, "mine")
	if err := os.Mkdir(mine, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mine, "notes"), []byte("keep me"), 0o644); err != nil {
		t.Fatal(err)
	}
	left := func() (paths []string) {
		_ = filepath.WalkDir(top, func(path string, _ os.DirEntry, err error) error {
			paths = append(paths, strings.TrimPrefix(path, top))
			return err
		})
		return paths
	}
	before := left()
	for _, dir := range []string{filepath.Join(top, "new"), filepath.Join(top, "a", "b", "c"), mine} {
		if _, err := OpenFolder(dir, bad); !errors.Is(err, world.ErrInput) || !strings.Contains(err.Error(), "connected") {
			t.Errorf("%s: %v", dir, err)
		}
		cfg := DevConfig{ // what fails only when the folder is made
			Dir: dir, HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0", Plan: good, Log: slog.New(slog.DiscardHandler),
		}
		cfg.Plan.Goals = "exit=99"
		if _, err := StartDev(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "exit=99") {
			t.Errorf("%s: %v", dir, err)
		}
		if after := left(); !slices.Equal(after, before) {
			t.Errorf("%s: %v is left, before there was %v", dir, after, before)
		}
	}
	f, err := OpenFolder(mine, good)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(mine, bad); err == nil {
		t.Error("another hunt's plan was taken")
	}
	if f, err = OpenFolder(mine, good); err != nil {
		t.Fatalf("a start that failed took the hunt that was there: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

package system

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// startHunt is a small hunt with bots in a folder.
func startHunt(t *testing.T, dir string, bots int) *Dev {
	t.Helper()
	d, err := StartDev(t.Context(), DevConfig{
		Dir: dir, HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0", Bots: bots, BotRate: 8,
		Plan: Plan{Hunt: "demo/main", Edges: 12000, Seed: 1, Partitions: 3, RoundTicks: 150},
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// await waits until the hunt's metric is at least so high.
func (d *Dev) await(t *testing.T, metric string, want float64) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2 * time.Minute); d.total(metric) < want; <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s is %v after two minutes, want %v", metric, d.total(metric), want)
		}
	}
}

const movesDurable = "hunt_partition_moves_durable_total"

// past rebuilds the states of a stopped hunt right after some cuts.
func past(t *testing.T, dir string, cuts map[string]codec.Cut) map[string][]*partition.Core {
	t.Helper()
	folder, err := FindFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() }) // the cores read the world's memory
	store, err := OpenStore(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	all := map[string][]*partition.Core{}
	for name, at := range cuts {
		for p := range codec.PartitionID(folder.World.Partitions()) {
			cfg := ReplayOf(store, p, new([]byte))
			cfg.To = at
			h, err := actor.Replay(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = append(all[name], h.Core)
		}
	}
	return all
}

func statesOf(cores []*partition.Core) (states []uint64) {
	for _, c := range cores {
		states = append(states, c.Hash())
	}
	return states
}

// TestForksOfAHunt: forks of a hunt that is played in are one cut of all
// partitions, and what a difference lists is what two replays differ in.
func TestForksOfAHunt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	d := startHunt(t, dir, 40)
	o := NewOperator(dir)
	if info, err := os.Stat(filepath.Join(dir, adminSocket)); err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	cuts := map[string]codec.Cut{}
	for i, name := range []string{"a", "b"} {
		d.await(t, movesDurable, float64(200*(i+1)))
		made, err := o.Fork(t.Context(), ForkOrder{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if cuts[name], err = codec.ParseCut(made.Cut); err != nil || !made.InMemory || made.Bytes == 0 {
			t.Fatalf("%+v, %v", made, err)
		}
	}
	diff, err := o.Diff(t.Context(), "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	live, err := o.Diff(t.Context(), "a", "")
	if err != nil {
		t.Fatal(err)
	}
	if cuts["now"], err = codec.ParseCut(live.Then); err != nil {
		t.Fatal(err)
	}
	forks, err := control.Forks(t.Context(), d.store.Etcd.Client(), "demo/main")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, adminSocket)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	at := past(t, dir, cuts)
	for i, name := range []string{"a", "b"} {
		if got := statesOf(at[name]); !slices.Equal(got, forks[i].States) || forks[i].Cut != cuts[name] {
			t.Errorf("fork %s is of states %x at %v, a replay to %v gives %x", name, forks[i].States, forks[i].Cut, cuts[name], got)
		}
	}
	diff.same(t, at["a"], at["b"])
	live.same(t, at["a"], at["now"])
}

// same holds a difference to the states it is of.
func (d *Difference) same(t *testing.T, was, then []*partition.Core) {
	t.Helper()
	edges := 0
	for p := range was {
		first, n := was[p].Topology().FirstEdge, len(was[p].Topology().Head)
		for e := first; e < first+codec.EdgeID(n); e++ {
			if was[p].Edge(nil, e) != then[p].Edge(nil, e) {
				edges++
			}
		}
	}
	if d.Edges != edges || edges == 0 || len(d.ChangedEdges) == 0 {
		t.Errorf("%s to %s: %d edges differ, %d listed; the replays differ in %d", d.Cut, d.Then, d.Edges, len(d.ChangedEdges), edges)
	}
	rows := map[codec.PlayerID]PlayerRow{}
	before, after := playersOf(was), playersOf(then)
	for id := range maps.Keys(before) {
		if before[id] != after[id] {
			rows[id] = rowOf(id, before, after)
		}
	}
	for id := range maps.Keys(after) {
		if before[id] != after[id] {
			rows[id] = rowOf(id, before, after)
		}
	}
	for _, row := range d.ChangedPlayers {
		if want, differs := rows[row.Player]; !differs || !reflect.DeepEqual(row, want) {
			t.Errorf("%s to %s: player %+v, the replays differ in %+v", d.Cut, d.Then, row, want)
		}
		delete(rows, row.Player)
	}
	if len(rows) > 0 || d.Players == 0 || d.Players != len(d.ChangedPlayers) {
		t.Errorf("%s to %s: %d players differ and are not listed, %d are", d.Cut, d.Then, len(rows), d.Players)
	}
}

// playersOf are the players that some partition has; one on its way between two is in none.
func playersOf(cores []*partition.Core) map[codec.PlayerID]partition.PlayerState {
	all := map[codec.PlayerID]partition.PlayerState{}
	for _, c := range cores {
		c.EachPlayer(nil, func(s partition.PlayerState) { all[s.ID] = s })
	}
	return all
}

// rowOf is how a difference lists a player.
func rowOf(id codec.PlayerID, before, after map[codec.PlayerID]partition.PlayerState) PlayerRow {
	d := actor.PlayerDifference{ID: id}
	if s, there := before[id]; there {
		d.Was = &s
	}
	if s, there := after[id]; there {
		d.Then = &s
	}
	return playerRow(d)
}

// TestForksAreBounded: by number and by memory, and all memory comes back.
func TestForksAreBounded(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	d := startHunt(t, dir, 0)
	o := NewOperator(dir)
	said := func(what string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want %q", err, what)
		}
	}
	fork := func(name string) error {
		_, err := o.Fork(t.Context(), ForkOrder{Name: name})
		return err
	}
	drop := func(name string) error {
		_, err := o.Drop(t.Context(), name)
		return err
	}
	said("letters", fork("a b"))
	said("no fork of this name", drop("a"))
	for _, name := range []string{"a", "b", "c", "d"} {
		if err := fork(name); err != nil {
			t.Fatal(err)
		}
	}
	said("already", fork("a"))
	said("the most there may be", fork("e"))
	if err := drop("b"); err != nil {
		t.Fatal(err)
	}
	_, err := o.Diff(t.Context(), "b", "")
	said("no fork of this name", err)
	free := forkPool - d.node.forks.Used()
	hog, err := d.node.forks.Get(free - 1)
	if err != nil {
		t.Fatal(err)
	}
	said("no room", fork("e"))
	if err := d.node.forks.Put(hog); err != nil {
		t.Fatal(err)
	}
	if err := fork("e"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"a", "c", "d", "e"} {
		if err := drop(name); err != nil {
			t.Error(err)
		}
	}
	if d.node.forks.Used() != 0 {
		t.Errorf("%d bytes of forks are not given back", d.node.forks.Used())
	}
	if err := fork("a"); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Forks(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an operator that gives up: %v", err)
	}
	if _, err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	if d.node.forks.Used() != 0 {
		t.Errorf("after the stop %d bytes of forks are not given back", d.node.forks.Used())
	}
	_, err = o.Forks(t.Context())
	if !errors.Is(err, ErrNotRunning) {
		t.Errorf("after the stop: %v", err)
	}
}

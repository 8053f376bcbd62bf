package control_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
)

func startedEtcd(t *testing.T) *control.Etcd {
	t.Helper()
	e, err := control.StartEtcd(t.Context(), control.Config{Dir: filepath.Join(t.TempDir(), "etcd")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestForks(t *testing.T) {
	cli := startedEtcd(t).Client()
	fork := func(name string) control.Fork {
		return control.Fork{Name: name, Cut: codec.Cut{Round: 3, Tick: 8999}, States: []uint64{1<<64 - 1, 0, 7}, Made: time.Unix(5, 0).UTC()}
	}
	var want []control.Fork
	for i := range control.MaxForks {
		want = append(want, fork(fmt.Sprint(i)))
		if err := control.PutFork(t.Context(), cli, hunt, want[i]); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"one too many":    {control.PutFork(t.Context(), cli, hunt, fork("x")), control.ErrForks},
		"a name twice":    {control.PutFork(t.Context(), cli, hunt, fork("1")), control.ErrForkTaken},
		"another hunt's":  {control.PutFork(t.Context(), cli, "dev/other", fork("1")), nil},
		"drop of nothing": {control.DropFork(t.Context(), cli, hunt, "x"), control.ErrNoFork},
		"drop":            {control.DropFork(t.Context(), cli, hunt, "1"), nil},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	got, err := control.Forks(t.Context(), cli, hunt)
	if want = append(want[:1], want[2:]...); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, name := range []string{"", "a/b", "a b", "ä", strings.Repeat("n", control.MaxForkName+1)} {
		if control.CheckFork(name) == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	if _, err := cli.Put(t.Context(), "/huntgraph/1/forks/"+hunt, `[{"states":["12"]}]`); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Forks(t.Context(), cli, hunt); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged list: %v", err)
	}
}

// TestRollbackOrders: an order is written for owners who have not changed since
// they were asked, once, and is read back as it was.
func TestRollbackOrders(t *testing.T) {
	cli := startedEtcd(t).Client()
	declare(t, cli, 2)
	n := register(t, cli, "n", 9)
	govern(t, cli, "c")
	owned := await(t, control.WatchAssignments(t.Context(), cli, n), "two partitions", func(l []control.Assignment) bool { return len(l) == 2 })
	epochs := map[codec.PartitionID]codec.Epoch{0: owned[0].Epoch, 1: owned[1].Epoch}
	order := control.Rollback{At: codec.Cut{Round: 2, Tick: 30}, To: codec.Cut{Round: 1, Tick: 7}, States: []uint64{1<<64 - 1, 5}}
	later := order
	later.At.Round = 10
	old := map[codec.PartitionID]codec.Epoch{0: epochs[0], 1: epochs[1] - 1}
	for _, c := range []struct {
		name   string
		order  control.Rollback
		epochs map[codec.PartitionID]codec.Epoch
		want   error
	}{
		{"an owner of before", order, old, control.ErrMoved},
		{"a partition too little", order, map[codec.PartitionID]codec.Epoch{0: epochs[0]}, control.ErrMoved},
		{"a state too little", control.Rollback{At: order.At, To: order.To, States: []uint64{1}}, epochs, control.ErrMoved},
		{"well", order, epochs, nil},
		{"twice", order, epochs, control.ErrMoved},
		{"later", later, epochs, nil},
	} {
		if err := control.PutRollback(t.Context(), cli, hunt, c.order, c.epochs); !errors.Is(err, c.want) {
			t.Fatalf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	held := func(want ...control.Rollback) {
		t.Helper()
		got, err := control.Rollbacks(t.Context(), cli, hunt)
		if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, %v; want %+v", got, err, want)
		}
	}
	held(order, later)
	if of := order.Of(1); of != (codec.Rollback{At: order.At, To: order.To, State: 5}) {
		t.Errorf("partition 1 is ordered %+v", of)
	}
	floor := func(round codec.Round) error {
		return control.PutFloors(t.Context(), cli, hunt, []codec.Watermark{{Index: codec.Index{Round: round, Seq: 5}}})
	}
	for _, c := range []struct {
		round codec.Round
		want  error
	}{{1, control.ErrNeeded}, {2, control.ErrNeeded}, {9, control.ErrNeeded}, {11, nil}} {
		if err := floor(c.round); !errors.Is(err, c.want) {
			t.Errorf("a floor in round %d: %v, want %v", c.round, err, c.want)
		}
	}
	for _, round := range []codec.Round{10, 11} {
		gone := control.Rollback{At: codec.Cut{Round: 12, Tick: 30}, To: codec.Cut{Round: round, Tick: 7}, States: order.States}
		if err := control.PutRollback(t.Context(), cli, hunt, gone, epochs); !errors.Is(err, control.ErrGone) {
			t.Errorf("a rollback to round %d: %v, want %v", round, err, control.ErrGone)
		}
	}
	if err := control.ForgetRollbacks(t.Context(), cli, hunt, 3); err != nil {
		t.Fatal(err)
	}
	held(later)
	if _, err := cli.Put(t.Context(), "/huntgraph/1/rollbacks/"+hunt+"/0000000011-00001", "{"); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Rollbacks(t.Context(), cli, hunt); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged order: %v", err)
	}
}

package control_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/goleak"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
)

const (
	hunt    = "dev/room"
	patient = time.Minute // far above what anything here takes
)

// await receives until the value is as wanted.
func await[T any](t *testing.T, ch <-chan T, what string, ok func(T) bool) T {
	t.Helper()
	deadline := time.After(patient)
	var last T
	for {
		select {
		case v, open := <-ch:
			if !open {
				t.Fatalf("%s: the channel closed; last %+v", what, last)
			}
			if last = v; ok(v) {
				return v
			}
		case <-deadline:
			t.Fatalf("%s: not in %v; last %+v", what, patient, last)
		}
	}
}

func closed(t *testing.T, ch <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(patient):
		t.Fatalf("%s: not in %v", what, patient)
	}
}

func register(t *testing.T, cli *clientv3.Client, name string, capacity int) *control.Registration {
	t.Helper()
	r, err := control.Register(t.Context(), cli, control.Node{
		Name: name, Addr: name + ".invalid:4000", KeyHash: codec.Hash{1, 2}, Capacity: capacity,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(context.Background()) })
	return r
}

func declare(t *testing.T, cli *clientv3.Client, partitions int) {
	t.Helper()
	if err := control.DeclareHunt(t.Context(), cli, control.Hunt{Name: hunt, Partitions: partitions, Secret: codec.Hash{7}}); err != nil {
		t.Fatal(err)
	}
}

// govern runs a controller until the test ends or stop is called.
func govern(t *testing.T, cli *clientv3.Client, name string) (c *control.Controller, stop func()) {
	t.Helper()
	c = control.NewController(cli, name)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return c, stop
}

func routed(n int) func([]codec.Route) bool {
	return func(r []codec.Route) bool { return len(r) == n }
}

func TestRegisterAgain(t *testing.T) {
	cli := client(t)
	first := register(t, cli, "n1", 4)
	second := register(t, cli, "n1", 4)
	if second.Incarnation <= first.Incarnation {
		t.Errorf("incarnation %d after %d", second.Incarnation, first.Incarnation)
	}
	closed(t, first.Lost(), "the first holder learns that it lost its name")
	select {
	case <-second.Lost():
		t.Error("the second holder lost the name")
	default:
	}
	if err := first.Close(t.Context()); err != nil {
		t.Errorf("closing a lost registration: %v", err)
	}
	if err := second.Close(t.Context()); err != nil {
		t.Error(err)
	}
	closed(t, second.Lost(), "a closed registration is over")
}

// I12: a node whose lease is over has its name back, unless another process took it.
func TestRegisterAfterALoss(t *testing.T) {
	cli := client(t)
	first := register(t, cli, "n1", 4)
	lost := func() {
		t.Helper()
		leases, err := cli.Leases(t.Context())
		for _, l := range leases.Leases {
			_, e := cli.Revoke(t.Context(), l.ID)
			err = errors.Join(err, e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	lost()
	closed(t, first.Lost(), "the lease is over")
	second, err := first.Again(t.Context())
	if err != nil || second.Incarnation <= first.Incarnation {
		t.Fatalf("again: %+v after incarnation %d, %v", second, first.Incarnation, err)
	}
	lost()
	closed(t, second.Lost(), "the lease is over")
	other, err := control.Register(t.Context(), cli, control.Node{Name: "n1", Addr: "elsewhere:1", KeyHash: codec.Hash{9}, Capacity: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Again(t.Context()); !errors.Is(err, control.ErrNameTaken) {
		t.Errorf("another process has the name: %v", err)
	}
	select {
	case <-other.Lost():
		t.Error("the other process lost the name")
	default:
	}
	for _, r := range []*control.Registration{first, second, other} {
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestRegisterRefuses(t *testing.T) {
	cli := client(t)
	for _, n := range []control.Node{{}, {Name: "a/b"}, {Name: strings.Repeat("x", 64)}, {Name: "n", Capacity: -1}, {Name: "n", TTL: -1}} {
		if _, err := control.Register(t.Context(), cli, n); err == nil {
			t.Errorf("registered %+v", n)
		}
	}
}

func TestDeclareHunt(t *testing.T) {
	cli := client(t)
	h := control.Hunt{Name: hunt, World: codec.Hash{1}, Partitions: 4, Secret: codec.Hash{7}}
	for range 2 {
		if err := control.DeclareHunt(t.Context(), cli, h); err != nil {
			t.Fatal(err)
		}
	}
	cases := []struct {
		name string
		hunt control.Hunt
		want string
	}{
		{"another world", control.Hunt{Name: hunt, World: codec.Hash{2}, Partitions: 4, Secret: codec.Hash{7}}, "its world is 0100000000000000, not 0200000000000000"},
		{"another cut", control.Hunt{Name: hunt, World: codec.Hash{1}, Partitions: 5, Secret: codec.Hash{7}}, "it has 4 partitions, not 5"},
		{"another secret", control.Hunt{Name: hunt, World: codec.Hash{1}, Partitions: 4, Secret: codec.Hash{8}}, "another secret"},
		{"no room", control.Hunt{Name: "dev", Partitions: 1}, "tenant/room"},
		{"three parts", control.Hunt{Name: "a/b/c", Partitions: 1}, "tenant/room"},
		{"no partition", control.Hunt{Name: "a/b"}, "0 partitions"},
		{"too many", control.Hunt{Name: "a/b", Partitions: control.MaxPartitions + 1}, "4097 partitions"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := control.DeclareHunt(t.Context(), cli, c.hunt)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

// TestAssign: every partition is routed to a node, under an epoch that is its
// assignment's revision and that both ends see alike; a node that comes back
// gets new, higher epochs; a node that dies loses all to another.
func TestAssign(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	cli := client(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	routes := control.WatchRoutes(ctx, cli, hunt)
	await(t, routes, "no route at first", routed(0))
	govern(t, cli, "c1")
	declare(t, cli, 4)
	n1 := register(t, cli, "n1", 8)
	all := await(t, routes, "routes", routed(4))
	for i, r := range all {
		got, err := cli.Get(ctx, fmt.Sprintf("/huntgraph/1/table/partitions/dev/room/%05d", i))
		if err != nil {
			t.Fatal(err)
		}
		want := codec.Route{
			Partition: codec.PartitionID(i), Epoch: codec.Epoch(got.Kvs[0].ModRevision),
			Node: "n1", Addr: "n1.invalid:4000", KeyHash: codec.Hash{1, 2},
		}
		if r != want {
			t.Errorf("route %+v, want %+v", r, want)
		}
	}
	mine := await(t, control.WatchAssignments(ctx, cli, n1), "assignments",
		func(a []control.Assignment) bool { return len(a) == 4 })
	for i, a := range mine {
		if a != (control.Assignment{Hunt: hunt, Partition: all[i].Partition, Epoch: all[i].Epoch}) {
			t.Errorf("the node owns %+v, the gateway sees %+v", a, all[i])
		}
	}

	back := register(t, cli, "n1", 8)
	mine = await(t, control.WatchAssignments(ctx, cli, back), "assignments of the new incarnation",
		func(a []control.Assignment) bool { return len(a) == 4 })
	for i, a := range mine {
		if a.Epoch <= all[i].Epoch {
			t.Errorf("partition %d: epoch %d after %d", a.Partition, a.Epoch, all[i].Epoch)
		}
	}

	register(t, cli, "n2", 8)
	await(t, routes, "half of them move to a new node", func(r []codec.Route) bool {
		moved := slices.DeleteFunc(slices.Clone(r), func(r codec.Route) bool { return r.Node != "n2" })
		return len(r) == 4 && len(moved) == 2
	})
	if err := back.Close(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, routes, "all with the node that is left", func(r []codec.Route) bool {
		return len(r) == 4 && !slices.ContainsFunc(r, func(r codec.Route) bool { return r.Node != "n2" })
	})
}

// TestTwoControllers: one of two acts, and the other one takes over.
func TestTwoControllers(t *testing.T) {
	cli := client(t)
	routes := control.WatchRoutes(t.Context(), cli, hunt)
	a, stopA := govern(t, cli, "a")
	b, stopB := govern(t, cli, "b")
	declare(t, cli, 200) // several transactions
	register(t, cli, "n1", 150)
	await(t, routes, "as many as fit", routed(150))
	if a.Leading() == b.Leading() {
		t.Fatalf("leading: %v and %v", a.Leading(), b.Leading())
	}
	once(t, cli, 150)
	stop, other := stopA, b
	if b.Leading() {
		stop, other = stopB, a
	}
	stop()
	register(t, cli, "n2", 200)
	await(t, routes, "the rest, by the other controller", routed(200))
	if !other.Leading() || other.Unplaced() != 0 {
		t.Errorf("the other controller leads: %v; %d without a place", other.Leading(), other.Unplaced())
	}
}

// once checks that every assignment was written exactly once.
func once(t *testing.T, cli *clientv3.Client, n int) {
	t.Helper()
	got, err := cli.Get(t.Context(), "/huntgraph/1/table/partitions/", clientv3.WithPrefix())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Kvs) != n {
		t.Errorf("%d assignments, want %d", len(got.Kvs), n)
	}
	for _, kv := range got.Kvs {
		if kv.Version != 1 {
			t.Errorf("%s was written %d times", kv.Key, kv.Version)
		}
	}
}

// TestWatchSurvivesDamage: a damaged row stops nobody for good; once it is put
// right, the watch goes on from a fresh reading, over a compaction as well.
func TestWatchSurvivesDamage(t *testing.T) {
	cli := client(t)
	ctx, cancel := context.WithCancel(t.Context())
	govern(t, cli, "c")
	declare(t, cli, 2)
	register(t, cli, "n1", 2)
	routes := control.WatchRoutes(ctx, cli, hunt)
	await(t, routes, "routes", routed(2))
	if _, err := cli.Put(ctx, "/huntgraph/1/table/nodes/bad", "{"); err != nil {
		t.Fatal(err)
	}
	last, err := cli.Delete(ctx, "/huntgraph/1/table/nodes/bad")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cli.Compact(ctx, last.Header.Revision); err != nil {
		t.Fatal(err)
	}
	register(t, cli, "n1", 2)
	await(t, routes, "routes after the damage", func(r []codec.Route) bool {
		return len(r) == 2 && r[0].Epoch > codec.Epoch(last.Header.Revision)
	})
	cancel()
	for range routes { // closes with the context
	}
}

// TestControllerRestarts: one that was killed leaves a lease behind; its
// successor of the same name does not wait for it.
func TestControllerRestarts(t *testing.T) {
	cli := client(t)
	routes := control.WatchRoutes(t.Context(), cli, hunt)
	declare(t, cli, 3)
	register(t, cli, "n1", 10)
	killed, _ := govern(t, cli, "a") // goes on renewing its lease: the worst that a killed one can leave
	await(t, routes, "all, by the first", routed(3))
	began := time.Now()
	again, _ := govern(t, cli, "a")
	register(t, cli, "n1", 10)
	for !again.Leading() {
		if time.Since(began) > control.LeaseTTL/2 {
			t.Fatalf("not elected %v after its start; the one before leads: %v", time.Since(began), killed.Leading())
		}
		runtime.Gosched()
	}
}

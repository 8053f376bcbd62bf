package control

import (
	"errors"
	"path/filepath"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control/plan"
)

// TestWriteIsGuarded (I4): an assignment is written only by the leader, only
// over what it read, and only for an incarnation that is still registered.
func TestWriteIsGuarded(t *testing.T) {
	e, err := StartEtcd(t.Context(), Config{Dir: filepath.Join(t.TempDir(), "etcd")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	cli := e.Client()
	put := func(key, value string) int64 {
		resp, err := cli.Put(t.Context(), key, value)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Header.Revision
	}
	leads := put("office", "c")
	node := uint64(put(nodeKey("n"), "{}"))
	taken := codec.Epoch(put(partitionKey(plan.Place{Hunt: "a/b", Partition: 1}), `{"node":"m","incarnation":1}`))
	cases := []struct {
		name      string
		leader    int64
		partition codec.PartitionID
		read      codec.Epoch
		node      uint64
		ok        bool
		err       error
	}{
		{"another leads", leads + 1, 0, 0, node, false, errNotLeader},
		{"the assignment is there already", leads, 1, 0, node, false, nil},
		{"the assignment was written anew", leads, 1, taken - 1, node, false, nil},
		{"the node came back", leads, 0, 0, node - 1, false, nil},
		{"a new one", leads, 0, 0, node, true, nil},
		{"over what was read", leads, 1, taken, node, true, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := &writer{cli: cli, leader: clientv3.Compare(clientv3.CreateRevision("office"), "=", c.leader)}
			place := plan.Place{Hunt: "a/b", Partition: c.partition}
			tab := &table{places: map[plan.Place]assigned{}}
			if c.read != 0 {
				tab.places[place] = assigned{epoch: c.read}
			}
			owner := plan.Owner{Node: "n", Incarnation: c.node}
			ok, err := w.write(t.Context(), tab, []plan.Assignment{{Place: place, Owner: owner}})
			if ok != c.ok || !errors.Is(err, c.err) {
				t.Fatalf("written %v, %v; want %v, %v", ok, err, c.ok, c.err)
			}
			after, err := loadTable(t.Context(), cli)
			if err != nil {
				t.Fatal(err)
			}
			if got := after.places[place]; (got.owner == owner) != c.ok {
				t.Errorf("it stands as %+v", got)
			}
		})
	}
}

// TestRollbackIsGuarded: an assignment that changes after the order's writer has
// looked, of any partition of the hunt, leaves the order unwritten.
func TestRollbackIsGuarded(t *testing.T) {
	e, err := StartEtcd(t.Context(), Config{Dir: filepath.Join(t.TempDir(), "etcd")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	put := func(hunt string, p codec.PartitionID) int64 {
		resp, err := e.Client().Put(t.Context(), partitionKey(plan.Place{Hunt: hunt, Partition: p}), "{}")
		if err != nil {
			t.Fatal(err)
		}
		return resp.Header.Revision
	}
	put("a/b", 0)
	looked := put("a/b", 1)
	order := Rollback{At: codec.Cut{Round: 1, Tick: 2}, States: []uint64{1, 2}}
	put("a/c", 0)
	moved := put("a/b", 0)
	if err := order.write(t.Context(), e.Client(), "a/b", looked, 0); !errors.Is(err, ErrMoved) {
		t.Errorf("after a move: %v, want %v", err, ErrMoved)
	}
	floor := codec.Watermark{Index: codec.Index{Round: 1, Seq: 1}}
	if err := PutFloors(t.Context(), e.Client(), "a/b", []codec.Watermark{floor}); err != nil {
		t.Fatal(err)
	}
	if err := order.write(t.Context(), e.Client(), "a/b", moved, 0); !errors.Is(err, ErrMoved) {
		t.Errorf("after a floor that was not seen: %v, want %v", err, ErrMoved)
	}
	if _, err := e.Client().Delete(t.Context(), floorsKey("a/b")); err != nil {
		t.Fatal(err)
	}
	put("a/c", 0)
	if err := order.write(t.Context(), e.Client(), "a/b", moved, 0); err != nil {
		t.Errorf("after another hunt's move: %v", err)
	}
}

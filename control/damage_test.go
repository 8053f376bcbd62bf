package control_test

import (
	"testing"
	"time"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
)

// TestBadRows (I12): a row that cannot be read, of a newer release or damaged,
// takes out its own node or hunt only. Another hunt that is declared after it gets
// its owners, what had owners keeps them, and what the controller can write anew it does.
func TestBadRows(t *testing.T) {
	const table = "/huntgraph/1/table/"
	for _, c := range []struct {
		name, key, value string
		ignored          int // for good
		healed           bool
	}{
		{"a kind of a newer release", table + "zones/eu", "{}", 1, false},
		{"a key with nothing behind it", table, "x", 1, false},
		{"a node's row cut short", table + "nodes/n9", `{"addr":`, 1, false},
		{"a node of no name", table + "nodes/", `{}`, 1, false},
		{"a node below another", table + "nodes/n1/disk", `{"addr":"x","capacity":5}`, 1, false},
		{"a node that takes all there is", table + "nodes/n9", `{"addr":"x","capacity":9223372036854775807}`, 1, false},
		{"another hunt's garbage", table + "hunts/other/room", "garbage", 1, false},
		{"a hunt of two billion partitions", table + "hunts/other/room", `{"partitions":2000000000}`, 1, false},
		{"a hunt without a room", table + "hunts/other", `{"partitions":3}`, 1, false},
		{"an assignment of no partition", table + "partitions/dev/room/first", `{"node":"n1"}`, 1, false},
		{"an assignment of a partition too many", table + "partitions/dev/room/99999", `{"node":"n1"}`, 1, false},
		{"an assignment cut short", table + "partitions/dev/room/00001", `{"node"`, 0, true},
		{"an assignment to a node that never was", table + "partitions/dev/room/00001", `{"node":"n7","incarnation":1}`, 0, true},
		{"a candidacy that nobody gives up", "/huntgraph/1/controller/0", "zombie", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cli := client(t)
			declare(t, cli, 2)
			register(t, cli, "n1", 8)
			routes := control.WatchRoutes(t.Context(), cli, hunt)
			_, stop := govern(t, cli, "first")
			before := await(t, routes, "routes before the bad row", routed(2))
			if _, err := cli.Put(t.Context(), c.key, c.value); err != nil {
				t.Fatal(err)
			}
			stop()
			second, _ := govern(t, cli, "second") // reads the whole table
			if err := control.DeclareHunt(t.Context(), cli, control.Hunt{Name: "new/room", Partitions: 3}); err != nil {
				t.Fatal(err)
			}
			await(t, control.WatchRoutes(t.Context(), cli, "new/room"), "routes of a hunt declared after it", routed(3))
			after := await(t, control.WatchRoutes(t.Context(), cli, hunt), "routes of the hunt from before", routed(2))
			for i, r := range after {
				if healed := r.Epoch != before[i].Epoch; healed != (c.healed && i == 1) {
					t.Errorf("partition %d: %+v, before %+v", i, r, before[i])
				}
			}
			eventually(t, "rows are ignored", func() bool { return second.Ignored() == c.ignored })
			if _, err := cli.Delete(t.Context(), c.key); err != nil {
				t.Fatal(err)
			}
			eventually(t, "no row is ignored once it is deleted", func() bool { return second.Ignored() == 0 })
		})
	}
}

// TestDamagedHunt: a hunt whose own row is damaged is not planned for and keeps
// its owners; it goes on once the row is put right.
func TestDamagedHunt(t *testing.T) {
	cli := client(t)
	c, _ := govern(t, cli, "c")
	declare(t, cli, 2)
	register(t, cli, "n1", 8)
	routes := control.WatchRoutes(t.Context(), cli, hunt)
	before := await(t, routes, "routes", routed(2))
	key := "/huntgraph/1/table/hunts/" + hunt
	was, err := cli.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cli.Put(t.Context(), key, "\x00"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the hunt's row is ignored", func() bool { return c.Ignored() == 1 })
	register(t, cli, "n1", 8) // the old registration is gone, and so are the owners, until the row is put right
	await(t, routes, "no route to an owner that is gone", routed(0))
	if _, err := cli.Put(t.Context(), key, string(was.Kvs[0].Value)); err != nil {
		t.Fatal(err)
	}
	await(t, routes, "routes after the damage", func(r []codec.Route) bool { return len(r) == 2 && r[0].Epoch > before[0].Epoch })
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patient); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in %v", what, patient)
		}
	}
}

package system

import (
	"context"
	"log/slog"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// I12: a node whose lease is over, as after it stood still for longer, registers
// again; its partitions go on under new epochs, from where they were.
func TestLeaseLost(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	d, err := StartDev(ctx, DevConfig{
		Dir: t.TempDir(), HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0", Bots: 10, BotRate: 8,
		Plan: Plan{Hunt: "demo/main", Edges: 12000, Seed: 1, Partitions: 3, RoundTicks: 300},
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	await := func(what string, holds func() bool) {
		t.Helper()
		for !holds() {
			select {
			case err := <-d.failed:
				t.Fatalf("waiting for %s: the hunt ended: %v", what, err)
			case <-ctx.Done():
				t.Fatalf("waiting for %s: %v", what, ctx.Err())
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	epochs := func() (least codec.Epoch) {
		for p := range codec.PartitionID(3) {
			o := (*d.node.owned.Load())[p]
			if o == nil {
				return 0
			}
			if least == 0 || o.epoch < least {
				least = o.epoch
			}
		}
		return least
	}
	durable := func() float64 { return d.total("hunt_partition_moves_durable_total") }
	for range 2 {
		from, was := durable(), epochs()
		await("moves", func() bool { return durable() > from+20 })
		loseLeases(ctx, t, d.store.Etcd.Client())
		await("new epochs", func() bool { return epochs() > was })
		from = durable()
		await("moves after the lease was lost", func() bool { return durable() > from+20 })
	}
	s, err := d.Stop()
	if err != nil {
		t.Fatal(err)
	}
	if s.DuplicateGrants != 0 || s.MovesApplied != s.MovesDurable {
		t.Errorf("%+v", s)
	}
}

// loseLeases ends every lease, of the node and of the controller.
func loseLeases(ctx context.Context, t *testing.T, cli *clientv3.Client) {
	t.Helper()
	leases, err := cli.Leases(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range leases.Leases {
		if _, err := cli.Revoke(ctx, l.ID); err != nil {
			t.Fatal(err)
		}
	}
}

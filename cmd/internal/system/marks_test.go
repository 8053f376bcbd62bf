package system

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// TestLostTail: a journal whose last records are gone is a sound, shorter one.
// What etcd knows shows it, and if etcd was lost with it, what the ring knows.
func TestLostTail(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cfg := DevConfig{
		Dir: t.TempDir(), HTTP: "127.0.0.1:0", Gateway: "127.0.0.1:0", Node: "127.0.0.1:0", BotRate: 1,
		Plan: Plan{Hunt: "demo/main", Edges: 12000, Seed: 1, Partitions: 3, RoundTicks: codec.MaxRoundTicks},
		Log:  slog.New(slog.DiscardHandler),
	}
	d, err := StartDev(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := cross(ctx, t, d, 1, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	const cutPartition = codec.PartitionID(1)
	for _, tc := range []struct {
		name string
		harm func(*Store)
	}{
		{"found by etcd", func(s *Store) { cutTail(ctx, t, s, cutPartition) }},
		{"found by the ring", func(s *Store) {
			if _, err := s.Etcd.Client().Delete(ctx, "/huntgraph/1/watermarks/", clientv3.WithPrefix()); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		onStore(ctx, t, cfg, tc.harm)
		again, err := StartDev(ctx, cfg)
		if err == nil {
			_, err = again.Stop()
			t.Fatalf("%s: the hunt was started (%v)", tc.name, err)
		}
		var at *actor.ReplayError
		if !errors.Is(err, actor.ErrMissing) || !errors.As(err, &at) || at.Partition != cutPartition {
			t.Errorf("%s: %v", tc.name, err)
		}
		onStore(ctx, t, cfg, func(s *Store) {
			if v, err := Verify(ctx, s); err != nil || v.ChainErrors != 1 {
				t.Errorf("%s: a verification finds %+v, %v", tc.name, v, err)
			}
		})
	}
}

// onStore opens the store of a stopped hunt for a moment.
func onStore(ctx context.Context, t *testing.T, cfg DevConfig, do func(*Store)) {
	t.Helper()
	f, err := OpenFolder(cfg.Dir, cfg.Plan)
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenStore(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	do(s)
	if err := errors.Join(s.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// cutTail makes a partition's stream anew without its last half.
func cutTail(ctx context.Context, t *testing.T, s *Store, p codec.PartitionID) {
	t.Helper()
	log := s.Journal.Partition(p)
	var records [][]byte
	err := log.Read(ctx, 1, 1, func(_ uint64, record []byte) error {
		records = append(records, bytes.Clone(record))
		return nil
	})
	if err = errors.Join(err, log.DeleteRound(ctx, 1), log.Create(ctx, 1)); err != nil {
		t.Fatal(err)
	}
	for i, record := range records[:len(records)/2] {
		if err := log.Append(ctx, codec.Index{Round: 1, Seq: uint64(i + 1)}, record); err != nil {
			t.Fatal(err)
		}
	}
}

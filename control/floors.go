package control

import (
	"context"
	"errors"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// A hunt's floors say from where on each partition's journal must be whole: the
// record whose state a verified snapshot holds. They are written before anything
// older is deleted, so that what is missing above a floor was not deleted but lost,
// and so that a deletion that a crash cut short is finished. The value is that of
// a watermark key.

// ErrNeeded says that a rollback above a floor goes back to below it.
var ErrNeeded = errors.New("what a rollback went back to must stay")

// PutFloors raises the floors of a hunt; none goes back. The same index with
// another hash is an error (I5), and so is a floor above what a rollback went back to:
// one that is ordered at the same moment finds the floor, or the floor finds it.
func PutFloors(ctx context.Context, cli *clientv3.Client, hunt string, floors []codec.Watermark) error {
	unneeded := func() (guard clientv3.Cmp, err error) {
		list, rev, err := readRollbacks(ctx, cli, hunt)
		for _, r := range list {
			for _, f := range floors {
				if r.At.Round >= f.Index.Round && r.To.Round <= f.Index.Round {
					return guard, fmt.Errorf("partition %d, a floor of %v, a rollback at %v to %v: %w", f.Partition, f.Index, r.At, r.To, ErrNeeded)
				}
			}
		}
		return clientv3.Compare(clientv3.ModRevision(rollbacksOf(hunt)), "<", rev+1).WithPrefix(), err
	}
	if err := raiseIn(ctx, cli, floorsKey(hunt), floors, unneeded); err != nil {
		return fmt.Errorf("writing the floors of hunt %s: %w", hunt, err)
	}
	return nil
}

// GetFloors returns the floors of a hunt; a partition of which nothing was ever
// deleted has none.
func GetFloors(ctx context.Context, cli *clientv3.Client, hunt string) (map[codec.PartitionID]codec.Watermark, error) {
	floors, _, err := readWatermarks(ctx, cli, floorsKey(hunt))
	if err != nil {
		return nil, fmt.Errorf("reading the floors of hunt %s: %w", hunt, err)
	}
	return floors, nil
}

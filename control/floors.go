package control

import (
	"context"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// A hunt's floors say from where on each partition's journal must be whole: the
// record whose state a verified snapshot holds. They are written before anything
// older is deleted, so that what is missing above a floor was not deleted but lost,
// and so that a deletion that a crash cut short is finished. The value is that of
// a watermark key.

// PutFloors raises the floors of a hunt; none goes back. The same index with
// another hash is an error (I5).
func PutFloors(ctx context.Context, cli *clientv3.Client, hunt string, floors []codec.Watermark) error {
	if err := raiseIn(ctx, cli, floorsKey(hunt), floors); err != nil {
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

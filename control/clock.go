package control

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// Clock says when a hunt's round began: its tick t is due at Start + t/30 s.
type Clock struct {
	Round codec.Round
	Start time.Time
}

type clockRow struct {
	Round codec.Round `json:"round"`
	Start time.Time   `json:"start"`
}

// PutClock records when the newest round began, so that every node of the hunt
// and a restart count from the same moment. The first to say so for a round is
// right: the clock that stands is returned, also if it is of a later round.
func PutClock(ctx context.Context, cli *clientv3.Client, hunt string, c Clock) (Clock, error) {
	value, err := json.Marshal(clockRow(c))
	if err != nil {
		return Clock{}, fmt.Errorf("recording the clock of hunt %s: %w", hunt, err)
	}
	for {
		stands, rev, err := getClock(ctx, cli, hunt)
		if err != nil || stands.Round >= c.Round {
			return stands, err
		}
		key := clockKey(hunt)
		resp, err := cli.Txn(ctx).
			If(clientv3.Compare(clientv3.ModRevision(key), "=", rev)).
			Then(clientv3.OpPut(key, string(value))).
			Commit()
		if err != nil {
			return Clock{}, fmt.Errorf("recording the clock of hunt %s: %w", hunt, err)
		}
		if resp.Succeeded {
			return c, nil
		}
	}
}

// GetClock reads the hunt's clock; it is zero before the first round.
func GetClock(ctx context.Context, cli *clientv3.Client, hunt string) (Clock, error) {
	c, _, err := getClock(ctx, cli, hunt)
	return c, err
}

func getClock(ctx context.Context, cli *clientv3.Client, hunt string) (c Clock, rev int64, err error) {
	resp, err := cli.Get(ctx, clockKey(hunt))
	if err != nil {
		return c, 0, fmt.Errorf("reading the clock of hunt %s: %w", hunt, err)
	}
	for _, kv := range resp.Kvs {
		var row clockRow
		if err := json.Unmarshal(kv.Value, &row); err != nil {
			return c, 0, fmt.Errorf("the clock %s of hunt %s is damaged: %w", kv.Key, hunt, err)
		}
		return Clock(row), kv.ModRevision, nil
	}
	return c, 0, nil
}

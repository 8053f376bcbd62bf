package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// Rollback orders all partitions of a hunt to go back to an earlier cut, at the
// same boundary. Once it is written it is obeyed, by each partition for itself:
// one that restarts before the boundary reads it. Until then nothing has happened.
// It stays as long as the round in which it was obeyed can be replayed.
type Rollback struct {
	At, To codec.Cut
	States []uint64 // the partitions' state hashes at To
}

// Of is what it orders a partition.
func (r *Rollback) Of(p codec.PartitionID) codec.Rollback {
	return codec.Rollback{At: r.At, To: r.To, State: r.States[p]}
}

// ErrMoved says that a partition has another owner than the one that was asked.
var ErrMoved = errors.New("a partition has moved to another owner since it was asked")

type rollbackRow struct {
	Round  uint32  `json:"to_round"`
	Tick   uint32  `json:"to_tick"`
	States []hex64 `json:"states"`
}

// PutRollback writes an order, if the partitions of the hunt are still owned in
// the epochs in which their owners have promised to wait for it.
func PutRollback(ctx context.Context, cli *clientv3.Client, hunt string, r Rollback, epochs map[codec.PartitionID]codec.Epoch) error {
	t, err := loadTable(ctx, cli)
	if err != nil {
		return err
	}
	owned := map[codec.PartitionID]codec.Epoch{}
	for p, a := range t.places {
		if p.Hunt == hunt {
			owned[p.Partition] = a.epoch
		}
	}
	if !maps.Equal(owned, epochs) || len(r.States) != len(epochs) {
		return ErrMoved
	}
	return r.write(ctx, cli, hunt, t.rev)
}

// write writes the order if no assignment of the hunt has changed since a revision.
func (r *Rollback) write(ctx context.Context, cli *clientv3.Client, hunt string, rev int64) error {
	value, err := json.Marshal(rollbackRow{uint32(r.To.Round), uint32(r.To.Tick), toHex(r.States)})
	if err != nil {
		return fmt.Errorf("encoding a rollback: %w", err)
	}
	key := rollbackKey(hunt, r.At)
	places := clientv3.Compare(clientv3.ModRevision(partitionsOf(hunt)), "<", rev+1).WithPrefix()
	resp, err := cli.Txn(ctx).If(places, clientv3.Compare(clientv3.CreateRevision(key), "=", 0)).
		Then(clientv3.OpPut(key, string(value))).Commit()
	if err != nil {
		return fmt.Errorf("ordering hunt %s to roll back at %v: %w", hunt, r.At, err)
	}
	if !resp.Succeeded {
		return ErrMoved
	}
	return nil
}

// Rollbacks lists the orders that the hunt got and that are kept, the oldest first.
func Rollbacks(ctx context.Context, cli *clientv3.Client, hunt string) (list []Rollback, err error) {
	prefix := rollbacksOf(hunt)
	resp, err := cli.Get(ctx, prefix, clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("reading the rollbacks of hunt %s: %w", hunt, err)
	}
	for _, kv := range resp.Kvs {
		var row rollbackRow
		at, err := cutOf(string(kv.Key[len(prefix):]))
		if err == nil {
			err = json.Unmarshal(kv.Value, &row)
		}
		if err != nil { // without it a partition could not go on
			return nil, fmt.Errorf("the rollback in %s is damaged: %w", kv.Key, err)
		}
		to := codec.Cut{Round: codec.Round(row.Round), Tick: codec.Tick(row.Tick)}
		list = append(list, Rollback{at, to, fromHex(row.States)})
	}
	return list, nil
}

// ForgetRollbacks deletes the orders that were obeyed before a round: one whose
// records nobody can replay any more.
func ForgetRollbacks(ctx context.Context, cli *clientv3.Client, hunt string, before codec.Round) error {
	_, err := cli.Delete(ctx, rollbacksOf(hunt), clientv3.WithRange(rollbackKey(hunt, codec.Cut{Round: before})))
	if err != nil {
		return fmt.Errorf("forgetting old rollbacks of hunt %s: %w", hunt, err)
	}
	return nil
}

// OldestNeeded is the oldest round of which a hunt must keep its journals so that
// all from a round on can be replayed: what was rolled back to is needed as well.
func OldestNeeded(from codec.Round, rollbacks []Rollback) codec.Round {
	for i := len(rollbacks) - 1; i >= 0; i-- { // each goes back to before itself
		if r := &rollbacks[i]; r.At.Round >= from {
			from = min(from, r.To.Round)
		}
	}
	return from
}

func partitionsOf(hunt string) string { return keyPartitions + hunt + "/" }
func forksKey(hunt string) string     { return keyForks + hunt }
func rollbacksOf(hunt string) string  { return keyRollbacks + hunt + "/" }

func rollbackKey(hunt string, at codec.Cut) string {
	return fmt.Sprintf("%s%010d-%05d", rollbacksOf(hunt), at.Round, at.Tick)
}

// cutOf reads the end of what rollbackKey wrote.
func cutOf(s string) (codec.Cut, error) {
	round, tick, _ := strings.Cut(s, "-")
	r, err1 := strconv.ParseUint(round, 10, 32)
	t, err2 := strconv.ParseUint(tick, 10, 32)
	return codec.Cut{Round: codec.Round(r), Tick: codec.Tick(t)}, errors.Join(err1, err2)
}

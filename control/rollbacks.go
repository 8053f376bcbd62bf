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

// What keeps an order from being written; nothing has happened then.
var (
	ErrMoved = errors.New("a partition has moved to another owner since it was asked")
	ErrGone  = errors.New("the journal does not go back so far, so nobody could replay a rollback to it")
)

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
	floors, floorsRev, err := readWatermarks(ctx, cli, floorsKey(hunt))
	if err != nil {
		return fmt.Errorf("the floors of hunt %s: %w", hunt, err)
	}
	for p, floor := range floors {
		if floor.Index.Round >= r.To.Round { // in its own round a floor may be above
			return fmt.Errorf("partition %d begins with %v: %w", p, floor.Index, ErrGone)
		}
	}
	return r.write(ctx, cli, hunt, t.rev, floorsRev)
}

// write writes the order if no assignment of the hunt has changed since a revision,
// and its floors are still those of another.
func (r *Rollback) write(ctx context.Context, cli *clientv3.Client, hunt string, rev, floorsRev int64) error {
	value, err := json.Marshal(rollbackRow{uint32(r.To.Round), uint32(r.To.Tick), toHex(r.States)})
	if err != nil {
		return fmt.Errorf("encoding a rollback: %w", err)
	}
	key := rollbackKey(hunt, r.At)
	places := clientv3.Compare(clientv3.ModRevision(partitionsOf(hunt)), "<", rev+1).WithPrefix()
	floors := clientv3.Compare(clientv3.ModRevision(floorsKey(hunt)), "=", floorsRev)
	resp, err := cli.Txn(ctx).If(places, floors, clientv3.Compare(clientv3.CreateRevision(key), "=", 0)).
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
func Rollbacks(ctx context.Context, cli *clientv3.Client, hunt string) ([]Rollback, error) {
	list, _, err := readRollbacks(ctx, cli, hunt)
	return list, err
}

func readRollbacks(ctx context.Context, cli *clientv3.Client, hunt string) (list []Rollback, rev int64, err error) {
	prefix := rollbacksOf(hunt)
	resp, err := cli.Get(ctx, prefix, clientv3.WithPrefix())
	if err != nil {
		return nil, 0, fmt.Errorf("reading the rollbacks of hunt %s: %w", hunt, err)
	}
	for _, kv := range resp.Kvs {
		var row rollbackRow
		at, err := cutOf(string(kv.Key[len(prefix):]))
		if err == nil {
			err = json.Unmarshal(kv.Value, &row)
		}
		if err != nil { // without it a partition could not go on
			return nil, 0, fmt.Errorf("the rollback in %s is damaged: %w", kv.Key, err)
		}
		to := codec.Cut{Round: codec.Round(row.Round), Tick: codec.Tick(row.Tick)}
		list = append(list, Rollback{at, to, fromHex(row.States)})
	}
	return list, resp.Header.Revision, nil
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

package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// Hunt is what makes a hunt that hunt; it never changes.
type Hunt struct {
	Name       string     // tenant/room
	World      codec.Hash // the world's content hash
	Partitions int        // 1 to MaxPartitions
	Secret     codec.Hash // SHA-256 of the secret that the seeds of its rounds follow from
}

// DeclareHunt makes a hunt known; the controller then assigns its partitions.
// Declaring it again changes nothing; declaring another world, cut or secret
// under the same name is an error that names the difference.
func DeclareHunt(ctx context.Context, cli *clientv3.Client, h Hunt) error {
	if err := h.check(); err != nil {
		return fmt.Errorf("declaring: %w", err)
	}
	value, err := json.Marshal(huntRow{hexHash(h.World), h.Partitions, hexHash(h.Secret)})
	if err != nil {
		return fmt.Errorf("declaring hunt %s: %w", h.Name, err)
	}
	key := huntKey(h.Name)
	resp, err := cli.Txn(ctx).
		If(clientv3.Compare(clientv3.CreateRevision(key), "=", 0)).
		Then(clientv3.OpPut(key, string(value))).
		Else(clientv3.OpGet(key)).
		Commit()
	if err != nil {
		return fmt.Errorf("declaring hunt %s: %w", h.Name, err)
	}
	if resp.Succeeded {
		return nil
	}
	was, err := parseHunt(h.Name, resp.Responses[0].GetResponseRange().Kvs[0].Value)
	if err != nil {
		return err
	}
	return h.same(was)
}

// CheckDeclared fails when the hunt was not declared, or was declared otherwise.
func CheckDeclared(ctx context.Context, cli *clientv3.Client, h Hunt) error {
	resp, err := cli.Get(ctx, huntKey(h.Name))
	if err != nil {
		return fmt.Errorf("reading hunt %s: %w", h.Name, err)
	}
	if len(resp.Kvs) == 0 {
		return fmt.Errorf("hunt %s is %w", h.Name, ErrNotDeclared)
	}
	was, err := parseHunt(h.Name, resp.Kvs[0].Value)
	if err != nil {
		return err
	}
	return h.same(was)
}

// ErrNotDeclared says that etcd does not know the hunt.
var ErrNotDeclared = errors.New("not declared in etcd")

func parseHunt(name string, value []byte) (Hunt, error) {
	var row huntRow
	if err := json.Unmarshal(value, &row); err != nil {
		return Hunt{}, fmt.Errorf("hunt %s: its record %s is damaged: %w", name, huntKey(name), err)
	}
	h := Hunt{name, codec.Hash(row.World), row.Partitions, codec.Hash(row.Secret)}
	if err := h.check(); err != nil {
		return Hunt{}, fmt.Errorf("its record %s is damaged: %w", huntKey(name), err)
	}
	return h, nil
}

// check holds a hunt to what may be declared.
func (h Hunt) check() error {
	if err := CheckHunt(h.Name); err != nil {
		return err
	}
	if h.Partitions < 1 || h.Partitions > MaxPartitions {
		return fmt.Errorf("hunt %s: %d partitions; a hunt has 1 to %d", h.Name, h.Partitions, MaxPartitions)
	}
	return nil
}

// same returns what differs from the hunt as it was declared.
func (h Hunt) same(was Hunt) error {
	var diff []string
	if h.World != was.World {
		diff = append(diff, fmt.Sprintf("its world is %x, not %x", was.World[:8], h.World[:8]))
	}
	if h.Partitions != was.Partitions {
		diff = append(diff, fmt.Sprintf("it has %d partitions, not %d", was.Partitions, h.Partitions))
	}
	if h.Secret != was.Secret {
		diff = append(diff, "the seeds of its rounds follow from another secret")
	}
	if diff == nil {
		return nil
	}
	return fmt.Errorf("hunt %s is declared already and differs: %s; choose another name, or another data folder",
		h.Name, strings.Join(diff, ", "))
}

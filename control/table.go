package control

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control/plan"
)

// assigned is an assignment as it stands in etcd.
type assigned struct {
	owner plan.Owner
	epoch codec.Epoch
}

// table is everything below keyTable at one revision. A row that cannot be read
// takes out only what it is about: a node is as one that is not registered, a
// hunt is not planned for and keeps its owners, and a partition is without an owner,
// so that the controller writes the row anew.
type table struct {
	rev     int64
	nodes   map[string]member
	hunts   map[string]Hunt
	places  map[plan.Place]assigned
	ignored map[string]error // keys of a newer release and rows that cannot be read, and why
}

// member is a registered node and its incarnation.
type member struct {
	Node
	incarnation uint64
}

// nodeRow, huntRow and placeRow are the values as they stand in etcd.
type (
	nodeRow struct {
		Addr     string  `json:"addr"`
		KeyHash  hexHash `json:"key_sha256"`
		Capacity int     `json:"capacity"`
	}
	huntRow struct {
		World      hexHash `json:"world"`
		Partitions int     `json:"partitions"`
		Secret     hexHash `json:"secret_sha256"`
	}
	placeRow struct {
		Node        string `json:"node"`
		Incarnation uint64 `json:"incarnation"`
	}
)

// hexHash is a hash in JSON.
type hexHash codec.Hash

func (h hexHash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

func (h *hexHash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return fmt.Errorf("a hash has %d hex digits, not %d", 2*len(h), len(b))
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// loadTable reads the whole table at one revision.
func loadTable(ctx context.Context, cli *clientv3.Client) (*table, error) {
	resp, err := cli.Get(ctx, keyTable, clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("reading the control table: %w", err)
	}
	t := &table{
		rev:     resp.Header.Revision,
		nodes:   map[string]member{},
		hunts:   map[string]Hunt{},
		places:  map[plan.Place]assigned{},
		ignored: map[string]error{},
	}
	for _, kv := range resp.Kvs {
		t.put(kv)
	}
	return t, nil
}

// errUnknownKey is of a key that this release does not know.
var errUnknownKey = errors.New("unknown key")

// put takes a row in. What the row's key said before is gone, whether the new
// value can be read or not.
func (t *table) put(kv *mvccpb.KeyValue) {
	key := string(kv.Key)
	t.remove(key)
	err := errUnknownKey
	switch {
	case strings.HasPrefix(key, keyNodes):
		err = t.putNode(key[len(keyNodes):], kv)
	case strings.HasPrefix(key, keyHunts):
		err = t.putHunt(key[len(keyHunts):], kv)
	case strings.HasPrefix(key, keyPartitions):
		err = t.putPlace(key, kv)
	}
	if err != nil {
		t.ignored[key] = err
	}
}

func (t *table) putNode(name string, kv *mvccpb.KeyValue) error {
	var row nodeRow
	if err := json.Unmarshal(kv.Value, &row); err != nil {
		return err
	}
	n := Node{Name: name, Addr: row.Addr, KeyHash: codec.Hash(row.KeyHash), Capacity: row.Capacity}
	if err := n.check(); err != nil {
		return err
	}
	t.nodes[name] = member{n, uint64(kv.CreateRevision)}
	return nil
}

func (t *table) putHunt(name string, kv *mvccpb.KeyValue) error {
	h, err := parseHunt(name, kv.Value)
	if err != nil {
		return err
	}
	t.hunts[name] = h
	return nil
}

func (t *table) putPlace(key string, kv *mvccpb.KeyValue) error {
	p, err := placeOf(key)
	if err != nil {
		return err
	}
	var row placeRow
	if err = json.Unmarshal(kv.Value, &row); err != nil {
		row = placeRow{} // of no owner, but guarded by its revision
	}
	t.places[p] = assigned{plan.Owner{Node: row.Node, Incarnation: row.Incarnation}, codec.Epoch(kv.ModRevision)}
	return err
}

func (t *table) remove(key string) {
	delete(t.ignored, key)
	switch {
	case strings.HasPrefix(key, keyNodes):
		delete(t.nodes, key[len(keyNodes):])
	case strings.HasPrefix(key, keyHunts):
		delete(t.hunts, key[len(keyHunts):])
	case strings.HasPrefix(key, keyPartitions):
		if p, err := placeOf(key); err == nil {
			delete(t.places, p)
		}
	}
}

// follow calls fn with the table now and after every change, until the context
// ends (nil) or fn returns an error (that one). Whatever goes wrong with etcd
// or the watch, a compaction for instance, is logged and answered by reading
// the whole table again.
func follow(ctx context.Context, cli *clientv3.Client, fn func(*table) error) error {
	for {
		err := followOnce(ctx, cli, fn)
		var own callbackError
		switch {
		case errors.As(err, &own):
			return own.error
		case ctx.Err() != nil:
			return nil
		}
		slog.WarnContext(ctx, "following the control table; trying again", "error", err)
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return nil
		}
	}
}

// callbackError marks an error as fn's own.
type callbackError struct{ error }

func followOnce(ctx context.Context, cli *clientv3.Client, fn func(*table) error) error {
	ctx, cancel := context.WithCancel(clientv3.WithRequireLeader(ctx))
	defer cancel() // ends the watch
	t, err := loadTable(ctx, cli)
	if err != nil {
		return err
	}
	watch := cli.Watch(ctx, keyTable, clientv3.WithPrefix(), clientv3.WithRev(t.rev+1))
	if err := fn(t); err != nil {
		return callbackError{err}
	}
	for resp := range watch {
		if err := resp.Err(); err != nil {
			return fmt.Errorf("watching the control table from revision %d: %w", t.rev+1, err)
		}
		for _, ev := range resp.Events {
			if ev.Type == clientv3.EventTypeDelete {
				t.remove(string(ev.Kv.Key))
			} else {
				t.put(ev.Kv)
			}
		}
		t.rev = max(t.rev, resp.Header.Revision)
		if err := fn(t); err != nil {
			return callbackError{err}
		}
	}
	return errors.New("the watch of the control table ended")
}

// stream sends what pick takes from the table, at first and whenever it has
// changed. A slow receiver gets the newest only. The channel closes with the context.
func stream[T comparable](ctx context.Context, cli *clientv3.Client, pick func(*table) []T) <-chan []T {
	out := make(chan []T, 1)
	go func() {
		defer close(out)
		var last []T
		first := true
		_ = follow(ctx, cli, func(t *table) error { // pick has no error of its own
			next := pick(t)
			if !first && slices.Equal(last, next) {
				return nil
			}
			first, last = false, next
			select {
			case <-out: // not taken yet: the newer one stands for it
			default:
			}
			out <- slices.Clone(next) // this goroutine is the only sender, so there is room
			return nil
		})
	}()
	return out
}

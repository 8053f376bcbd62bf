package control

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// Node is a node as it registers.
type Node struct {
	Name     string        // unique in the cluster; letters, digits, '.', '_' and '-', at most MaxNode bytes
	Addr     string        // host:port of its engine hop (UDP)
	KeyHash  codec.Hash    // SHA-256 of its public key, new in every process
	Capacity int           // the most partitions that it takes
	TTL      time.Duration // whole seconds that it counts as alive without a sign of life; 0: LeaseTTL
}

// check holds a node to what may be registered.
func (n Node) check() error {
	if err := checkNode(n.Name); err != nil {
		return err
	}
	if n.Capacity < 0 || n.Capacity > maxCapacity {
		return fmt.Errorf("node %s: a capacity of %d partitions; a node takes 0 to %d", n.Name, n.Capacity, maxCapacity)
	}
	return nil
}

// Registration is a node's place among the living, kept by a lease that is
// renewed until Close.
type Registration struct {
	Node
	Incarnation uint64 // larger than every one that the name had before

	cli   *clientv3.Client
	lease clientv3.LeaseID
	stop  context.CancelFunc
	lost  chan struct{}
	done  chan struct{}
}

// Register announces the node. If its name is registered, the older holder
// loses it at once: a node that restarts need not wait for its old lease. The
// context bounds the call, not the registration.
func Register(ctx context.Context, cli *clientv3.Client, n Node) (*Registration, error) {
	if err := n.check(); err != nil {
		return nil, fmt.Errorf("registering: %w", err)
	}
	if n.TTL < 0 {
		return nil, fmt.Errorf("registering node %s: alive for %v without a sign of life", n.Name, n.TTL)
	}
	lease, err := cli.Grant(ctx, int64(cmp.Or(n.TTL, LeaseTTL)/time.Second))
	if err != nil {
		return nil, fmt.Errorf("registering node %s: getting a lease: %w", n.Name, err)
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &Registration{Node: n, cli: cli, lease: lease.ID, stop: stop, lost: make(chan struct{}), done: make(chan struct{})}
	if r.Incarnation, err = claim(ctx, cli, n, lease.ID); err == nil {
		var alive <-chan *clientv3.LeaseKeepAliveResponse
		if alive, err = cli.KeepAlive(run, lease.ID); err == nil {
			go r.keep(run, alive)
			return r, nil
		}
	}
	stop()
	return nil, errors.Join(fmt.Errorf("registering node %s: %w", n.Name, err), revoke(ctx, cli, lease.ID))
}

// claim puts the node's key under the lease as a new key, whose create
// revision is the incarnation, and takes an older one of the name away first.
func claim(ctx context.Context, cli *clientv3.Client, n Node, lease clientv3.LeaseID) (uint64, error) {
	value, err := json.Marshal(nodeRow{n.Addr, hexHash(n.KeyHash), n.Capacity})
	if err != nil {
		return 0, fmt.Errorf("encoding it: %w", err)
	}
	key := nodeKey(n.Name)
	for range claimTries {
		old, err := cli.Get(ctx, key)
		if err != nil {
			return 0, fmt.Errorf("looking for an older registration: %w", err)
		}
		for _, kv := range old.Kvs {
			if err := revoke(ctx, cli, clientv3.LeaseID(kv.Lease)); err != nil {
				return 0, fmt.Errorf("ending an older registration: %w", err)
			}
		}
		put, err := cli.Txn(ctx).
			If(clientv3.Compare(clientv3.CreateRevision(key), "=", 0)).
			Then(clientv3.OpPut(key, string(value), clientv3.WithLease(lease))).
			Commit()
		if err != nil {
			return 0, fmt.Errorf("writing it: %w", err)
		}
		if put.Succeeded {
			return uint64(put.Header.Revision), nil
		}
	}
	return 0, errors.New("another process keeps registering under this name; give each node its own")
}

// ErrNameTaken says that another process is registered under the node's name.
var ErrNameTaken = errors.New("another process is registered under this name; give each node its own")

// Again registers the node anew after its registration was lost, as when the
// process stood still for longer than its lease. ErrNameTaken says that another
// process took its name, and with it what it owned; after any other error the
// caller tries again.
func (r *Registration) Again(ctx context.Context) (*Registration, error) {
	resp, err := r.cli.Get(ctx, nodeKey(r.Name))
	if err != nil {
		return nil, fmt.Errorf("registering node %s again: %w", r.Name, err)
	}
	for _, kv := range resp.Kvs {
		var row nodeRow // one that cannot be read belongs to no other process
		if json.Unmarshal(kv.Value, &row) == nil && row.KeyHash != hexHash(r.KeyHash) {
			return nil, fmt.Errorf("registering node %s again: %w", r.Name, ErrNameTaken)
		}
	}
	return Register(ctx, r.cli, r.Node)
}

// revoke ends a lease and with it the keys under it; one that is gone already is well.
func revoke(ctx context.Context, cli *clientv3.Client, lease clientv3.LeaseID) error {
	if _, err := cli.Revoke(ctx, lease); err != nil && !errors.Is(err, rpctypes.ErrLeaseNotFound) {
		return fmt.Errorf("revoking lease %x: %w", lease, err)
	}
	return nil
}

// keep eats the renewals and looks whether the key is still this incarnation's.
func (r *Registration) keep(ctx context.Context, alive <-chan *clientv3.LeaseKeepAliveResponse) {
	defer close(r.done)
	watch := r.cli.Watch(ctx, nodeKey(r.Name), clientv3.WithRev(int64(r.Incarnation)+1))
	for {
		select {
		case _, ok := <-alive:
			if !ok {
				close(r.lost)
				return
			}
		case resp, ok := <-watch:
			if !ok || resp.Err() != nil {
				watch = nil // the renewals tell as well, only later
			}
			if len(resp.Events) > 0 { // the key is written once: this is its end
				close(r.lost)
				return
			}
		}
	}
}

// Lost is closed when the registration is over: the lease expired, another
// process took the name, or Close was called. The node then owns nothing until
// it has registered again.
func (r *Registration) Lost() <-chan struct{} { return r.lost }

// Close takes the node off the table at once.
func (r *Registration) Close(ctx context.Context) error {
	r.stop()
	<-r.done
	if err := revoke(ctx, r.cli, r.lease); err != nil {
		return fmt.Errorf("unregistering node %s: %w", r.Name, err)
	}
	return nil
}

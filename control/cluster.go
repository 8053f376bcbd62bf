package control

import (
	"context"
	"crypto/rand"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// ClusterKey returns the secret that nodes and gateways show each other in the
// engine hop's hello. Whoever asks first creates it.
func ClusterKey(ctx context.Context, cli *clientv3.Client) (key codec.Hash, err error) {
	_, _ = rand.Read(key[:]) // never fails
	resp, err := cli.Txn(ctx).
		If(clientv3.Compare(clientv3.CreateRevision(keyCluster), "=", 0)).
		Then(clientv3.OpPut(keyCluster, string(key[:]))).
		Else(clientv3.OpGet(keyCluster)).
		Commit()
	if err != nil {
		return codec.Hash{}, fmt.Errorf("getting the cluster key: %w", err)
	}
	if resp.Succeeded {
		return key, nil
	}
	kv := resp.Responses[0].GetResponseRange().Kvs[0]
	if len(kv.Value) != len(key) {
		return codec.Hash{}, fmt.Errorf("the cluster key %s has %d bytes, not %d; delete it and restart every node", kv.Key, len(kv.Value), len(key))
	}
	copy(key[:], kv.Value)
	return key, nil
}

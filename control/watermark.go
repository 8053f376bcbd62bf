package control

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// A watermark key's value, little endian: "HGWM", version u8, count u16, then
// by partition u16: round u32, sequence u64, state u64, chain [32]; CRC-32C of
// everything before, u32.
const (
	watermarkMagic   = "HGWM"
	watermarkVersion = 1
	watermarkHead    = 4 + 1 + 2
	watermarkEntry   = 2 + 4 + 8 + 8 + 32
	watermarkTail    = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type watermarks map[codec.PartitionID]codec.Watermark

func (m watermarks) encode() []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, watermarkHead+len(m)*watermarkEntry+watermarkTail)
	b = append(b, watermarkMagic...)
	b = append(b, watermarkVersion)
	b = le.AppendUint16(b, uint16(len(m)))
	for _, p := range slices.Sorted(maps.Keys(m)) {
		w := m[p]
		b = le.AppendUint16(b, uint16(p))
		b = le.AppendUint32(b, uint32(w.Index.Round))
		b = le.AppendUint64(b, w.Index.Seq)
		b = le.AppendUint64(b, w.State)
		b = append(b, w.Chain[:]...)
	}
	return le.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeWatermarks(b []byte) (watermarks, error) {
	le := binary.LittleEndian
	if len(b) < watermarkHead+watermarkTail || string(b[:4]) != watermarkMagic {
		return nil, fmt.Errorf("%d bytes that are no watermarks", len(b))
	}
	if b[4] != watermarkVersion {
		return nil, fmt.Errorf("watermarks of version %d; this binary reads %d", b[4], watermarkVersion)
	}
	body, sum := b[:len(b)-watermarkTail], le.Uint32(b[len(b)-watermarkTail:])
	if got := crc32.Checksum(body, castagnoli); got != sum {
		return nil, fmt.Errorf("watermarks with checksum %08x, computed %08x", sum, got)
	}
	count := int(le.Uint16(b[5:]))
	body = body[watermarkHead:]
	if len(body) != count*watermarkEntry {
		return nil, fmt.Errorf("%d bytes for %d watermarks", len(body), count)
	}
	m := make(watermarks, count)
	for ; len(body) > 0; body = body[watermarkEntry:] {
		w := codec.Watermark{
			Partition: codec.PartitionID(le.Uint16(body)),
			Index:     codec.Index{Round: codec.Round(le.Uint32(body[2:])), Seq: le.Uint64(body[6:])},
			State:     le.Uint64(body[14:]),
			Chain:     codec.Hash(body[22:watermarkEntry]),
		}
		if _, twice := m[w.Partition]; twice {
			return nil, fmt.Errorf("two watermarks of partition %d", w.Partition)
		}
		m[w.Partition] = w
	}
	return m, nil
}

// raise takes w in if it is higher than what is there. The same index with
// another state or chain is a forked journal (I5).
func (m watermarks) raise(w codec.Watermark) error {
	old, ok := m[w.Partition]
	if !ok || old.Index.Compare(w.Index) < 0 {
		m[w.Partition] = w
		return nil
	}
	if old.Index == w.Index && old != w {
		return fmt.Errorf("partition %d forked at index %s: state %016x chain %x, and state %016x chain %x",
			w.Partition, w.Index, old.State, old.Chain[:8], w.State, w.Chain[:8])
	}
	return nil
}

// PutWatermarks records what the node knows durable, in its one key. Partitions
// that it named before and not now keep their watermark, and none goes back,
// so that a partition's watermark outlives its move to another node. The same
// index with another hash is an error (I5).
func PutWatermarks(ctx context.Context, cli *clientv3.Client, node, hunt string, marks []codec.Watermark) error {
	if err := checkNode(node); err != nil {
		return fmt.Errorf("writing watermarks: %w", err)
	}
	if err := raiseIn(ctx, cli, watermarkKey(hunt, node), marks, nil); err != nil {
		return fmt.Errorf("writing watermarks of node %s: %w", node, err)
	}
	return nil
}

// raiseIn raises watermarks in the value of a key, whoever else writes it; guard,
// if there is one, is asked at every try for what else must hold.
func raiseIn(
	ctx context.Context, cli *clientv3.Client, key string, marks []codec.Watermark, guard func() (clientv3.Cmp, error),
) error {
	for {
		var guards []clientv3.Cmp
		if guard != nil {
			also, err := guard()
			if err != nil {
				return err
			}
			guards = append(guards, also)
		}
		all, rev, err := readWatermarks(ctx, cli, key)
		if err != nil {
			return err
		}
		for _, w := range marks {
			if err := all.raise(w); err != nil {
				return err
			}
		}
		resp, err := cli.Txn(ctx).
			If(append(guards, clientv3.Compare(clientv3.ModRevision(key), "=", rev))...).
			Then(clientv3.OpPut(key, string(all.encode()))).
			Commit()
		if err != nil {
			return err
		}
		if resp.Succeeded {
			return nil
		}
	}
}

func readWatermarks(ctx context.Context, cli *clientv3.Client, key string) (watermarks, int64, error) {
	resp, err := cli.Get(ctx, key)
	if err != nil {
		return nil, 0, fmt.Errorf("reading watermarks: %w", err)
	}
	if len(resp.Kvs) == 0 {
		return watermarks{}, 0, nil
	}
	m, err := decodeWatermarks(resp.Kvs[0].Value)
	if err != nil {
		return nil, 0, fmt.Errorf("watermarks in %s are damaged: %w", key, err)
	}
	return m, resp.Kvs[0].ModRevision, nil
}

// GetWatermarks returns the highest watermark of every partition of the hunt
// that any node recorded. A damaged key is an error: without it a cut journal
// could pass for a whole one.
func GetWatermarks(ctx context.Context, cli *clientv3.Client, hunt string) (map[codec.PartitionID]codec.Watermark, error) {
	resp, err := cli.Get(ctx, watermarkKey(hunt, ""), clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("reading the watermarks of hunt %s: %w", hunt, err)
	}
	all := watermarks{}
	for _, kv := range resp.Kvs {
		m, err := decodeWatermarks(kv.Value)
		if err != nil {
			return nil, fmt.Errorf("watermarks in %s are damaged: %w", kv.Key, err)
		}
		for _, w := range m {
			if err := all.raise(w); err != nil {
				return nil, fmt.Errorf("reading the watermarks of hunt %s: %w", hunt, err)
			}
		}
	}
	return all, nil
}

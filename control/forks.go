package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/huntgraph/huntgraph/codec"
)

// Fork is a named branch of a hunt: its state right after a cut.
type Fork struct {
	Name   string
	Cut    codec.Cut
	States []uint64 // the partitions' state hashes
	Made   time.Time
}

// What can be wrong with a fork's name.
var (
	ErrForkTaken = errors.New("the hunt has a fork of this name already")
	ErrNoFork    = errors.New("the hunt has no fork of this name")
	ErrForks     = fmt.Errorf("the hunt has %d forks, the most there may be: drop one", MaxForks)
)

// forkRow is a fork as it stands in the one key that holds all of a hunt's.
type forkRow struct {
	Name   string    `json:"name"`
	Round  uint32    `json:"round"`
	Tick   uint32    `json:"tick"`
	States []hex64   `json:"states"`
	Made   time.Time `json:"made"`
}

// hex64 is a state hash in JSON, which has no integers of 64 bits.
type hex64 uint64

func (h hex64) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(h)), nil }

func (h *hex64) UnmarshalText(b []byte) error {
	v, err := strconv.ParseUint(string(b), 16, 64)
	*h = hex64(v)
	if err == nil && len(b) != 16 {
		err = fmt.Errorf("a state hash has 16 hex digits, not %d", len(b))
	}
	return err
}

func toHex(states []uint64) (list []hex64) {
	for _, s := range states {
		list = append(list, hex64(s))
	}
	return list
}

func fromHex(list []hex64) (states []uint64) {
	for _, s := range list {
		states = append(states, uint64(s))
	}
	return states
}

// CheckFork says whether a fork's name is one.
func CheckFork(name string) error {
	if !plain(name) || len(name) > MaxForkName {
		return fmt.Errorf("fork %q: a fork's name is of letters, digits, '.', '_' and '-', at most %d bytes", name, MaxForkName)
	}
	return nil
}

// Forks lists the hunt's forks in the order in which they were put.
func Forks(ctx context.Context, cli *clientv3.Client, hunt string) ([]Fork, error) {
	forks, _, err := readForks(ctx, cli, hunt)
	return forks, err
}

func readForks(ctx context.Context, cli *clientv3.Client, hunt string) (forks []Fork, rev int64, err error) {
	key := forksKey(hunt)
	resp, err := cli.Get(ctx, key)
	if err != nil {
		return nil, 0, fmt.Errorf("reading the forks of hunt %s: %w", hunt, err)
	}
	if len(resp.Kvs) == 0 {
		return nil, 0, nil
	}
	var rows []forkRow
	if err := json.Unmarshal(resp.Kvs[0].Value, &rows); err != nil {
		return nil, 0, fmt.Errorf("the list of forks in %s is damaged; delete it to forget them: %w", key, err)
	}
	for _, r := range rows {
		forks = append(forks, Fork{r.Name, codec.Cut{Round: codec.Round(r.Round), Tick: codec.Tick(r.Tick)}, fromHex(r.States), r.Made})
	}
	return forks, resp.Kvs[0].ModRevision, nil
}

// PutFork adds a fork to the hunt's list.
func PutFork(ctx context.Context, cli *clientv3.Client, hunt string, f Fork) error {
	if err := CheckFork(f.Name); err != nil {
		return err
	}
	return changeForks(ctx, cli, hunt, func(list []Fork) ([]Fork, error) {
		switch {
		case slices.ContainsFunc(list, func(o Fork) bool { return o.Name == f.Name }):
			return nil, fmt.Errorf("fork %s: %w", f.Name, ErrForkTaken)
		case len(list) >= MaxForks:
			return nil, ErrForks
		}
		return append(list, f), nil
	})
}

// DropFork takes a fork off the list.
func DropFork(ctx context.Context, cli *clientv3.Client, hunt, name string) error {
	return changeForks(ctx, cli, hunt, func(list []Fork) ([]Fork, error) {
		kept := slices.DeleteFunc(slices.Clone(list), func(f Fork) bool { return f.Name == name })
		if len(kept) == len(list) {
			return nil, fmt.Errorf("fork %s: %w", name, ErrNoFork)
		}
		return kept, nil
	})
}

// changeForks writes what fn makes of the list, if nobody else has written since it was read.
func changeForks(ctx context.Context, cli *clientv3.Client, hunt string, fn func([]Fork) ([]Fork, error)) error {
	for {
		list, rev, err := readForks(ctx, cli, hunt)
		if err != nil {
			return err
		}
		if list, err = fn(list); err != nil {
			return err
		}
		rows := make([]forkRow, 0, len(list))
		for _, f := range list {
			rows = append(rows, forkRow{f.Name, uint32(f.Cut.Round), uint32(f.Cut.Tick), toHex(f.States), f.Made})
		}
		value, err := json.Marshal(rows)
		if err != nil {
			return fmt.Errorf("encoding the forks of hunt %s: %w", hunt, err)
		}
		key := forksKey(hunt)
		resp, err := cli.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision(key), "=", rev)).
			Then(clientv3.OpPut(key, string(value))).Commit()
		if err != nil {
			return fmt.Errorf("writing the forks of hunt %s: %w", hunt, err)
		}
		if resp.Succeeded {
			return nil
		}
	}
}

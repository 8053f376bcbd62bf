package control

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime/debug"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
	"go.uber.org/zap"
)

// Config says how the embedded etcd runs.
type Config struct {
	Dir string // its own data folder; created if it is not there
}

// Etcd is an etcd server with one member inside this process. It listens
// nowhere; its client calls it directly.
type Etcd struct {
	server *embed.Etcd
	client *clientv3.Client
	trap   *trap
}

// StartEtcd starts the member and returns when it serves, normally within
// 0.2 s, at most 20 s. A folder that is locked, damaged or no folder of etcd's
// gives an error that says so. After an error the folder may stay locked by
// this process: end it before another try.
//
// etcd ends the process or panics on damage that it meets; what goes through
// its log is turned into an error here (see trap), and its files are checked
// before it opens them. What remains:
//   - a panic of etcd's outside its log, on damage that happens while it runs;
//   - a byte flipped inside a value, for which its database has no checksum
//     (watermarks carry their own; a wrong epoch meets the journal's fence);
//   - the end of its log lost together with what the database had not taken in
//     yet, at most 0.1 s of writes, as after a power loss without sync. Epochs
//     may then repeat; the journal's fence refuses them.
func StartEtcd(ctx context.Context, cfg Config) (*Etcd, error) {
	if cfg.Dir == "" {
		return nil, errors.New("starting etcd: no data folder given")
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("starting etcd: making its data folder: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	tr := newTrap()
	lg := zap.New(&slogCore{}, zap.WithFatalHook(tr), zap.WithPanicHook(tr))
	server, err := startServer(ctx, embedConfig(cfg, lg), tr, lg)
	if err != nil {
		return nil, fmt.Errorf("starting etcd in %s: %w", cfg.Dir, err)
	}
	return &Etcd{server: server, client: v3client.New(server.Server), trap: tr}, nil
}

func embedConfig(cfg Config, lg *zap.Logger) *embed.Config {
	c := embed.NewConfig()
	c.Dir = cfg.Dir
	c.Name = "huntgraph"
	peer := url.URL{Scheme: "http", Host: "127.0.0.1:2380"} // the member's identity; nothing listens there
	c.AdvertisePeerUrls = []url.URL{peer}
	c.InitialCluster = c.Name + "=" + peer.String()
	c.ListenPeerUrls, c.ListenClientUrls, c.AdvertiseClientUrls = nil, nil, nil
	c.TickMs, c.ElectionMs = tickMs, electionMs
	c.AutoCompactionMode, c.AutoCompactionRetention = embed.CompactorModeRevision, keepRevisions
	c.QuotaBackendBytes = quotaBytes
	c.ZapLoggerBuilder = embed.NewZapLoggerBuilder(lg)
	return c
}

// startServer runs embed's start in a goroutine of its own, because a trapped
// failure ends the goroutine that it happens in.
func startServer(ctx context.Context, cfg *embed.Config, tr *trap, lg *zap.Logger) (*embed.Etcd, error) {
	type result struct {
		server *embed.Etcd
		err    error
	}
	done := make(chan result, 1)
	go func() {
		out := result{err: errors.New("its start ended without a result")}
		defer func() {
			if p := recover(); p != nil {
				out.err = fmt.Errorf("it panicked: %v", p)
			}
			done <- out
		}()
		debug.SetPanicOnFault(true) // a mapped file that is cut short faults; let it be an error
		if out.err = checkFolder(cfg.Dir, lg); out.err == nil {
			out.server, out.err = embed.StartEtcd(cfg)
		}
	}()
	var server *embed.Etcd
	select {
	case r := <-done:
		if tr.err() != nil {
			return nil, tr.err()
		}
		if r.err != nil {
			return nil, r.err
		}
		server = r.server
	case <-tr.sprung:
		return nil, tr.err()
	case <-ctx.Done():
		go func() { // it cannot be called back: close it when it is there
			if r := <-done; r.server != nil && tr.err() == nil {
				r.server.Close()
			}
		}()
		return nil, fmt.Errorf("waiting for its start: %w", ctx.Err())
	}
	select {
	case <-server.Server.ReadyNotify():
		return server, nil
	case <-tr.sprung:
		return nil, tr.err()
	case <-ctx.Done():
		server.Close()
		return nil, fmt.Errorf("waiting until it serves: %w", ctx.Err())
	}
}

// Client is the in-process client, valid until Close.
func (e *Etcd) Client() *clientv3.Client { return e.client }

// Failed is closed when the member cannot go on, for instance because its disk
// is full. Err then says why. The process should stop.
func (e *Etcd) Failed() <-chan struct{} { return e.trap.sprung }

// Err is why the member failed; nil while it has not.
func (e *Etcd) Err() error { return e.trap.err() }

// Close stops the client, then the member. End first what uses the client, for
// watches and controllers would go on trying. It returns why the member had
// failed, if it had; a failed member is given up on after 3 s.
func (e *Etcd) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = e.client.Close() // it only ever says that it was closed
		e.server.Close()
	}()
	select {
	case <-closed:
		return e.trap.err()
	case <-e.trap.sprung:
	}
	select {
	case <-closed:
	case <-ctx.Done():
	}
	return e.trap.err()
}

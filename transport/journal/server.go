package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Config is what the embedded server needs.
type Config struct {
	Dir string       // its files go to Dir/jetstream; one server at a time
	Log *slog.Logger // for the server's warnings and errors; slog.Default() if nil

	lazy bool // for tests that show what is lost without a sync of every write
}

// Server is an embedded NATS server with JetStream. It listens on nothing; its
// connections are in the process. Every write is synced before it is acknowledged
// (I3). When its disk was full it is started again once there is room; appends go
// on then by themselves.
type Server struct {
	cfg   Config
	lock  *os.File
	lines *lines
	ns    atomic.Pointer[server.Server] // the one that runs
	stop  context.CancelFunc            // ends mindRoom
	ended chan struct{}                 // closed when it has
}

// StartServer starts the server on a folder, which it makes if need be, and
// returns once all streams are checked and recovered. It refuses a folder that
// another server uses, one with a damaged record (a *DamageError, or an error
// that names the stream and wraps ErrDamaged), and one that holds a stream which
// the server does not load (ErrDamaged). Damage in an object store is taken out
// and logged instead: whoever asks for the object is told.
func StartServer(cfg Config) (*Server, error) {
	if cfg.Dir == "" {
		return nil, errors.New("journal: the server needs a folder for its files")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	lock, err := lockDir(filepath.Join(cfg.Dir, server.JetStreamStoreDir))
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{cfg: cfg, lock: lock, lines: newLines(cfg.Log), stop: stop, ended: make(chan struct{})}
	err = s.start()
	go s.mindRoom(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// lockDir makes the folder and takes the lock on it. The server itself would
// share it with another one until both are corrupt.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: making the server's folder: %w", err)
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("journal: opening the server's folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errors.New("another process uses it; stop that one or choose another folder")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("journal: locking the folder %s: %w", dir, err), f.Close())
	}
	return f, nil
}

func (s *Server) start() error {
	dir := s.cfg.Dir
	streams := filepath.Join(dir, server.JetStreamStoreDir, "$G", "streams")
	if err := removeUnborn(streams); err != nil {
		return err
	}
	if err := mendObjects(streams, filepath.Join(dir, damagedDir), s.cfg.Log); err != nil {
		return err
	}
	if err := checkStreams(streams); err != nil {
		return err
	}
	ns, err := server.NewServer(&server.Options{
		ServerName:             "huntgraph",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               dir,
		SyncAlways:             !s.cfg.lazy,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return fmt.Errorf("journal: configuring the embedded server: %w", err)
	}
	ns.SetLoggerV2(s.lines, false, false, false)
	ns.Start()
	s.ns.Store(ns)
	if !ns.ReadyForConnections(startWait) || !ns.JetStreamEnabled() {
		return fmt.Errorf("journal: starting the embedded server on %s: %s", dir, s.lines.why())
	}
	return s.allLoaded(streams)
}

// Connect opens a connection within the process; close it before the server. It
// comes back by itself when the server is started again.
func (s *Server) Connect() (*nats.Conn, error) {
	nc, err := nats.Connect("", nats.InProcessServer(s), nats.Name("huntgraph"),
		nats.MaxReconnects(-1), nats.ReconnectWait(firstPause), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			s.cfg.Log.Warn("journal connection", "err", err, "subject", subjectOf(sub))
		}))
	if err != nil {
		return nil, fmt.Errorf("journal: connecting to the embedded server: %w", err)
	}
	return nc, nil
}

// InProcessConn gives the client library a connection to the server that runs.
func (s *Server) InProcessConn() (net.Conn, error) { return s.ns.Load().InProcessConn() }

func subjectOf(sub *nats.Subscription) string {
	if sub == nil {
		return ""
	}
	return sub.Subject
}

// Close stops the server and waits until its files are closed.
func (s *Server) Close() error {
	s.stop()
	<-s.ended
	s.shutdown()
	if err := s.lock.Close(); err != nil {
		return fmt.Errorf("journal: giving the folder free: %w", err)
	}
	return nil
}

func (s *Server) shutdown() {
	if ns := s.ns.Load(); ns != nil {
		ns.Shutdown()
		ns.WaitForShutdown()
	}
}

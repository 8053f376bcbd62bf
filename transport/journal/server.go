package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
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
// connections are in the process. Every write is synced before it is acknowledged (I3).
type Server struct {
	ns   *server.Server
	log  *slog.Logger
	lock *os.File
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
	s := &Server{log: cfg.Log, lock: lock}
	if err := s.start(cfg); err != nil {
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

func (s *Server) start(cfg Config) error {
	dir := cfg.Dir
	streams := filepath.Join(dir, server.JetStreamStoreDir, "$G", "streams")
	if err := removeUnborn(streams); err != nil {
		return err
	}
	if err := mendObjects(streams, filepath.Join(dir, damagedDir), s.log); err != nil {
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
		SyncAlways:             !cfg.lazy,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return fmt.Errorf("journal: configuring the embedded server: %w", err)
	}
	s.ns = ns
	lines := &lines{log: s.log}
	ns.SetLoggerV2(lines, false, false, false)
	ns.Start()
	if !ns.ReadyForConnections(startWait) || !ns.JetStreamEnabled() {
		return fmt.Errorf("journal: starting the embedded server on %s: %s", dir, lines.why())
	}
	return s.allLoaded(streams)
}

// Connect opens a connection within the process; close it before the server.
func (s *Server) Connect() (*nats.Conn, error) {
	nc, err := nats.Connect("", nats.InProcessServer(s.ns), nats.Name("huntgraph"),
		nats.MaxReconnects(0), nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			s.log.Warn("journal connection", "err", err, "subject", subjectOf(sub))
		}))
	if err != nil {
		return nil, fmt.Errorf("journal: connecting to the embedded server: %w", err)
	}
	return nc, nil
}

func subjectOf(sub *nats.Subscription) string {
	if sub == nil {
		return ""
	}
	return sub.Subject
}

// Close stops the server and waits until its files are closed.
func (s *Server) Close() error {
	if s.ns != nil {
		s.ns.Shutdown()
		s.ns.WaitForShutdown()
	}
	if err := s.lock.Close(); err != nil {
		return fmt.Errorf("journal: giving the folder free: %w", err)
	}
	return nil
}

package system

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/nats-io/nats.go"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// Store is what outlives a process: etcd and the journal, in a data folder.
type Store struct {
	Folder  *Folder
	Etcd    *control.Etcd
	Journal *journal.Journal

	server *journal.Server
	conn   *nats.Conn
}

// OpenStore starts etcd and JetStream in the folder.
func OpenStore(ctx context.Context, f *Folder) (*Store, error) {
	s := &Store{Folder: f}
	etcd := make(chan error, 1)
	go func() {
		var err error
		s.Etcd, err = control.StartEtcd(ctx, control.Config{Dir: filepath.Join(f.Dir, etcdDir)})
		etcd <- err
	}()
	err := s.openJournal()
	if err = errors.Join(err, <-etcd); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) openJournal() (err error) {
	if s.server, err = journal.StartServer(journal.Config{Dir: s.Folder.Dir}); err != nil {
		return err
	}
	if s.conn, err = s.server.Connect(); err != nil {
		return err
	}
	s.Journal, err = journal.New(s.conn, s.Folder.Plan.Hunt)
	return err
}

// Watermarks are what is known durable of every partition of the hunt.
func (s *Store) Watermarks(ctx context.Context) (map[codec.PartitionID]codec.Watermark, error) {
	return control.GetWatermarks(ctx, s.Etcd.Client(), s.Folder.Plan.Hunt)
}

// Close stops both servers; what they acknowledged is on the disk.
func (s *Store) Close() error {
	var errs []error
	if s.conn != nil {
		s.conn.Close()
	}
	if s.server != nil {
		errs = append(errs, s.server.Close())
	}
	if s.Etcd != nil {
		errs = append(errs, s.Etcd.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stop the store: %w", err)
	}
	return nil
}

// huntHash is how a journal names its hunt.
func huntHash(hunt string) codec.Hash { return sha256.Sum256([]byte(hunt)) }

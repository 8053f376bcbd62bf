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
	"github.com/huntgraph/huntgraph/partition/actor"
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
	if err = errors.Join(err, <-etcd); err == nil {
		err = errors.Join(f.pin(etcdDir), f.pin(journalDir))
	}
	if err != nil {
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

// Marks are what is known of a partition's journal from outside of it (I5): the
// highest watermark in etcd, and what the partition before it in the ring carries
// in its last record.
func (s *Store) Marks(ctx context.Context, p codec.PartitionID) (marks []codec.Watermark, err error) {
	known, err := control.GetWatermarks(ctx, s.Etcd.Client(), s.Folder.Plan.Hunt)
	if err != nil {
		return nil, err
	}
	if mark, ok := known[p]; ok {
		marks = append(marks, mark)
	}
	ring := codec.PartitionID(s.Folder.World.Partitions())
	before := (p + ring - 1) % ring
	mark, ok, err := actor.NeighbourMark(ctx, before, s.Journal.Partition(before))
	if err != nil {
		return nil, fmt.Errorf("read what partition %d knows of partition %d: %w", before, p, err)
	}
	if ok && mark.Partition == p {
		marks = append(marks, mark)
	}
	return marks, nil
}

// declared holds the folder's hunt against what etcd knows of it. A hunt that
// etcd does not know has no records: the first comes after its declaration.
func (s *Store) declared(ctx context.Context) error {
	err := control.CheckDeclared(ctx, s.Etcd.Client(), s.hunt())
	if !errors.Is(err, control.ErrNotDeclared) {
		return err
	}
	for p := range codec.PartitionID(s.Folder.World.Partitions()) {
		log := s.Journal.Partition(p)
		rounds, listed := log.Rounds(ctx)
		for _, round := range rounds {
			last, _, read := log.Last(ctx, round)
			if listed = errors.Join(listed, read); last > 0 {
				return fmt.Errorf("%w, but partition %d has records in round %d: %s is not the one that belongs to this journal; restore it",
					err, p, round, filepath.Join(s.Folder.Dir, etcdDir))
			}
		}
		if listed != nil {
			return listed
		}
	}
	return nil
}

// hunt is the folder's hunt as etcd knows it.
func (s *Store) hunt() control.Hunt {
	f := s.Folder
	return control.Hunt{Name: f.Plan.Hunt, World: f.World.Hash(), Partitions: f.World.Partitions(), Secret: fingerprintOf(f.Secret)}
}

// Rollbacks are what a partition of the hunt was ordered, as far as its journal
// goes back. It is not nil: all are known.
func (s *Store) Rollbacks(ctx context.Context, p codec.PartitionID) ([]codec.Rollback, error) {
	all, err := control.Rollbacks(ctx, s.Etcd.Client(), s.Folder.Plan.Hunt)
	list := make([]codec.Rollback, 0, len(all))
	for i := range all {
		if len(all[i].States) != s.Folder.World.Partitions() {
			return nil, fmt.Errorf("the rollback at %v names %d partitions, the world has %d", all[i].At, len(all[i].States), s.Folder.World.Partitions())
		}
		list = append(list, all[i].Of(p))
	}
	return list, err
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

package control

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.uber.org/zap"
)

// errDamaged is what every finding of the checks below wraps.
var errDamaged = errors.New("damaged; restore the folder from a copy")

// checkFolder looks at etcd's files before etcd does: etcd waits for ever for a
// locked database, panics in a goroutine of its own on a damaged one, and with
// a log that lost its end it starts and never serves.
func checkFolder(dir string, lg *zap.Logger) error {
	path := filepath.Join(dir, "member", "snap", "db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if log := filepath.Join(dir, "member", "wal"); wal.Exist(log) { // which is made after the database
			return fmt.Errorf("its database %s is missing, while its log %s is there: %w", path, log, errDamaged)
		}
		return nil // a new folder
	}
	applied, err := checkDatabase(path)
	if err != nil {
		return fmt.Errorf("its database %s: %w", path, err)
	}
	path = filepath.Join(dir, "member", "wal")
	if !wal.Exist(path) {
		if applied == 0 {
			return nil // it was stopped before its first write
		}
		return fmt.Errorf("its log %s is missing, while the database has index %d: %w", path, applied, errDamaged)
	}
	if err := checkLog(path, applied, lg); err != nil {
		return fmt.Errorf("its log %s: %w", path, err)
	}
	return nil
}

// checkDatabase reads every page and returns the log index that the database
// holds. A page that names itself wrongly is a panic of the database's, in this
// goroutine; the caller recovers.
func checkDatabase(path string) (applied uint64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockWait})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return 0, errors.New("in use by another process: stop that one, or choose another data folder")
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", err, errDamaged)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.View(func(tx *bolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("cut short, %d of %d bytes: %w", info.Size(), tx.Size(), errDamaged)
		}
		if err := readAll(tx); err != nil {
			return err
		}
		for e := range tx.Check() { // to the end, or its goroutine stays
			if err == nil {
				err = fmt.Errorf("%w: %w", e, errDamaged)
			}
		}
		if err != nil {
			return err
		}
		if meta := tx.Bucket([]byte("meta")); meta != nil {
			if v := meta.Get([]byte("consistent_index")); len(v) == 8 {
				applied = binary.BigEndian.Uint64(v)
			}
		}
		return nil
	})
	return applied, err
}

// readAll visits every page, so that tx.Check, which visits them in a goroutine
// that nobody can recover, meets no page that panics.
func readAll(tx *bolt.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v: %w", p, errDamaged)
		}
	}()
	return tx.ForEach(func(_ []byte, b *bolt.Bucket) error {
		return b.ForEach(func(_, _ []byte) error { return nil })
	})
}

// checkLog reads the log as far as it is sound, which must be as far as the
// database is. A last entry cut short is sound: the process died while writing it.
func checkLog(dir string, applied uint64, lg *zap.Logger) error {
	snaps, err := wal.ValidSnapshotEntries(lg, dir)
	if err != nil {
		return fmt.Errorf("%w: %w", err, errDamaged)
	}
	if len(snaps) == 0 {
		return fmt.Errorf("holds nothing: %w", errDamaged)
	}
	from := snaps[len(snaps)-1]
	w, err := wal.OpenForRead(lg, dir, &walpb.Snapshot{Index: from.Index, Term: from.Term})
	if err != nil {
		return err
	}
	_, _, entries, err := w.ReadAll() // closes it; Close is for writers
	if err != nil {
		return fmt.Errorf("%w: %w", err, errDamaged)
	}
	last := from.GetIndex()
	if len(entries) > 0 {
		last = entries[len(entries)-1].GetIndex()
	}
	if last < applied {
		return fmt.Errorf("ends at index %d, while the database has %d: %w", last, applied, errDamaged)
	}
	return nil
}

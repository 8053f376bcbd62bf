package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// What an object store holds can be done without: recovery takes the snapshot
// before one that is gone. So damage there must not keep a hunt from starting, and
// the server must not see it either: it would drop all objects that were stored
// later. What is damaged is taken out of the files before the server starts. The
// sequences in the block then have a gap, as those of deleted objects leave, and
// the object in question cannot be read, which is said when it is asked for.

// damagedDir is where files are kept as they were found, below the data folder.
const damagedDir = "damaged"

// mendObjects takes damaged records out of all object stores on disk and says so.
func mendObjects(streams, aside string, log *slog.Logger) error {
	folders, err := streamFolders(streams)
	if err != nil {
		return err
	}
	for _, name := range folders {
		if !strings.HasPrefix(name, "OBJ_") {
			continue
		}
		if err := mendStream(filepath.Join(streams, name, "msgs"), name, filepath.Join(aside, name), log); err != nil {
			return fmt.Errorf("journal: taking damage out of stream %s: %w", name, err)
		}
	}
	return nil
}

func mendStream(dir, name, aside string, log *slog.Logger) error {
	blocks, err := blockFiles(dir)
	if err != nil {
		return err
	}
	for _, file := range blocks {
		path := filepath.Join(dir, file.name)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b, err := newBlock(name, file.number, data)
		if err != nil {
			return err
		}
		whole, lost := b.mended()
		if lost == 0 {
			continue
		}
		kept, err := keep(aside, file.name, data)
		if err == nil {
			err = replace(path, whole)
		}
		if err != nil {
			return err
		}
		if err := os.Remove(filepath.Join(dir, stateFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		log.Warn("journal: damage was taken out of an object store: one snapshot or archive cannot be read, or was being stored when the server was killed",
			"file", path, "bytes", lost, "as_found", kept)
	}
	return nil
}

// mended is the block without what is damaged, and how many bytes that is. A
// write that was torn at the end goes too: nobody was told of it.
func (b *block) mended() (whole []byte, lost int) {
	for at := 0; at < len(b.data); {
		if _, size := b.record(at); size > 0 {
			whole = append(whole, b.data[at:at+size]...)
			at += size
			continue
		}
		next := b.next(at)
		lost += next - at
		at = next
	}
	return whole, lost
}

// next is the offset of the next good record behind an offset, or of the end.
func (b *block) next(at int) int {
	for at++; at < len(b.data); at++ {
		if _, size := b.record(at); size > 0 {
			break
		}
	}
	return at
}

// keep stores a file as it was found, under a name that is free.
func keep(dir, name string, data []byte) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, name+".*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	return f.Name(), errors.Join(err, f.Sync(), f.Close())
}

// replace puts other content in a file's place, whole or not at all.
func replace(path string, data []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

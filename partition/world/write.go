package world

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write writes the world to a file, whole or not at all: it is written beside
// the path, synced and then renamed over it, so that a reader that has the old
// file mapped keeps it.
func (w *World) Write(path string) error {
	if err := w.write(path); err != nil {
		return fmt.Errorf("writing world %s: %w", path, err)
	}
	return nil
}

func (w *World) write(path string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = w.WriteTo(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a rename in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// WriteTo writes the bytes of the world's file.
func (w *World) WriteTo(out io.Writer) (int64, error) {
	if !littleEndian {
		return 0, errBigEndian
	}
	all := w.sections()
	seal(all)
	written, err := out.Write(layout(all))
	at := int64(written)
	for i := 0; i < len(all) && err == nil; i++ {
		if pad := all[i].offset - at; pad > 0 {
			written, err = out.Write(make([]byte, pad))
			at += int64(written)
		}
		if err == nil {
			written, err = out.Write(all[i].data)
			at += int64(written)
		}
	}
	return at, err
}

// Size is the length of the world's file, in bytes.
func (w *World) Size() int64 { return place(w.sections()) }

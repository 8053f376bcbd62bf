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
	if err := Replaceable(path, magic); err != nil {
		return err
	}
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

// Replaceable refuses a path where there is a file that does not begin as those do
// that are to be written there: a source, say, that would be gone for good.
func Replaceable(path, begins string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() == 0 {
		return err
	} else if !info.Mode().IsRegular() {
		return Refuse("%s is not a regular file but %v: choose another name", path, info.Mode().Type())
	}
	head := make([]byte, len(begins))
	if n, err := io.ReadFull(f, head); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("reading %s: %w", path, err)
	} else if string(head[:n]) != begins {
		return Refuse("%s is there already and is something else: remove it, or choose another name", path)
	}
	return nil
}

// Magic is how a .world file begins.
const Magic = magic

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

package system

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// InspectCopy is Inspect of a copy in a temporary folder: nothing in dir is
// written, so it may be on a disk that is mounted read-only, or be evidence. The copy takes as
// much room as the folder without its world, which is read where it is.
func InspectCopy(ctx context.Context, dir string) (in Inspection, err error) {
	if !holdsHunt(dir) {
		return in, fmt.Errorf("%s: %w; give the --data-dir of a `hunt dev`", dir, ErrNoHunt)
	}
	held := &Folder{Dir: dir}
	defer func() { err = errors.Join(err, held.Close()) }()
	if err := held.holdReadOnly(); err != nil {
		return in, err
	}
	temp, err := os.MkdirTemp("", "hunt-verify-")
	if err != nil {
		return in, fmt.Errorf("make a temporary folder for the copy: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if err := copyFolder(ctx, dir, temp); err != nil {
		return in, fmt.Errorf("copy %s to %s: %w", dir, temp, err)
	}
	in, err = Inspect(ctx, temp)
	for i, f := range in.Findings {
		in.Findings[i].What = strings.ReplaceAll(f.What, temp, dir)
	}
	return in, err
}

// holdReadOnly takes the folder's lock, if there is one, and writes nothing.
func (f *Folder) holdReadOnly() error {
	path := filepath.Join(f.Dir, lockFile)
	lock, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the data folder's lock: %w", err)
	}
	return f.lockWith(lock)
}

// copyFolder copies folders and regular files; a socket is none of a hunt's
// state. The world, which never changes, is linked.
func copyFolder(ctx context.Context, from, to string) error {
	absolute, err := filepath.Abs(from)
	if err != nil {
		return err
	}
	return filepath.WalkDir(absolute, func(path string, d fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		name, err := filepath.Rel(absolute, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case name == ".":
			return nil
		case name == worldFile:
			return os.Symlink(path, target)
		case d.IsDir():
			return os.Mkdir(target, 0o700)
		case d.Type().IsRegular():
			return copyFile(path, target)
		}
		return nil
	})
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

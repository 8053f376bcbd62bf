package jepsen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Corruption is one thing done to the files of a data folder that no process uses.
type Corruption func(dir string) error

// Remove takes away a file, or a folder with all in it.
func Remove(path string) Corruption {
	return func(dir string) error {
		if _, err := os.Lstat(filepath.Join(dir, path)); err != nil {
			return fmt.Errorf("remove: %w", err)
		}
		return os.RemoveAll(filepath.Join(dir, path))
	}
}

// Truncate cuts a file to some bytes; below 0: that many from its end.
func Truncate(path string, size int64) Corruption {
	return func(dir string) error {
		path := filepath.Join(dir, path)
		if size < 0 {
			info, err := os.Stat(path)
			if err != nil {
				return fmt.Errorf("truncate: %w", err)
			}
			return os.Truncate(path, info.Size()+size)
		}
		return os.Truncate(path, size)
	}
}

// Zero overwrites a file's last bytes.
func Zero(path string, last int64) Corruption {
	return func(dir string) error {
		f, err := os.OpenFile(filepath.Join(dir, path), os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("zero: %w", err)
		}
		info, err := f.Stat()
		if err == nil {
			_, err = f.WriteAt(make([]byte, last), info.Size()-last)
		}
		return errors.Join(err, f.Close())
	}
}

// Swap lets two files or folders change places.
func Swap(a, b string) Corruption {
	return func(dir string) error {
		a, b, beside := filepath.Join(dir, a), filepath.Join(dir, b), filepath.Join(dir, "swap")
		return errors.Join(os.Rename(a, beside), os.Rename(b, a), os.Rename(beside, b))
	}
}

// Foreign replaces a file or folder by the one in its place in another folder.
func Foreign(path, other string) Corruption {
	return func(dir string) error {
		if err := Remove(path)(dir); err != nil {
			return err
		}
		return Clone(filepath.Join(other, path), filepath.Join(dir, path))
	}
}

// Glob is the one path in a data folder that a pattern names.
func Glob(dir, pattern string) (string, error) {
	paths, err := fs.Glob(os.DirFS(dir), pattern)
	if err == nil && len(paths) != 1 {
		err = fmt.Errorf("%d paths in %s are named %s", len(paths), dir, pattern)
	}
	if err != nil {
		return "", err
	}
	return paths[0], nil
}

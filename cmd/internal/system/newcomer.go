package system

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// newcomer remembers what there was at a folder's path before a first start, so
// that a start that fails leaves nothing behind.
type newcomer struct {
	above string   // the folder above that was there already
	there []string // what was in the folder itself, if it was there
}

func firstLook(dir string) (*newcomer, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("look at the data folder: %w", err)
	}
	n := new(newcomer)
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("look at the data folder: %w", err)
	}
	for _, e := range entries {
		n.there = append(n.there, e.Name())
	}
	for ; errors.Is(err, os.ErrNotExist) && path != filepath.Dir(path); _, err = os.Lstat(path) {
		path = filepath.Dir(path)
	}
	n.above = path
	return n, nil
}

// undo removes what was not there before. A folder above stays if others have
// put something there meanwhile.
func (n *newcomer) undo(dir string) error {
	path, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	errs := []error{err}
	for _, e := range entries {
		if !slices.Contains(n.there, e.Name()) {
			errs = append(errs, os.RemoveAll(filepath.Join(path, e.Name())))
		}
	}
	for ; path != n.above && errors.Join(errs...) == nil; path = filepath.Dir(path) {
		if os.Remove(path) != nil {
			break
		}
	}
	return errors.Join(errs...)
}

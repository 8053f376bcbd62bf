package system

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// maxPrivate bounds a file that readPrivate reads, in bytes: a plan has some 300,
// credentials at most 1,800.
const maxPrivate = 64 << 10

// makePrivate takes a folder's permissions away from everybody but its owner.
func makePrivate(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return os.Chmod(dir, info.Mode().Perm()&0o700)
}

// openPrivate opens a file of the data folder, which is made for its owner alone. A
// link is not followed, and what is no file is refused: a FIFO would hold the process
// up for ever, a device or a link would make it read or write something else.
func openPrivate(path string, flag int) (*os.File, error) {
	file, err := os.OpenFile(path, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if errors.Is(err, unix.ELOOP) {
		return nil, fmt.Errorf("%s is a link: put the file itself there", path)
	}
	if errors.Is(err, unix.ENXIO) || errors.Is(err, unix.EISDIR) {
		return nil, notRegular(path)
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(path)
	}
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = file.Chmod(0o600) // of a release before this one
		if flag&unix.O_ACCMODE == os.O_RDONLY && errors.Is(err, unix.EROFS) {
			err = nil
		}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func notRegular(path string) error {
	return fmt.Errorf("%s is not a regular file: remove it, or choose another --data-dir", path)
}

// readPrivate reads a whole file of the data folder, as openPrivate opens it.
func readPrivate(path string) ([]byte, error) {
	file, err := openPrivate(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxPrivate+1))
	if err == nil && len(data) > maxPrivate {
		err = fmt.Errorf("%s has more than %d bytes", path, maxPrivate)
	}
	return data, err
}

// writeSynced writes a file for its owner alone, whole or not at all, also when
// the power goes.
func writeSynced(path string, data []byte) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a write that a crash cut short
		return err
	}
	file, err := openPrivate(fresh, os.O_CREATE|os.O_EXCL|os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

package system

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/partition/actor"
	"github.com/huntgraph/huntgraph/transport/journal"
)

// ErrFolderLost says that a data folder is not where it was opened any more:
// what its files still take is lost with them.
var ErrFolderLost = errors.New("the data folder was renamed, removed or replaced while the hunt ran; what was not durable before that is lost")

// errReadOnly says that nothing can be written any more.
var errReadOnly = errors.New("its file system has become read-only; look at the disk, then start the hunt again")

// pin remembers what stands in the folder under a name, which must stay there.
func (f *Folder) pin(name string) error {
	path := filepath.Join(f.Dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look for the data folder's files: %w", err)
	}
	f.pinned = append(f.pinned, pinned{path, info})
	return nil
}

type pinned struct {
	path string
	info os.FileInfo
}

// held is nil while the folder's files are still found under its name. It costs
// some microseconds. An answer that says nothing about that, as of a disk that
// fails, counts as nothing.
func (f *Folder) held() error {
	for _, p := range f.pinned {
		info, err := os.Stat(p.path)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR) || err == nil && !os.SameFile(info, p.info) {
			return fmt.Errorf("%s: %w", f.Dir, ErrFolderLost)
		}
	}
	return nil
}

// watch ends with an error when the folder is lost or cannot be written any more.
func (f *Folder) watch(ctx context.Context) error {
	ticker := time.NewTicker(folderEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
		if err := f.held(); err != nil {
			return err
		}
		var fs unix.Statfs_t
		if unix.Statfs(f.Dir, &fs) == nil && fs.Flags&unix.ST_RDONLY != 0 {
			return fmt.Errorf("%s: %w", f.Dir, errReadOnly)
		}
	}
}

// heldLog is a partition's journal that calls nothing durable once the folder is lost.
type heldLog struct {
	*journal.Log
	folder *Folder
}

func (l heldLog) Append(ctx context.Context, at codec.Index, record []byte) error {
	if err := l.Log.Append(ctx, at, record); err != nil {
		return err
	}
	return l.folder.held()
}

func (l heldLog) Start(at codec.Index, record []byte) actor.Pending {
	return heldAppend{l.Log.Start(at, record), l.folder}
}

type heldAppend struct {
	actor.Pending
	folder *Folder
}

func (p heldAppend) Wait(ctx context.Context) error {
	if err := p.Pending.Wait(ctx); err != nil {
		return err
	}
	return p.folder.held()
}

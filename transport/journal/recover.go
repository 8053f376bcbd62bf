package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// A stream is a folder: meta.inf is its configuration, meta.sum that one's
// checksum, msgs/*.blk are the messages. The server skips a folder whose meta
// files are absent or do not match, with a warning only.

// removeUnborn removes the folders of streams whose creation a crash cut short:
// a meta file is absent and there is no message. Left there, such a folder
// would be taken into use without ever getting its checksum, and be skipped
// with all its messages at the next start.
func removeUnborn(streams string) error {
	folders, err := streamFolders(streams)
	if err != nil {
		return err
	}
	for _, name := range folders {
		dir := filepath.Join(streams, name)
		unborn, err := isUnborn(dir)
		if err == nil && unborn {
			err = os.RemoveAll(dir)
		}
		if err != nil {
			return fmt.Errorf("journal: looking for streams that a crash left half made: %w", err)
		}
	}
	return nil
}

func isUnborn(dir string) (bool, error) {
	whole := true
	for _, name := range []string{server.JetStreamMetaFile, server.JetStreamMetaFileSum} {
		_, err := os.Stat(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		whole = whole && err == nil
	}
	if whole {
		return false, nil
	}
	blocks, err := filepath.Glob(filepath.Join(dir, "msgs", "*.blk"))
	if err != nil {
		return false, err
	}
	for _, b := range blocks {
		if info, err := os.Stat(b); err != nil || info.Size() > 0 {
			return false, err
		}
	}
	return true, nil
}

// allLoaded fails when a stream on disk was not loaded: to everybody else it
// would look as if it had never been (I3, I5).
func (s *Server) allLoaded(streams string) error {
	folders, err := streamFolders(streams)
	if err != nil || len(folders) == 0 {
		return err
	}
	nc, err := s.Connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("journal: using JetStream: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	loaded := make(map[string]bool)
	list := js.StreamNames(ctx)
	for name := range list.Name() {
		loaded[name] = true
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("journal: listing the streams: %w", err)
	}
	for _, name := range folders {
		if !loaded[name] {
			return fmt.Errorf("%w: stream %s is on disk but cannot be loaded, its files under %s do not fit together; restore them or move the folder away",
				ErrDamaged, name, filepath.Join(streams, name))
		}
	}
	return nil
}

// streamFolders lists the folders of streams; the server marks those that it is
// about to remove with a dot.
func streamFolders(streams string) ([]string, error) {
	entries, err := os.ReadDir(streams)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: listing the streams on disk: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/minio/highwayhash"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/huntgraph/huntgraph/codec"
)

// Inspect reads every stream in the folder of a server that does not run, the
// same files that StartServer checks, and changes nothing. It goes on after what
// is damaged: the error is about the folder, the streams have their own.
func Inspect(dir string) ([]Scanned, error) {
	store := filepath.Join(dir, server.JetStreamStoreDir)
	if _, err := os.Stat(store); err != nil {
		return nil, fmt.Errorf("journal: looking for the server's folder: %w", err)
	}
	lock, err := lockDir(store)
	if err != nil {
		return nil, err
	}
	defer lock.Close() //nolint:errcheck // it holds a lock and nothing else
	streams := filepath.Join(store, "$G", "streams")
	folders, err := streamFolders(streams)
	if err != nil {
		return nil, err
	}
	all := make([]Scanned, 0, len(folders))
	for _, name := range folders {
		folder := filepath.Join(streams, name)
		unborn, err := isUnborn(folder)
		if err != nil {
			return nil, fmt.Errorf("journal: looking at stream %s: %w", name, err)
		}
		if unborn {
			continue // a start removes it
		}
		s := scanStream(filepath.Join(folder, "msgs"), name)
		if s.Err == nil {
			if err := checkMeta(folder, name); err != nil {
				s.File, s.Err = folder, fmt.Errorf("%w: stream %s: %w", ErrDamaged, name, err)
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// checkMeta checks a stream's settings against their checksum, which is keyed by
// the stream's name, as the server does before it loads the stream.
func checkMeta(folder, name string) error {
	path := filepath.Join(folder, server.JetStreamMetaFile)
	meta, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(folder, server.JetStreamMetaFileSum))
	if err != nil {
		return err
	}
	key := sha256.Sum256([]byte(name))
	h, err := highwayhash.New64(key[:])
	if err != nil {
		return err
	}
	_, _ = h.Write(meta) // a hash never fails
	if hex.EncodeToString(h.Sum(nil)) != string(sum) {
		return fmt.Errorf("its settings in %s are not those that were stored, or not this stream's", path)
	}
	var settings struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(meta, &settings); err != nil || settings.Name != name {
		return errors.Join(fmt.Errorf("its settings in %s are of stream %q", path, settings.Name), err)
	}
	return nil
}

// Folder is where the round's stream lies below the folder of an embedded server.
func (l *Log) Folder(dir string, round codec.Round) string {
	return streamFolder(dir, l.stream(round).name)
}

// Folder is where the round's stream lies below the folder of an embedded server.
func (e *Events) Folder(dir string, round codec.Round) string {
	return streamFolder(dir, e.stream(round).name)
}

// ObjectsFolder is where snapshots and archives lie below the folder of an
// embedded server.
func (j *Journal) ObjectsFolder(dir string) string {
	return streamFolder(dir, j.names.bucketStream())
}

func streamFolder(dir, name string) string {
	return filepath.Join(dir, server.JetStreamStoreDir, "$G", "streams", name)
}

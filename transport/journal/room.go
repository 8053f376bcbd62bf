package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nats-io/nats-server/v2/server"
)

// mindRoom starts the server again after a write that found no room. The server
// takes nothing more for a stream then, whatever room there is later; only a
// start puts that right. After another failure of the disk, what its files show
// may not be on it: then the server stays as it is, silent.
func (s *Server) mindRoom(ctx context.Context) {
	defer close(s.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.lines.failed:
		}
		s.cfg.Log.Error("journal: the disk is full; the server starts again when there is room", "dir", s.cfg.Dir)
		for err := error(errNoRoom); err != nil; {
			if sleep(ctx, roomEvery) != nil {
				return
			}
			if err = s.probe(); err == nil {
				err = s.restart()
			}
			if err != nil && !errors.Is(err, errNoRoom) {
				s.cfg.Log.Error("journal: starting the server again", "err", err)
			}
		}
		s.cfg.Log.Info("journal: the server runs again", "dir", s.cfg.Dir)
	}
}

func (s *Server) restart() error {
	s.shutdown()
	select {
	case <-s.lines.failed: // of the server that is gone
	default:
	}
	return s.start()
}

var errNoRoom = errors.New("journal: the disk has no room")

// probe writes and syncs a file of probeBytes and removes it.
func (s *Server) probe() error {
	path := filepath.Join(s.cfg.Dir, server.JetStreamStoreDir, ".room")
	err := func() error {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		_, err = f.Write(make([]byte, probeBytes))
		return errors.Join(err, f.Sync(), f.Close())
	}()
	if err := errors.Join(err, os.Remove(path)); err != nil {
		return fmt.Errorf("%w: %w", errNoRoom, err)
	}
	return nil
}

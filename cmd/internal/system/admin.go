package system

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntgraph/huntgraph/codec"
	"github.com/huntgraph/huntgraph/control"
	"github.com/huntgraph/huntgraph/partition/actor"
)

// adminSocket is where a running hunt takes its operator's orders: HTTP with
// JSON, on a socket in the data folder that only the folder's owner may use.
const adminSocket = "admin.sock"

// maxSocketPath is how long a socket's path may be, in bytes, by the kernel's rule.
const maxSocketPath = 107

// adminWait bounds an order: one that rebuilds the past reads an hour's journal.
const adminWait = 5 * time.Minute

// Admin serves the operator.
type Admin struct {
	listener net.Listener
	server   *http.Server
	path     string
}

// NewAdmin listens in a data folder. Where its path is too long for a socket
// there is no admin, which a warning says, and all else works.
func NewAdmin(dir string, b *Branches, registry prometheus.Registerer, log *slog.Logger) (*Admin, error) {
	a := &Admin{path: filepath.Join(dir, adminSocket)}
	if len(a.path)+len("/.new") > maxSocketPath {
		log.Warn("no operator's socket: the path of the data folder is too long for it", "socket", a.path, "max_bytes", maxSocketPath)
		return nil, nil
	}
	a.server = newServer(b.handler(), adminWait+writeWait)
	return a, a.listen(registry)
}

// listen makes the socket in a folder that nobody else can look into, and moves
// it to its place when its mode is set: it is never open to others.
func (a *Admin) listen(registry prometheus.Registerer) error {
	hidden := a.path + ".d"
	if err := errors.Join(os.RemoveAll(hidden), os.Mkdir(hidden, 0o700)); err != nil {
		return fmt.Errorf("make a folder for the operator's socket: %w", err)
	}
	at := filepath.Join(hidden, "s")
	listener, err := net.Listen("unix", at)
	if err != nil {
		return fmt.Errorf("listen for the operator: %w", err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // it will not be there
	a.listener = newCapped(listener, maxAdminConns, "admin", registry)
	if err := errors.Join(os.Chmod(at, 0o600), os.Rename(at, a.path), os.RemoveAll(hidden)); err != nil {
		return errors.Join(fmt.Errorf("place the operator's socket: %w", err), listener.Close())
	}
	return nil
}

// Run serves until ctx ends.
func (a *Admin) Run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- a.server.Serve(a.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve the operator: %w", err)
	case <-ctx.Done():
	}
	err := a.server.Close() // an order under way sees its context end
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	if e := os.Remove(a.path); e != nil && !errors.Is(e, fs.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return err
}

// ForkOrder is the body of an order for a fork.
type ForkOrder struct {
	Name string `json:"name"`
	At   string `json:"at,omitempty"` // round/tick; empty: now
}

// ForkList is the hunt's forks and how many there may be.
type ForkList struct {
	Forks []Branch `json:"forks"`
	Max   int      `json:"max"`
}

// Dropped says what was dropped.
type Dropped struct {
	Dropped string `json:"dropped"`
}

func (b *Branches) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/forks", answer(func(r *http.Request) (any, error) {
		var o ForkOrder
		if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 4096)).Decode(&o); err != nil {
			return nil, fmt.Errorf("the order is not JSON: %w", err)
		}
		var at codec.Cut
		if o.At != "" {
			var err error
			if at, err = codec.ParseCut(o.At); err != nil {
				return nil, fmt.Errorf("%q is no tick: want round/tick, as 3/4500", o.At)
			}
		}
		return b.Fork(r.Context(), o.Name, at)
	}))
	mux.HandleFunc("GET /v1/forks", answer(func(r *http.Request) (any, error) {
		list, err := b.Forks(r.Context())
		return ForkList{list, control.MaxForks}, err
	}))
	mux.HandleFunc("GET /v1/forks/{name}/diff", answer(func(r *http.Request) (any, error) {
		return b.Diff(r.Context(), r.PathValue("name"), r.URL.Query().Get("with"))
	}))
	mux.HandleFunc("POST /v1/forks/{name}/rollback", answer(func(r *http.Request) (any, error) {
		return b.Rollback(r.Context(), r.PathValue("name"))
	}))
	mux.HandleFunc("DELETE /v1/forks/{name}", answer(func(r *http.Request) (any, error) {
		return Dropped{r.PathValue("name")}, b.Drop(r.Context(), r.PathValue("name"))
	}))
	return mux
}

// adminError is an answer that is an error.
type adminError struct {
	Error string `json:"error"`
}

// answer makes a handler of a function.
func answer(fn func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), adminWait)
		defer cancel()
		v, err := fn(r.WithContext(ctx))
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.WriteHeader(statusOf(err))
			v = adminError{err.Error()}
		}
		_ = json.NewEncoder(w).Encode(v) // an operator that is gone reads no answer
	}
}

func statusOf(err error) int {
	for _, known := range []struct {
		err    error
		status int
	}{
		{control.ErrNoFork, http.StatusNotFound},
		{control.ErrForkTaken, http.StatusConflict},
		{control.ErrForks, http.StatusConflict},
		{errNotSettled, http.StatusConflict},
		{actor.ErrForkRoom, http.StatusInsufficientStorage},
		{context.DeadlineExceeded, http.StatusGatewayTimeout},
	} {
		if errors.Is(err, known.err) {
			return known.status
		}
	}
	return http.StatusInternalServerError
}

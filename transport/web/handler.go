package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed static
var embedded embed.FS

// SessionInfo is the answer of /api/session: a player, of its own for every call that
// names none in ?player=, and the way to the gateway.
type SessionInfo struct {
	Hunt       string   `json:"hunt"`        // tenant/room
	Gateway    string   `json:"gateway"`     // https://127.0.0.1:PORT/hunt
	CertHashes []string `json:"cert_hashes"` // base64 of the SHA-256 of the certificates that the gateway may show, DER
	Token      string   `json:"token"`       // JWT of the player
	Player     string   `json:"player"`      // the player's id, 16 hex digits
	Name       string   `json:"name"`        // a name to begin with
	// Goals are the hunt's named goals, which have the numbers from 1 on.
	Goals []Goal `json:"goals,omitempty"`
}

// Goal is a place that players may choose to be led to.
type Goal struct {
	Name string `json:"name"`
	Node uint32 `json:"node"`
}

// Config is what the page is served with.
type Config struct {
	// World is the map as AppendWorld made it.
	World []byte
	// Session mints a player. Its error is shown to the page with status 503.
	Session func(*http.Request) (SessionInfo, error)
	// Hosts are the host names under which the page may be asked for, as Guard takes them.
	Hosts []string
	// Connect are the sources that the page may open WebTransport to, as in a
	// content security policy. Empty means https://127.0.0.1:*.
	Connect []string
}

type file struct {
	name, kind, tag string
	body            []byte
}

type handler struct {
	config Config
	policy string
	files  map[string]file // by path
	world  file
	packed func() ([]byte, error) // the world, compressed when first asked for
}

// Handler serves the page. It fails if the configuration lacks a part or a file
// of the page has a type that browsers would not take.
func Handler(config Config) (http.Handler, error) {
	if config.Session == nil {
		return nil, errors.New("web: Config.Session is missing")
	}
	if !bytes.HasPrefix(config.World, []byte(worldMagic)) {
		return nil, errors.New("web: Config.World is not what AppendWorld makes")
	}
	if len(config.Connect) == 0 {
		config.Connect = []string{"https://127.0.0.1:*"}
	}
	files, err := page()
	if err != nil {
		return nil, err
	}
	h := &handler{
		config: config,
		files:  files,
		world:  file{name: "world", kind: "application/octet-stream", tag: tag(config.World), body: config.World},
		packed: sync.OnceValues(func() ([]byte, error) { return pack(config.World) }),
		policy: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' " +
			strings.Join(config.Connect, " ") + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}
	return Guard(config.Hosts, h), nil
}

// page is every embedded file under its path; index.html is / as well.
func page() (map[string]file, error) {
	files := make(map[string]file)
	err := fs.WalkDir(embedded, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		kind, ok := kinds[path.Ext(name)]
		if !ok {
			return fmt.Errorf("no content type is known for its ending")
		}
		files[strings.TrimPrefix(name, "static")] = file{name: name, kind: kind, tag: tag(body), body: body}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("web: read the page's files: %w", err)
	}
	files["/"] = files["/index.html"]
	return files, nil
}

// kinds are stated here because the machine's own table may call a module text/plain.
var kinds = map[string]string{
	".html": mime.FormatMediaType("text/html", map[string]string{"charset": "utf-8"}),
	".css":  mime.FormatMediaType("text/css", map[string]string{"charset": "utf-8"}),
	".js":   mime.FormatMediaType("text/javascript", map[string]string{"charset": "utf-8"}),
	".svg":  "image/svg+xml",
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", h.policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	switch f, known := h.files[r.URL.Path]; {
	case r.URL.Path == "/api/session":
		if method(w, r, http.MethodGet) {
			h.session(w, r)
		}
	case r.URL.Path == "/api/world":
		if method(w, r, http.MethodGet, http.MethodHead) {
			h.sendWorld(w, r)
		}
	case known:
		if method(w, r, http.MethodGet, http.MethodHead) {
			send(w, r, f)
		}
	default:
		refuse(w, http.StatusNotFound, fmt.Errorf("nothing is served at %s; the page is at /", r.URL.Path))
	}
}

func (h *handler) session(w http.ResponseWriter, r *http.Request) {
	info, err := h.config.Session(r)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, fmt.Errorf("no session: %w", err))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	reply(w, http.StatusOK, info)
}

func (h *handler) sendWorld(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept-Encoding")
	if !acceptsGzip(r) {
		send(w, r, h.world)
		return
	}
	packed, err := h.packed()
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	f := h.world
	f.body, f.tag = packed, `"gz-`+f.tag[1:]
	send(w, r, f)
}

// send answers with a file, or with 304 if the browser holds it already: files
// change with the binary, so the browser asks every time.
func send(w http.ResponseWriter, r *http.Request, f file) {
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", f.tag)
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(f.body))
}

func method(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	for _, m := range methods {
		if r.Method == m {
			return true
		}
	}
	allow := strings.Join(methods, ", ")
	w.Header().Set("Allow", allow)
	refuse(w, http.StatusMethodNotAllowed, fmt.Errorf("%s takes %s, not %s", r.URL.Path, allow, r.Method))
	return false
}

// refuse answers with {"error": text}.
func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Cache-Control", "no-store")
	reply(w, status, map[string]string{"error": err.Error()})
}

func reply(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // strings only: cannot happen
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client is gone: there is nobody to tell
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q := strings.TrimLeft(strings.TrimPrefix(strings.TrimSpace(params), "q="), "0.")
			return params == "" || q != ""
		}
	}
	return false
}

func pack(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		if _, err = z.Write(body); err == nil {
			err = z.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("compress the world: %w", err)
	}
	return b.Bytes(), nil
}

func tag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

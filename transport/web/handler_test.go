package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var minted = SessionInfo{
	Hunt: "dev/caves", Gateway: "https://127.0.0.1:4433/hunt", CertHashes: []string{"aGFzaA==", "bmV4dA=="},
	Token: "a.b.c", Player: "00000000000000ff", Name: "brave-otter",
}

func serve(t *testing.T, config Config) http.Handler {
	t.Helper()
	if config.World == nil {
		world, err := AppendWorld(nil, square)
		if err != nil {
			t.Fatal(err)
		}
		config.World = world
	}
	if config.Session == nil {
		config.Session = func(*http.Request) (SessionInfo, error) { return minted, nil }
	}
	h, err := Handler(config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends a request to http://127.0.0.1:8080 with headers given as "Name: value".
func ask(h http.Handler, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, nil)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
		} else {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnswers(t *testing.T) {
	h := serve(t, Config{})
	for _, c := range []struct {
		name, method, path string
		status             int
		kind, allow        string
	}{
		{"page", "GET", "/", 200, "text/html; charset=utf-8", ""},
		{"page by name", "GET", "/index.html", 200, "text/html; charset=utf-8", ""},
		{"head of the page", "HEAD", "/", 200, "text/html; charset=utf-8", ""},
		{"module", "GET", "/main.js", 200, "text/javascript; charset=utf-8", ""},
		{"protocol", "GET", "/huntpb.js", 200, "text/javascript; charset=utf-8", ""},
		{"style", "GET", "/style.css", 200, "text/css; charset=utf-8", ""},
		{"icon", "GET", "/favicon.svg", 200, "image/svg+xml", ""},
		{"session", "GET", "/api/session", 200, "application/json", ""},
		{"world", "GET", "/api/world", 200, "application/octet-stream", ""},
		{"unknown", "GET", "/nothing.js", 404, "application/json", ""},
		{"folder", "GET", "/static/", 404, "application/json", ""},
		{"way up", "GET", "/../handler.go", 404, "application/json", ""},
		{"post to the page", "POST", "/", 405, "application/json", "GET, HEAD"},
		{"post to the session", "POST", "/api/session", 405, "application/json", "GET"},
		{"head of the session mints nobody", "HEAD", "/api/session", 405, "application/json", "GET"},
		{"delete the world", "DELETE", "/api/world", 405, "application/json", "GET, HEAD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ask(h, c.method, c.path)
			if r.StatusCode != c.status || r.Header.Get("Content-Type") != c.kind || r.Header.Get("Allow") != c.allow {
				t.Errorf("status %d, type %q, allow %q; want %d, %q, %q",
					r.StatusCode, r.Header.Get("Content-Type"), r.Header.Get("Allow"), c.status, c.kind, c.allow)
			}
			if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("headers %v lack nosniff or a policy", r.Header)
			}
			var refusal struct{ Error string }
			if c.status >= 400 && (json.Unmarshal(body(t, r), &refusal) != nil || refusal.Error == "") {
				t.Error("a refusal does not say why")
			}
		})
	}
}

func TestPolicy(t *testing.T) {
	policy := ask(serve(t, Config{}), "GET", "/").Header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self'", "connect-src 'self' https://127.0.0.1:*;", "frame-ancestors 'none'",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q is not strict", policy)
	}
	policy = ask(serve(t, Config{Connect: []string{"https://play.example:443"}}), "GET", "/").Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "connect-src 'self' https://play.example:443;") {
		t.Errorf("policy %q does not name the gateway", policy)
	}
}

// The page works under its own policy: nothing inline, nothing from elsewhere, no file missing.
func TestPageNeedsNothingElse(t *testing.T) {
	h := serve(t, Config{})
	links := regexp.MustCompile(`(?:src|href|from) ?=? ?"([^"]+)"`)
	files, err := page()
	if err != nil {
		t.Fatal(err)
	}
	for path, f := range files {
		if !strings.HasSuffix(path, ".html") && !strings.HasSuffix(path, ".js") || path == "/huntpb.js" {
			continue
		}
		for _, m := range links.FindAllSubmatch(f.body, -1) {
			link := strings.TrimPrefix(string(m[1]), "./")
			if r := ask(h, "GET", "/"+link); r.StatusCode != 200 {
				t.Errorf("%s needs %q, which is answered with %d", path, m[1], r.StatusCode)
			}
		}
	}
	index := files["/"].body
	for _, inline := range []string{"<style", "style=", "onclick", "<script>"} {
		if bytes.Contains(index, []byte(inline)) {
			t.Errorf("the page holds %q, which its policy forbids", inline)
		}
	}
	for _, id := range []string{"join", "name", "status", "map"} {
		if !bytes.Contains(index, []byte(`id="`+id+`"`)) {
			t.Errorf("the page has no element %q, which tests hold on to", id)
		}
	}
}

func TestForeignRequestsAreRefused(t *testing.T) {
	h := serve(t, Config{})
	for _, c := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"own name", nil, 200},
		{"localhost", []string{"Host: localhost:8080"}, 200},
		{"upper case", []string{"Host: LOCALHOST:8080"}, 200},
		{"IPv6", []string{"Host: [::1]:8080"}, 200},
		{"IPv6 without port", []string{"Host: [::1]"}, 200},
		{"no port", []string{"Host: 127.0.0.1"}, 200},
		{"own origin", []string{"Origin: http://127.0.0.1:8080"}, 200},
		{"own origin of a default port", []string{"Host: localhost:80", "Origin: http://localhost"}, 200},
		{"own secure origin of a default port", []string{"Host: localhost:443", "Origin: https://localhost"}, 200},
		{"own origin behind a proxy", []string{"Host: localhost", "Origin: https://localhost"}, 200},
		{"own origin in another case", []string{"Host: LOCALHOST:8080", "Origin: http://localhost:8080"}, 200},
		{"IPv6 in another spelling", []string{"Host: [0:0:0:0:0:0:0:1]:8080", "Origin: http://[::1]:8080"}, 200},
		{"the root's dot", []string{"Host: localhost.:8080", "Origin: http://localhost.:8080"}, 200},
		{"the other scheme's port", []string{"Host: localhost:443", "Origin: http://localhost"}, 403},
		{"no port in a port's place", []string{"Host: localhost:x"}, 403},
		{"rebound name", []string{"Host: evil.example:8080"}, 403},
		{"name that begins well", []string{"Host: 127.0.0.1.evil.example"}, 403},
		{"empty name", []string{"Host: :8080"}, 403},
		{"foreign origin", []string{"Origin: https://evil.example"}, 403},
		{"another port here", []string{"Origin: http://127.0.0.1:3000"}, 403},
		{"opaque origin", []string{"Origin: null"}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, path := range []string{"/", "/api/session", "/api/world"} {
				if r := ask(h, "GET", path, c.headers...); r.StatusCode != c.status {
					t.Errorf("%s: status %d, want %d", path, r.StatusCode, c.status)
				}
			}
		})
	}
	h = serve(t, Config{Hosts: []string{"hunt.example"}})
	if r := ask(h, "GET", "/", "Host: hunt.example"); r.StatusCode != 200 {
		t.Errorf("a listed host got %d", r.StatusCode)
	}
	if r := ask(h, "GET", "/"); r.StatusCode != 403 {
		t.Errorf("a host that is not listed got %d", r.StatusCode)
	}
}

func TestSession(t *testing.T) {
	r := ask(serve(t, Config{}), "GET", "/api/session")
	var got SessionInfo
	if err := json.Unmarshal(body(t, r), &got); err != nil || !reflect.DeepEqual(got, minted) {
		t.Errorf("got %+v, %v; want %+v", got, err, minted)
	}
	if r.Header.Get("Cache-Control") != "no-store" {
		t.Error("a token may be stored")
	}

	failing := serve(t, Config{Session: func(*http.Request) (SessionInfo, error) {
		return SessionInfo{}, errors.New("the gateway is not up yet")
	}})
	r = ask(failing, "GET", "/api/session")
	if text := string(body(t, r)); r.StatusCode != 503 || !strings.Contains(text, "not up yet") {
		t.Errorf("status %d, body %s; want 503 with the reason", r.StatusCode, text)
	}
}

func TestWorldCompressedAndCached(t *testing.T) {
	h := serve(t, Config{})
	plain := body(t, ask(h, "GET", "/api/world"))

	packed := ask(h, "GET", "/api/world", "Accept-Encoding: br, gzip")
	if packed.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("not compressed")
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(z); err != nil || !bytes.Equal(unpacked, plain) {
		t.Errorf("unpacked %d bytes, %v; want the %d plain ones", len(unpacked), err, len(plain))
	}
	for _, refuses := range []string{"br", "gzip;q=0", "gzip;q=0.0", "identity"} {
		if r := ask(h, "GET", "/api/world", "Accept-Encoding: "+refuses); r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%q got %q", refuses, r.Header.Get("Content-Encoding"))
		}
	}
	tag := packed.Header.Get("ETag")
	if r := ask(h, "GET", "/api/world", "Accept-Encoding: gzip", "If-None-Match: "+tag); r.StatusCode != 304 {
		t.Errorf("the same map again: status %d, want 304", r.StatusCode)
	}
	if tag == ask(h, "GET", "/api/world").Header.Get("ETag") {
		t.Error("two encodings have one tag")
	}
}

func TestHandlerRefusesBadConfig(t *testing.T) {
	session := func(*http.Request) (SessionInfo, error) { return minted, nil }
	for name, c := range map[string]Config{
		"no session": {World: []byte(worldMagic)},
		"no world":   {Session: session},
		"no map":     {Session: session, World: []byte("PK")},
	} {
		if _, err := Handler(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

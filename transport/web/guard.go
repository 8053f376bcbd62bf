package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/huntgraph/huntgraph/transport/internal/origin"
)

// Guard refuses with status 403 what another site's page could send to next: a
// request for a foreign name that was made to resolve to this machine, or from a
// foreign origin. Hosts are the names and addresses that are served, without a port, in
// any spelling; none means loopback: 127.0.0.1, localhost and [::1].
func Guard(hosts []string, next http.Handler) http.Handler {
	if len(hosts) == 0 {
		hosts = []string{"127.0.0.1", "localhost", "[::1]"}
	}
	served := make(map[string]bool)
	for _, host := range hosts {
		served[origin.Host(host)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := allowed(served, r); err != nil {
			refuse(w, http.StatusForbidden, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// allowed compares hosts and origins by what they mean. The scheme that the page was
// asked for by is not known here: a proxy may speak https for it.
func allowed(served map[string]bool, r *http.Request) error {
	plain, err := origin.Of("http", r.Host)
	if err != nil || !served[plain.Host] {
		names := slices.Sorted(maps.Keys(served))
		return fmt.Errorf("this server does not answer for host %q, only for %s", r.Host, strings.Join(names, ", "))
	}
	text := r.Header.Get("Origin")
	if text == "" {
		return nil
	}
	secure, err := origin.Of("https", r.Host)
	if err != nil {
		return err
	}
	if from, err := origin.Parse(text); err != nil || from != plain && from != secure {
		return fmt.Errorf("requests from %q are not taken; open the page at its own address", text)
	}
	return nil
}

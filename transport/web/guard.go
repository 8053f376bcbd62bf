package web

import (
	"fmt"
	"net/http"
	"strings"
)

// Guard refuses with status 403 what another site's page could send to next: a
// request for a foreign name that was made to resolve to this machine, or from a
// foreign origin. Hosts are the host names that are served, without a port; none
// means loopback: 127.0.0.1, localhost and [::1].
func Guard(hosts []string, next http.Handler) http.Handler {
	if len(hosts) == 0 {
		hosts = []string{"127.0.0.1", "localhost", "[::1]"}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := allowed(hosts, r); err != nil {
			refuse(w, http.StatusForbidden, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func allowed(hosts []string, r *http.Request) error {
	name := r.Host
	if at := strings.LastIndexByte(name, ':'); at > strings.LastIndexByte(name, ']') {
		name = name[:at]
	}
	for _, host := range hosts {
		if !strings.EqualFold(name, host) {
			continue
		}
		origin := r.Header.Get("Origin")
		if origin != "" && origin != "http://"+r.Host && origin != "https://"+r.Host {
			return fmt.Errorf("requests from %q are not taken; open the page at its own address", origin)
		}
		return nil
	}
	return fmt.Errorf("this server does not answer for host %q, only for %s", name, strings.Join(hosts, ", "))
}

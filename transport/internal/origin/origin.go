package origin

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Origin is what browsers keep pages apart by. Two are the same if they are equal.
type Origin struct {
	Scheme string // http or https
	Host   string // as Host gives it
	Port   uint16 // the scheme's own if none is named
}

// Parse reads an origin: scheme, host and port, and nothing more but a slash.
func Parse(text string) (Origin, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Origin{}, fmt.Errorf("origin %q: %w", text, err)
	}
	if u.User != nil || u.Opaque != "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return Origin{}, fmt.Errorf("origin %q: want a scheme, a host and a port alone, as http://127.0.0.1:8080", text)
	}
	return Of(u.Scheme, u.Host)
}

// Of is the origin of a scheme and a host with a port or without, as a request names it.
func Of(scheme, hostport string) (Origin, error) {
	o := Origin{Scheme: strings.ToLower(scheme)}
	switch o.Scheme {
	case "http":
		o.Port = 80
	case "https":
		o.Port = 443
	default:
		return Origin{}, fmt.Errorf("origin of scheme %q: want http or https", scheme)
	}
	host, port := hostport, ""
	if at := strings.LastIndexByte(hostport, ':'); at > strings.LastIndexByte(hostport, ']') {
		host, port = hostport[:at], hostport[at+1:]
	}
	if port != "" { // a colon alone is the scheme's own
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return Origin{}, fmt.Errorf("origin of host %q: %q is no port", hostport, port)
		}
		o.Port = uint16(n)
	}
	if o.Host = Host(host); o.Host == "" {
		return Origin{}, fmt.Errorf("origin of host %q: it names no host", hostport)
	}
	return o, nil
}

// String is the origin as browsers spell it.
func (o Origin) String() string {
	host := o.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if o.Scheme == "http" && o.Port == 80 || o.Scheme == "https" && o.Port == 443 {
		return o.Scheme + "://" + host
	}
	return o.Scheme + "://" + net.JoinHostPort(o.Host, strconv.Itoa(int(o.Port)))
}

// Host is the one spelling of a host without a port: a name in lower case without the
// root's dot, an address in its short form without brackets.
func Host(name string) string {
	name = strings.ToLower(name)
	if inner, ok := strings.CutPrefix(name, "["); ok {
		name, ok = strings.CutSuffix(inner, "]")
		if ip, err := netip.ParseAddr(name); !ok || err != nil || !ip.Is6() {
			return "" // brackets are for IPv6
		}
	}
	name = strings.TrimSuffix(name, ".")
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.String()
	}
	return name
}

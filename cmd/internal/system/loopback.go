package system

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Loopback completes an address of development mode: an empty host is
// 127.0.0.1, and any address that others could reach is refused.
func Loopback(flag, addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("%s %q: want host:port, as 127.0.0.1:8080 or :0: %w", flag, addr, err)
	}
	if host == "" || strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if ip = ip.Unmap(); err != nil || !ip.IsLoopback() || ip.Zone() != "" {
		return "", fmt.Errorf("%s %q: development mode listens on loopback only; use 127.0.0.1:%s", flag, addr, port)
	}
	return net.JoinHostPort(ip.String(), port), nil
}

// taken words the error of a listener.
func taken(flag, addr string, err error) error {
	return fmt.Errorf("%s %s cannot be listened on: choose another address, or port 0 for any free one: %w", flag, addr, err)
}

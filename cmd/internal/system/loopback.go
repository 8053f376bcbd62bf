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

// GatewayAddress completes the gateway's address as Loopback does, and refuses what
// pages cannot name: their content security policy has no way to write an IPv6 address.
func GatewayAddress(flag, addr string) (string, error) {
	addr, err := Loopback(flag, addr)
	if err == nil && strings.HasPrefix(addr, "[") {
		_, port, _ := net.SplitHostPort(addr) // Loopback has made it
		return "", fmt.Errorf("%s %s: browsers cannot be allowed to connect to an IPv6 address (a page's content security policy names none); use 127.0.0.1:%s", flag, addr, port)
	}
	return addr, err
}

// taken words the error of a listener.
func taken(flag, addr string, err error) error {
	return fmt.Errorf("%s %s cannot be listened on: choose another address, or port 0 for any free one: %w", flag, addr, err)
}

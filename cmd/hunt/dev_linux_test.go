package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDevSockets: the bots of a process share one UDP port, and nothing listens
// beyond loopback.
func TestDevSockets(t *testing.T) {
	t.Parallel()
	p, page := startDev(t, devArgs("--bots", "20", "--edges", "2000", "--partitions", "1")...)
	awaitMetric(t, page, "hunt_gateway_sessions", 20)
	sockets := udpSockets(t, p.cmd.Process.Pid)
	if len(sockets) != 4 {
		t.Errorf("UDP sockets %v, want those of the gateway, the node, the gateway's engine hop and all bots", sockets)
	}
	for _, at := range sockets {
		if !strings.HasPrefix(at, "0100007F:") {
			t.Errorf("a UDP socket at %s (hexadecimal) is not on 127.0.0.1", at)
		}
	}
}

// udpSockets are the local addresses of a process's UDP sockets, as the kernel writes them.
func udpSockets(t *testing.T, pid int) (all []string) {
	t.Helper()
	mine := map[string]bool{}
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if to, err := os.Readlink(file); err == nil { // one may have been closed meanwhile
			mine[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	for _, family := range []string{"udp", "udp6"} {
		table, err := os.ReadFile("/proc/net/" + family)
		if err != nil {
			continue // a kernel without IPv6
		}
		for line := range strings.Lines(string(table)) {
			if f := strings.Fields(line); len(f) > 9 && mine[f[9]] {
				all = append(all, f[1])
			}
		}
	}
	return all
}

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestAdminIdentityMistakes: what cannot be issued is exit code 2 with the reason.
func TestAdminIdentityMistakes(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "shop.pem")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no name":               {[]string{"--data-dir", dir, "--out", out}, "--name"},
		"a role that is none":   {[]string{"--data-dir", dir, "--out", out, "--name", "shop", "--role", "king"}, `role "king"`},
		"a node":                {[]string{"--data-dir", dir, "--out", out, "--name", "n", "--role", "node"}, "role node"},
		"a folder without hunt": {[]string{"--data-dir", dir, "--out", out, "--name", "shop"}, "no hunt in this folder"},
	} {
		code, _, stderr := huntToEnd(t, append([]string{"admin", "identity"}, c.args...)...)
		if code != exitUsage || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit %d, %q", name, code, stderr)
		}
	}
}

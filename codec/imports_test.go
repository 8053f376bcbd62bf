package codec_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestImports holds that the vocabulary needs the standard library alone, and
// nothing of it that could bring a clock, I/O or a context into the core (I1).
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Standard}}", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	forbidden := []string{"time", "os", "net", "fmt", "context", "log", "log/slog", "syscall", "io/fs", "math/rand"}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < 10 {
		t.Fatalf("go list shows only %d packages:\n%s", len(lines), out)
	}
	for _, line := range lines {
		path, standard, _ := strings.Cut(line, " ")
		if slices.Contains(forbidden, path) {
			t.Errorf("codec depends on %s", path)
		}
		if standard != "true" && path != "github.com/huntgraph/huntgraph/codec" {
			t.Errorf("codec depends on %s, which is not of the standard library", path)
		}
	}
}

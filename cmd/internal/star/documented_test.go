package star

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestEveryPackageHasADoc holds that each package, one with tests only too,
// begins in a doc.go.
func TestEveryPackageHasADoc(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.ImportPath}} {{.GoFiles}}", Module+"/...")
	cmd.Env = append(cmd.Environ(), "GOPROXY=off", "GOFLAGS=")
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(stdout), Module+"/cmd/internal/star [doc.go star.go]") {
		t.Fatalf("this package itself is not listed as it is:\n%s", stdout)
	}
	for line := range strings.Lines(string(stdout)) {
		path, files, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !slices.Contains(strings.Fields(strings.Trim(files, "[]")), "doc.go") {
			t.Errorf("%s has no doc.go", path)
		}
	}
}

package maptest

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir is the folder of real maps: HUNT_MAPS, else ../shared/maps beside the
// module. Without one the test is skipped, or fails if HUNT_REQUIRE_MAPS is 1.
func Dir(t testing.TB) string {
	t.Helper()
	dir, told := os.LookupEnv("HUNT_MAPS")
	if !told {
		dir = filepath.Join(moduleRoot(t), "..", "shared", "maps")
	}
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return dir
	case told:
		t.Fatalf("HUNT_MAPS is %q, which is no folder", dir)
	case os.Getenv("HUNT_REQUIRE_MAPS") == "1":
		t.Fatalf("HUNT_REQUIRE_MAPS is 1, but there are no maps in %s: set HUNT_MAPS", dir)
	default:
		t.Skipf("no maps in %s: set HUNT_MAPS to test on real ones", dir)
	}
	return ""
}

// moduleRoot is the nearest folder with a go.mod, from the test's own upwards.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("the test does not run inside a Go module")
		}
		dir = up
	}
}

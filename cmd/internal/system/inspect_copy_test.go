package system

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestInspectCopy: a look that must not write finds what the other finds, and
// leaves every file as it was: content, time, mode and name.
func TestInspectCopy(t *testing.T) {
	dir := t.TempDir()
	played(t, dir, 3)
	blocks, err := filepath.Glob(filepath.Join(dir, journalDir, "*", "streams", "*-p0-r2", "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("blocks %v, %v", blocks, err)
	}
	last := blocks[len(blocks)-1]
	for _, c := range []struct {
		name string
		do   func(t *testing.T, path string)
	}{
		{"sound", func(*testing.T, string) {}},
		{"torn", func(t *testing.T, path string) { cutBy(t, path, 3) }},
		{"damaged", func(t *testing.T, path string) { flipAt(t, path, 40) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.do(t, last)
			before := stateOf(t, dir)
			got, err := InspectCopy(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			if after := stateOf(t, dir); !maps.Equal(before, after) {
				t.Errorf("the folder is another one than before")
			}
			want, err := Inspect(t.Context(), copied(t, dir))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Torn, want.Torn) || got.Stored != want.Stored || len(got.Findings) != len(want.Findings) || got.Sound() != (c.name == "sound") {
				t.Errorf("a copy is %+v\n, the folder itself %+v", got, want)
			}
			for i, f := range got.Findings {
				if f.File != want.Findings[i].File || f.Index != want.Findings[i].Index {
					t.Errorf("a copy: %v, the folder itself: %v", f, want.Findings[i])
				}
			}
		})
	}
}

// TestInspectCopyOfARunningHunt: a folder in use is refused, for a copy of what
// changes meanwhile says nothing.
func TestInspectCopyOfARunningHunt(t *testing.T) {
	dir, plan := privateHunt(t)
	f, err := OpenFolder(dir, plan)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := InspectCopy(context.Background(), dir); err == nil {
		t.Error("a folder in use was looked at")
	}
}

// stateOf is all that can be seen of a folder's files.
func stateOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		sum := ""
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		all[path] = fmt.Sprint(info.Mode(), info.ModTime(), info.Size(), sum)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func cutBy(t *testing.T, path string, bytes int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()-bytes)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flipAt(t *testing.T, path string, at int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[at] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

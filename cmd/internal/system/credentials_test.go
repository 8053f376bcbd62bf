package system

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestCredentials: they stay over restarts, for the owner alone; what is damaged
// is made anew, and a link is not followed.
func TestCredentials(t *testing.T) {
	now := time.Now()
	for name, tc := range map[string]struct {
		spoil func(path string) error
		kept  bool
	}{
		"whole":   {func(string) error { return nil }, true},
		"missing": {os.Remove, false},
		"empty":   {func(path string) error { return os.Truncate(path, 0) }, false},
		"cut":     {func(path string) error { return os.Truncate(path, 100) }, false},
		"not of this kind": {func(path string) error {
			return os.WriteFile(path, []byte("-----BEGIN X-----\n-----END X-----\n"), 0o600)
		}, false},
		"open to a group":      {func(path string) error { return os.Chmod(path, 0o640) }, true},
		"a link":               {linked, false},
		"a pipe that is empty": {piped, false},
	} {
		for _, file := range []string{signerFile, certsFile} {
			t.Run(name+"/"+file, func(t *testing.T) {
				dir := t.TempDir()
				open := func() (c credentials, said string) {
					var log bytes.Buffer
					c, err := openCredentials(dir, now, slog.New(slog.NewTextHandler(&log, nil)))
					if err != nil {
						t.Fatal(err)
					}
					return c, log.String()
				}
				before, _ := open()
				path := filepath.Join(dir, file)
				if err := tc.spoil(path); err != nil {
					t.Fatal(err)
				}
				var damaged []string
				checkCredentials(dir, now, func(file string, err error) { damaged = append(damaged, file) })
				if sound := tc.kept || name == "missing"; sound != (len(damaged) == 0) || !sound && damaged[0] != file {
					t.Errorf("damaged, it says, are %q", damaged)
				}
				after, said := open()
				sameSigner := before.signer.Equal(after.signer) && before.reset() == after.reset()
				sameCerts := slices.Equal(before.certs.Hashes(), after.certs.Hashes())
				if sameSigner != (tc.kept || file != signerFile) || sameCerts != (tc.kept || file != certsFile) {
					t.Errorf("the same signer %v, the same certificates %v", sameSigner, sameCerts)
				}
				if tc.kept != (said == "") && name != "missing" {
					t.Errorf("it says %q", said)
				}
				if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
					t.Errorf("mode %v, %v", info.Mode(), err)
				}
				if again, said := open(); !again.signer.Equal(after.signer) || !slices.Equal(again.certs.Hashes(), after.certs.Hashes()) || said != "" {
					t.Errorf("what was made anew does not stay; it says %q", said)
				}
			})
		}
	}
}

func linked(path string) error {
	if err := os.Rename(path, path+".else"); err != nil {
		return err
	}
	return os.Symlink(path+".else", path)
}

func piped(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return unix.Mkfifo(path, 0o600)
}

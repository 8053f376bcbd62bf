package system

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/partition/actor"
)

// TestSecretStays: a folder's secret is for its owner alone and the same at each
// start; a folder without it, with another one, or of before there were any is
// refused, and the reason tells nothing of the secret.
func TestSecretStays(t *testing.T) {
	dir, plan := t.TempDir(), Plan{Hunt: "demo/main", Edges: 2000, Seed: 1, Partitions: 1, RoundTicks: 60}
	open := func() (actor.Secret, error) {
		f, err := OpenFolder(dir, plan)
		if err != nil {
			return actor.Secret{}, err
		}
		return f.Secret, f.Close()
	}
	first, err := open()
	if err != nil || first == (actor.Secret{}) {
		t.Fatalf("secret %v, %v", first, err)
	}
	if again, err := open(); err != nil || again != first {
		t.Errorf("after a restart it is another one, %v", err)
	}
	path := filepath.Join(dir, secretFile)
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	planPath := filepath.Join(dir, planFile)
	planText, err := os.ReadFile(planPath)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func() error
		want  string
	}{
		{"gone", func() error { return os.Remove(path) }, "restore the file"},
		{"cut", func() error { return os.WriteFile(path, text[:40], 0o600) }, "not what was written"},
		{"empty", func() error { return os.WriteFile(path, nil, 0o600) }, "not what was written"},
		{"another", func() error { _, err := makeSecret(path); return err }, "not what was written"},
		{"of an older version", func() error {
			return errors.Join(os.Remove(path), os.WriteFile(planPath, []byte(`{"hunt":"demo/main","edges":2000,"seed":1,"partitions":1,"round_ticks":60}`), 0o600))
		}, "older version"},
	} {
		if err := c.spoil(); err != nil {
			t.Fatal(err)
		}
		_, err := open()
		_, found := FindFolder(dir)
		for _, err := range []error{err, found} {
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), string(text[:8])) {
				t.Errorf("%s: %v; want %q", c.name, err, c.want)
			}
		}
		if err := errors.Join(os.WriteFile(path, text, 0o600), os.WriteFile(planPath, planText, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := open(); err != nil || again != first {
		t.Errorf("restored, it is another one, %v", err)
	}
}

// TestReplayChecksCommitments (I13): a replay holds the seeds of the journal
// against what the rounds' starts committed to.
func TestReplayChecksCommitments(t *testing.T) {
	dir := t.TempDir()
	played(t, dir, 3)
	s, _, done := opened(t, dir)
	defer done()
	v, err := Verify(t.Context(), s)
	if err != nil || !v.Sound() || v.Seeds < 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	seed := v.seeds[2]
	seed[31] ^= 1
	v.seeds[2] = seed
	if err := v.commitments(t.Context(), s.Journal.Events()); err != nil || v.Sound() || v.ChainErrors != 0 || !strings.Contains(v.Errors[0], "round 2") {
		t.Errorf("%v; %v; want an error of round 2 alone", v.Errors, err)
	}
}

package bench

import (
	"testing"
	"time"
)

// TestRecover holds a small run to what does not hang on the machine's time: a
// replay that ends elsewhere is an error.
func TestRecover(t *testing.T) {
	r, err := Recover(t.Context(), JournalConfig{
		Edges: 40_000, Partitions: 3, Players: 60, Rate: 300, For: 3 * time.Second, Round: 2 * time.Second, Seed: 1,
		Watch: func(string, int, int) error { return nil }, Say: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Partitions != 3 || r.Edges < 30_000 || r.Moves < 300 || r.LiveMovesPerS <= 0 || r.SnapshotMS <= 0 || r.SnapshotPauseMS <= 0 ||
		r.SnapshotBytes < 300 || r.RecoverS <= 0 || r.ReplayS <= 0 || r.ReplayMovesPerS <= 0 {
		t.Errorf("%+v", r)
	}
}

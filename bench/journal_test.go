package bench

import (
	"math"
	"os"
	"testing"
	"time"
)

// TestJournal holds a small run to what does not hang on the machine's time.
func TestJournal(t *testing.T) {
	dir := t.TempDir()
	r, err := Journal(t.Context(), JournalConfig{
		Edges: 40_000, Partitions: 3, Players: 60, Rate: 300, For: 3 * time.Second, Round: 2 * time.Second, Dir: dir, Seed: 1,
		Watch: func(string, int, int) error { return nil }, Say: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Partitions != 3 || r.Rounds < 2 || r.DurableLagP99MS <= 0 || r.RawPublishP50MS <= 0 || r.MovesPerS <= 0 || r.DiskBytesPerHour <= 0 {
		t.Errorf("%+v", r)
	}
	if r.RecordBytesMean < 100 || math.Abs(r.TickRecordsPerS-90) > 45 {
		t.Errorf("%.0f records a second of %.0f bytes", r.TickRecordsPerS, r.RecordBytesMean)
	}
	if _, err := os.Stat(dir + "/hunt/jetstream"); err != nil {
		t.Error(err)
	}
}

// TestJournalConfig names what cannot be measured.
func TestJournalConfig(t *testing.T) {
	good := JournalConfig{Partitions: 48, For: 3 * time.Second, Round: 2 * time.Second}
	for name, break_ := range map[string]func(*JournalConfig){
		"no partitions":      func(c *JournalConfig) { c.Partitions = 0 },
		"no change of round": func(c *JournalConfig) { c.Round = 4 * time.Second },
		"a short round":      func(c *JournalConfig) { c.Round = time.Millisecond },
	} {
		cfg := good
		if break_(&cfg); cfg.check() == nil {
			t.Error(name)
		}
	}
}

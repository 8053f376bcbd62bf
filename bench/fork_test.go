package bench

import "testing"

// TestFork holds a small run to what does not hang on the machine's time.
func TestFork(t *testing.T) {
	r, err := Fork(t.Context(), ForkConfig{Edges: 100_000, Rounds: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Wrong != 0 || r.LeakedBytes != 0 {
		t.Errorf("%d wrong, %d bytes leaked", r.Wrong, r.LeakedBytes)
	}
	if r.Edges < 90_000 || r.Edges > 110_000 || r.Bytes != 4*r.Edges || r.ForkMS <= 0 || r.RollbackAllMS <= 0 || r.DiffFullMS <= 0 {
		t.Errorf("%+v", r)
	}
}

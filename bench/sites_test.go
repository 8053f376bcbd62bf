package bench

import "testing"

var kept [][]byte

// leak allocates at one place, in two sizes.
func leak(n int) {
	for range n {
		kept = append(kept[:0], make([]byte, 100+n%2*1000))
	}
}

// TestSites: what a function allocates is counted once, whatever was allocated
// there before in other sizes; what others allocate is not.
func TestSites(t *testing.T) {
	kept = make([][]byte, 0, 1)
	for range 2 {
		count := countSites("bench.leak")
		for _, n := range []int{4, 3} {
			leak(n)
		}
		if n, where := count.total(); n != 7 || len(where) == 0 {
			t.Errorf("%d objects at %v, want 7", n, where)
		}
	}
	if n, where := countSites("bench.leak").total(); n != 0 || where != nil {
		t.Errorf("%d objects at %v where there are none", n, where)
	}
}

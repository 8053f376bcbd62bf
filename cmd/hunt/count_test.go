package main

import "testing"

func TestCount(t *testing.T) {
	for _, c := range []struct {
		text string
		want count
		ok   bool
	}{
		{"50000", 50000, true}, {"50_000", 50000, true}, {"47e6", 47_000_000, true}, {"4.7e7", 47_000_000, true},
		{"0", 0, true}, {"-3", -3, true},
		{"", 0, false}, {"many", 0, false}, {"1.5", 0, false}, {"1e300", 0, false}, {"NaN", 0, false}, {"Inf", 0, false},
	} {
		got := count(0)
		if err := got.Set(c.text); (err == nil) != c.ok || got != c.want {
			t.Errorf("%q gives %d, %v", c.text, got, err)
		}
	}
	if c := count(47_000_000); c.String() != "47000000" {
		t.Error(c.String())
	}
}

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/spf13/cobra"
)

func TestNumbers(t *testing.T) {
	var edges int
	var moves float64
	var length time.Duration
	for _, c := range []struct {
		flag pflag.Value
		text string
		is   string // afterwards; "": refused
	}{
		{count(&edges, 1, 0, 50_000_000), "50000", "50000"},
		{count(&edges, 1, 0, 50_000_000), "50_000", "50000"},
		{count(&edges, 1, 0, 50_000_000), "47e6", "47000000"},
		{count(&edges, 1, 0, 50_000_000), "0", "0"},
		{count(&edges, 1, 0, 50_000_000), "50000000", "50000000"},
		{count(&edges, 1, 0, 50_000_000), "50000001", ""},
		{count(&edges, 1, 0, 50_000_000), "-3", ""},
		{count(&edges, 1, 0, 50_000_000), "1.5", ""},
		{count(&edges, 1, 0, 50_000_000), "many", ""},
		{count(&edges, 1, 0, 50_000_000), "", ""},
		{rate(&moves, 4, 0.001, 1000), "0.001", "0.001"},
		{rate(&moves, 4, 0.001, 1000), "1e-12", ""},
		{rate(&moves, 4, 0.001, 1000), "1001", ""},
		{span(&length, time.Minute, time.Second, time.Hour), "90s", "1m30s"},
		{span(&length, time.Minute, time.Second, time.Hour), "999ms", ""},
		{span(&length, time.Minute, time.Second, time.Hour), "2562047h47m16s", ""},
		{span(&length, time.Minute, time.Second, time.Hour), "5", ""},
	} {
		before := c.flag.String()
		err := c.flag.Set(c.text)
		if want := c.is; want == "" {
			if err == nil || c.flag.String() != before {
				t.Errorf("%s %q: %v, and it is %s after %s", c.flag.Type(), c.text, err, c.flag, before)
			}
		} else if err != nil || c.flag.String() != want {
			t.Errorf("%s %q: %v, and it is %s, want %s", c.flag.Type(), c.text, err, c.flag, want)
		}
	}
}

// TestEveryNumberHasBounds: a number without bounds reaches code that divides by
// it, multiplies it or allocates as much. A seed may be any number, and a node's id is
// compared with the world's.
func TestEveryNumberHasBounds(t *testing.T) {
	numbers := 0
	for _, verb := range verbs() {
		eachCommand(verb, func(c *cobra.Command) {
			c.Flags().VisitAll(func(f *pflag.Flag) {
				switch f.Value.(type) {
				case *number[int], *number[float64], *number[time.Duration]:
					numbers++
					for _, text := range []string{"-1e300", "-9223372036854775808", "NaN", "Inf", "1e-300", "1e300", "9223372036854775807", "-1ns", "2562047h47m16.8s"} {
						if err := f.Value.Set(text); err == nil {
							t.Errorf("%s --%s takes %s", c.CommandPath(), f.Name, text)
						}
					}
					return
				}
				switch kind := f.Value.Type(); {
				case kind == "string", kind == "bool", kind == "stringSlice":
				case kind == "uint64" && f.Name == "seed", kind == "uint32" && c.Name() == "route":
				default:
					t.Errorf("%s --%s is a %s: use count, rate or span, which have bounds", c.CommandPath(), f.Name, kind)
				}
			})
		})
	}
	if numbers < 30 {
		t.Errorf("only %d numbers were looked at", numbers)
	}
}

func TestNumbersOutOfBounds(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"dev --bot-rate 1e-12", "--bot-rate 1e-12: want 0.001 to 1000"},
		{"play --rate 1e-300", "--rate 1e-300: want 0.001 to 1000"},
		{"dev --round 2562047h47m16s", "--round 2562047h47m16s: want 1s to 5m0s"},
		{"dev --edges 9e15", "--edges 9e15: want 1000 to 67108864"},
		{"dev --edges 9223372036854775807", "--edges 9223372036854775807: want a whole number"},
		{"bench alloc --players 8193", "--players 8193: want 1 to 8192"},
		{"bench update --map m --changes 1e15", "--changes 1e15: want 1 to 100000"},
		{"token mint --ttl 0s", "--ttl 0s: want 1s to"},
		{"world import m.map --out m.world --partitions -1", "--partitions -1: want 1 to 4096"},
	} {
		code, stdout, stderr := run(t, verbs(), strings.Fields(c.args)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("hunt %s: exit %d, stdout %q, stderr %q, want %q", c.args, code, stdout, stderr, c.says)
		}
	}
}

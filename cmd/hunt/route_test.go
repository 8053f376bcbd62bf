package main

import (
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestRoute: a world of four caves with a wall between two cells, its longest
// way, what it is in the source's unit, and everything that can be wrong.
func TestRoute(t *testing.T) {
	dir := t.TempDir()
	file, drawn := filepath.Join(dir, "m.world"), filepath.Join(dir, "way.png")
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	grid := write("m.map", "type octile\nheight 2\nwidth 6\nmap\n....@.\n....@.\n")
	if code, _, stderr := runWorld(t, "import", grid, "--partitions", "2", "--out", file); code != exitOK {
		t.Fatal(stderr)
	}
	route := func(args ...string) (int, string, string) {
		return run(t, []*cobra.Command{routeCommand()}, append([]string{"route"}, args...)...)
	}
	longest, crossed, unreachable := uint64(0), 0, 0
	for from := range 10 {
		for to := range 10 {
			code, stdout, stderr := route("--world", file, "--from", fmt.Sprint(from), "--to", fmt.Sprint(to), "--json")
			if code == exitFailure && strings.Contains(stderr, "no way leads from node") {
				unreachable++
				continue
			}
			var r routeResult
			if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil {
				t.Fatalf("exit %d: %v %s", code, err, stderr)
			}
			if len(r.Nodes) != r.Steps+1 || len(r.Edges) != r.Steps || r.SourceLength != nil || r.Tick != 0 {
				t.Errorf("%+v", r)
			}
			longest, crossed = max(longest, r.Length), max(crossed, r.Partitions)
		}
	}
	if longest != 2*408+577 || unreachable != 32 || crossed != 2 {
		t.Errorf("the longest way is %d, %d pairs have none, a way passes %d partitions", longest, unreachable, crossed)
	}

	roads := write("r.gr", "p sp 3 4\na 1 2 7\na 2 1 0\na 2 3 4\na 3 2 4\n")
	write("r.co", "v 1 0 0\nv 2 5 5\nv 3 9 9\n")
	scaled := filepath.Join(dir, "r.world")
	if code, _, stderr := runWorld(t, "import", roads, "--out", scaled); code != exitOK {
		t.Fatal(stderr)
	}
	total := uint64(0)
	for _, ends := range [][2]string{{"0", "1"}, {"1", "2"}, {"2", "0"}} {
		code, stdout, stderr := route("--world", scaled, "--from", ends[0], "--to", ends[1], "--json", "--png", drawn)
		var r routeResult
		if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil || r.SourceLength == nil {
			t.Fatalf("exit %d: %v %s%s", code, err, stdout, stderr)
		}
		total += *r.SourceLength
	}
	if total != 7+4+4 && total != 11+4 { // round one way or the other: one arc weighs nothing
		t.Errorf("the ways round are %d long in the source's unit", total)
	}
	if f, err := os.Open(drawn); err != nil {
		t.Error(err)
	} else if _, err := png.Decode(f); f.Close() != nil || err != nil {
		t.Error(err)
	}
	if code, stdout, _ := route("--world", file, "--from", "0", "--to", "1"); code != exitOK || !strings.Contains(stdout, "\nlength ") || !strings.Contains(stdout, "\nedges ") {
		t.Errorf("exit %d: %s", code, stdout)
	}

	for _, c := range []struct {
		name, args string
		code       int
		says       string
	}{
		{"nothing", "", exitUsage, "required"},
		{"no world", "--world " + dir + "/none.world --from 0 --to 1", exitUsage, "none.world"},
		{"a map", "--world " + grid + " --from 0 --to 1", exitFailure, "not a .world file"},
		{"a start beyond the world", "--world " + file + " --from 10 --to 1", exitUsage, "--from 10: the world has nodes 0 to 9"},
		{"an end beyond the world", "--world " + file + " --from 0 --to 4294967295", exitUsage, "--to 4294967295"},
		{"a start that is no number", "--world " + file + " --from x --to 1", exitUsage, "x"},
		{"a picture into no folder", "--world " + file + " --from 0 --to 0 --png " + dir + "/no/p.png", exitFailure, "drawing the cut"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := route(strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(stderr, c.says) || stdout != "" {
				t.Errorf("exit %d (expected %d), stdout %q, stderr %q", code, c.code, stdout, stderr)
			}
		})
	}
}

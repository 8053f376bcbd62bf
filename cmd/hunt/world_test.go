package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func runWorld(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return run(t, []*cobra.Command{worldCommand()}, append([]string{"world"}, args...)...)
}

func TestWorldGenAndInspect(t *testing.T) {
	file := filepath.Join(t.TempDir(), "caves.world")
	code, made, stderr := runWorld(t, "gen", "--edges", "5000", "--seed", "3", "--partitions", "2", "--out", file, "--json")
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var r worldResult
	if err := json.Unmarshal([]byte(made), &r); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if r.Edges < 4800 || r.Edges > 5200 || len(r.Partitions) != 2 || r.Bytes != info.Size() || r.WeightMin != 408 || r.WeightMax <= 577 ||
		r.Shard.BytesMax < 1<<19 || !r.Shard.Fits || r.Partitions[1].Cells != 1 || len(r.Tables) < 10 || r.Partitions[0].Entries == 0 ||
		len(r.Hash) != 16 || !strings.HasPrefix(r.ContentHash, r.Hash) || r.BorderEdges == 0 {
		t.Errorf("%+v", r)
	}
	if code, seen, _ := runWorld(t, "inspect", file, "--json"); code != exitOK || seen != made {
		t.Errorf("exit %d, inspected\n%smade\n%s", code, seen, made)
	}
	drawn := filepath.Join(t.TempDir(), "cut.png")
	if code, seen, _ := runWorld(t, "inspect", file, "--png", drawn, "--json"); code != exitOK || seen != made {
		t.Errorf("exit %d, inspected\n%smade\n%s", code, seen, made)
	}
	if f, err := os.Open(drawn); err != nil {
		t.Error(err)
	} else if config, err := png.DecodeConfig(f); f.Close() != nil || err != nil || config.Width < 100 {
		t.Errorf("the picture is %+v: %v", config, err)
	}
	if code, seen, _ := runWorld(t, "inspect", file); code != exitOK || !strings.Contains(seen, "\nhash ") || !strings.Contains(seen, "\npartition  nodes") {
		t.Errorf("exit %d, inspected\n%s", code, seen)
	}
}

func TestWorldImport(t *testing.T) {
	dir := t.TempDir()
	grid, file := filepath.Join(dir, "m.map"), filepath.Join(dir, "m.world")
	if err := os.WriteFile(grid, []byte("type octile\nheight 2\nwidth 3\nmap\n...\n...\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, made, stderr := runWorld(t, "import", grid, "--out", file, "--json")
	var r worldResult
	if err := json.Unmarshal([]byte(made), &r); code != exitOK || err != nil {
		t.Fatalf("exit %d: %v %s", code, err, stderr)
	}
	if r.Nodes != 6 || r.Edges != 22 || r.WeightMin != 408 || r.WeightMax != 577 || r.Name != "m.map" || r.Partitions[0].Main != 6 {
		t.Errorf("%+v", r)
	}
}

// TestWorldSources imports every kind of source.
func TestWorldSources(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := filepath.Join(dir, "w.world")
	field := write("field.map", "type octile\nheight 4\nwidth 4\nmap\n....\n....\n....\n....\n")
	gr := write("r.gr", "p sp 3 5\na 1 2 7\na 2 1 0\na 2 3 4\na 3 2 4\na 3 3 1\n")
	write("r.co", "v 1 0 0\nv 2 5 5\nv 3 9 9\n")
	write("road/first_out", "\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00")
	write("road/head", "\x01\x00\x00\x00\x00\x00\x00\x00")
	write("road/geo_distance", "\x05\x00\x00\x00\x06\x00\x00\x00")
	for _, vector := range []string{"latitude", "longitude"} {
		write("road/"+vector, "\x00\x00\x00\x00\x00\x00\x80\x3f")
	}
	for _, c := range []struct {
		name  string
		args  []string
		nodes int
		edges int
		scale uint32
	}{
		{"RoutingKit", []string{filepath.Join(dir, "road"), "--metric", "geo_distance"}, 2, 2, 1},
		{"DIMACS", []string{gr}, 3, 4, 5},
		{"stitched", []string{field, field, "--stitch", "--seed", "3"}, 32, 2*84 + 8, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, made, stderr := runWorld(t, append([]string{"import", "--out", file, "--json"}, c.args...)...)
			var r worldResult
			if err := json.Unmarshal([]byte(made), &r); code != exitOK || err != nil {
				t.Fatalf("exit %d: %v %s", code, err, stderr)
			}
			if r.Nodes != c.nodes || r.Edges != c.edges || r.Scale != c.scale || len(r.Partitions) != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestWorldMistakes(t *testing.T) {
	dir := t.TempDir()
	bad, out := filepath.Join(dir, "bad.map"), filepath.Join(dir, "w.world")
	if err := os.WriteFile(bad, []byte("type octile\nheight 1\nwidth 3\nmap\n.?.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := runWorld(t, "gen", "--edges", "1e3", "--partitions", "1", "--out", dir+"/good.world"); code != exitOK {
		t.Fatal(stderr)
	}
	for _, c := range []struct {
		name, args string
		code       int
		says       string
	}{
		{"no verb", "", exitUsage, "import"},
		{"import without a map", "import --out " + out, exitUsage, "arg"},
		{"import without --out", "import " + bad, exitUsage, "out"},
		{"import of nothing", "import " + dir + "/none.map --out " + out, exitUsage, "none.map"},
		{"import of a bad map", "import " + bad + " --out " + out, exitUsage, "line 5, column 2"},
		{"import into 0 partitions", "import " + bad + " --partitions 0 --out " + out, exitUsage, "--partitions 0"},
		{"import of several maps", "import a.map b.map --out " + out, exitUsage, "--stitch"},
		{"stitching one map", "import " + bad + " --stitch --out " + out, exitUsage, "line 5, column 2"},
		{"import of a folder of something", "import " + dir + " --out " + out, exitUsage, "RoutingKit folder"},
		{"gen of a word", "gen --edges many --out " + out, exitUsage, "whole number"},
		{"gen of nearly none", "gen --edges 1e2 --out " + out, exitUsage, "--edges 1e2"},
		{"gen too small", "gen --edges 10 --out " + out, exitUsage, "--edges 10"},
		{"gen of crumbs", "gen --edges 1000 --partitions 100 --out " + out, exitUsage, "100 partitions"},
		{"check of nothing", "check", exitUsage, "--routingkit"},
		{"check of two things", "check --map a --gppc b", exitUsage, "map"},
		{"check with a stray flag", "check --gppc b --sample 5", exitUsage, "--sample needs --routingkit"},
		{"check of a negative sample", "check --routingkit b --sample -5", exitUsage, "--sample -5"},
		{"check of no folder", "check --routingkit " + dir + "/none", exitUsage, "none"},
		{"check of no scenario", "check --gppc " + dir + "/none", exitUsage, "none"},
		{"gen into no folder", "gen --edges 1000 --partitions 1 --out " + dir + "/no/w.world", exitFailure, "writing world"},
		{"inspect of nothing", "inspect " + dir + "/none.world", exitUsage, "none.world"},
		{"a level too high", "inspect " + dir + "/good.world --level 7", exitUsage, "--level 7"},
		{"a picture into no folder", "inspect " + dir + "/good.world --png " + dir + "/no/p.png", exitFailure, "drawing the cut"},
		{"inspect of a map", "inspect " + bad, exitFailure, "not a .world file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := runWorld(t, strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(stderr, c.says) || stdout != "" {
				t.Errorf("exit %d (expected %d), stdout %q, stderr %q", code, c.code, stdout, stderr)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("a file was written")
			}
		})
	}
}

// TestWorldCheck: right answers exit with 0, wrong ones with 20.
func TestWorldCheck(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("m.map", "type octile\nheight 1\nwidth 3\nmap\n...\n")
	write("m.map.scen", "version 1\n0\tm\t3\t1\t0\t0\t2\t0\t2\n")
	write("p.patch", "type patch\npatches 1\npatch 0\nheight 1\nwidth 1\nmap\n@\n")
	write("right.scen", "version 2\nheight 2\nwidth 3\ncost 1 octile\npatch p.patch\ncommands\nQ 0 0 0 2 0 2\nP 0 0 1 0\nQ 0 0 0 2 0 4\n")
	write("metrics.scen", "version 2\nheight 2\nwidth 3\ncost 2 manhattan octile\npatch p.patch\ncommands\nQ 0 0 0 2 0 9 2\nP 0 0 1 0\nP 0 0 1 1\nQ 0 0 0 2 0 -1 -1\n")
	write("wrong.scen", "version 2\nheight 2\nwidth 3\ncost 1 octile\npatch p.patch\ncommands\nQ 0 0 0 2 0 2\nP 0 0 1 0\nQ 0 0 0 2 0 2\n")
	for _, c := range []struct {
		args                  string
		code                  int
		scenarios, mismatches string
	}{
		{"--map m.map", exitOK, `"scenarios":1,`, `"mismatches":0,`},
		{"--gppc right.scen", exitOK, `"scenarios":2,`, `"mismatches":0,`},
		{"--gppc wrong.scen", exitUnsafe, `"scenarios":2,`, `"mismatches":1,`},
		{"--gppc metrics.scen", exitOK, `"scenarios":2,`, `"unreachable":1,`},
	} {
		t.Run(c.args, func(t *testing.T) {
			flag, file, _ := strings.Cut(c.args, " ")
			code, stdout, stderr := runWorld(t, "check", flag, filepath.Join(dir, file), "--json")
			if code != c.code || !strings.Contains(stdout, c.scenarios) || !strings.Contains(stdout, c.mismatches) {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
		})
	}
}

// TestWorldCheckOfNothing: what cannot be checked is a usage error by its line, not a pass.
func TestWorldCheckOfNothing(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const dynamic = "version 2\nheight 1\nwidth 3\ncost 1 octile\npatch p.patch\ncommands\n"
	write("m.map", "type octile\nheight 1\nwidth 3\nmap\n..@\n")
	write("dot.map", "type octile\nheight 1\nwidth 3\nmap\n.@.\n")
	write("empty.scen", "version 1\n")
	write("wall.scen", "version 1\n0\tm\t3\t1\t0\t0\t1\t0\t1\n0\tm\t3\t1\t2\t0\t2\t0\t0\n")
	write("other.scen", "version 1\n0\tm\t4\t1\t0\t0\t1\t0\t1\n")
	write("p.patch", "type patch\npatches 1\npatch 0\nheight 1\nwidth 1\nmap\n@\n")
	write("empty.gppc", dynamic+"P 0 0 1 0\n")
	write("wall.gppc", dynamic+"Q 0 0 0 2 0 2\nP 0 0 1 0\nQ 0 1 0 1 0 0\n")
	for _, c := range []struct{ name, args, says string }{
		{"no scenario", "--map m.map --scen empty.scen", "empty.scen, line 1"},
		{"start and goal in a wall", "--map m.map --scen wall.scen", "wall.scen, line 3"},
		{"scenarios of another map", "--map m.map --scen other.scen", "other.scen, line 2"},
		{"a map without two connected cells", "--map dot.map --scen wall.scen", "dot.map"},
		{"no query of a dynamic map", "--gppc empty.gppc", "empty.gppc, line 7"},
		{"start and goal in a new wall", "--gppc wall.gppc", "wall.gppc, line 9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(dir)
			code, stdout, stderr := runWorld(t, append([]string{"check"}, strings.Fields(c.args)...)...)
			if code != exitUsage || !strings.Contains(stderr, c.says) || stdout != "" {
				t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
}

// TestWorldKeepsFiles: no result takes the place of a file that is something else.
func TestWorldKeepsFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	const arcs, places = "p sp 2 2\na 1 2 7\na 2 1 7\n", "v 1 0 0\nv 2 5 5\n"
	for name, text := range map[string]string{"s.gr": arcs, "s.co": places, "w.world": ""} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := runWorld(t, "import", "s.gr", "--out", "w.world"); code != exitOK {
		t.Fatal(stderr)
	}
	if code, _, stderr := runWorld(t, "import", "s.gr", "--out", "w.world"); code != exitOK {
		t.Errorf("a world in the place of a world: %s", stderr)
	}
	made, err := os.ReadFile("w.world")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, kept, holds string }{
		{"import s.gr --out s.gr", "s.gr", arcs},
		{"import s.gr --out ./s.gr", "s.gr", arcs},
		{"import s.gr --out s.co", "s.co", places},
		{"gen --edges 1000 --partitions 1 --out s.gr", "s.gr", arcs},
		{"inspect w.world --png w.world", "w.world", string(made)},
		{"inspect w.world --png s.gr", "s.gr", arcs},
	} {
		t.Run(c.args, func(t *testing.T) {
			code, _, stderr := runWorld(t, strings.Fields(c.args)...)
			if code != exitUsage || !strings.Contains(stderr, c.kept) || !strings.Contains(stderr, "something else") {
				t.Errorf("exit %d: %s", code, stderr)
			}
			if b, err := os.ReadFile(c.kept); err != nil || string(b) != c.holds {
				t.Errorf("%s holds %q, %v", c.kept, b, err)
			}
		})
	}
}

// TestWorldSpellings: a DIMACS graph is read however it is packed and spelled,
// and what is no source says what it looks like.
func TestWorldSpellings(t *testing.T) {
	t.Chdir(t.TempDir())
	const arcs, places = "p sp 2 2\na 1 2 7\na 2 1 7\n", "v 1 0 0\nv 2 5 5\n"
	packed := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"a.gr.gz": packed(arcs), "a.co.gz": packed(places), "b.gr.gz": packed(arcs), "b.co": places,
		"C.GR": arcs, "C.CO": places, "d.gr": arcs, "e.gr.gz": arcs, "f.map.gz": packed(arcs),
		"snap.txt": "# Directed graph\n0\t1\n", "pairs.txt": "0 1\n1 2\n", "dimacs.txt": arcs,
		"turned\u202e.map": "type octile\nheight 1\nwidth 2\nmap\n..\n", "bad\u009b.map": "?",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		source string
		code   int
		says   string
	}{
		{"a.gr.gz", exitOK, `"name":"a.gr.gz"`},
		{"b.gr.gz", exitOK, `"edges":2`},
		{"C.GR", exitOK, `"edges":2`},
		{"turned\u202e.map", exitOK, `"name":"turned.map"`},
		{"d.gr", exitUsage, "d.co"},
		{"e.gr.gz", exitUsage, "gzip"},
		{"f.map.gz", exitUsage, "packed by gzip"},
		{"snap.txt", exitUsage, "SNAP"},
		{"pairs.txt", exitUsage, "SNAP"},
		{"dimacs.txt", exitUsage, "must end in .gr"},
		{"bad\u009b.map", exitUsage, "bad\ufffd.map"},
	} {
		t.Run(c.source, func(t *testing.T) {
			code, stdout, stderr := runWorld(t, "import", c.source, "--out", "w.world", "--json")
			if code != c.code || !strings.Contains(stdout+stderr, c.says) {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
		})
	}
}

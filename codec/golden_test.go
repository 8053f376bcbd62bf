package codec

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/*.golden anew: only for a new version of the wire format")

// golden holds the bytes of named cases against a file, a line each.
func golden(t *testing.T, file string, names []string, cases [][]byte) {
	t.Helper()
	var b bytes.Buffer
	for i, name := range names {
		fmt.Fprintf(&b, "%s = %s\n", name, hex.EncodeToString(cases[i]))
	}
	file = "testdata/" + file
	if *rewrite {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run `go test ./codec -rewrite` once for a new file", err)
	}
	got, want := strings.Split(b.String(), "\n"), strings.Split(string(held), "\n")
	for i := range max(len(got), len(want)) {
		g, w := at(got, i), at(want, i)
		if g != w {
			t.Errorf("%s:%d: the wire format changed\n got %s\nheld %s", file, i+1, g, w)
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(no such line)"
}

func TestFramesGolden(t *testing.T) {
	var names []string
	var cases [][]byte
	for _, c := range frames {
		names = append(names, c.name)
		cases = append(cases, c.frame.Append(nil))
	}
	golden(t, "frames.golden", names, cases)
}

func TestRecordsGolden(t *testing.T) {
	var names []string
	var cases [][]byte
	for _, c := range inputs {
		names = append(names, "input: "+c.name)
		cases = append(cases, c.in.Append(nil))
	}
	for _, c := range records() {
		names = append(names, "record: "+c.name)
		cases = append(cases, c.bytes)
	}
	golden(t, "records.golden", names, cases)
}

package huntpb

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/format.golden anew, after fields were added")

// TestFormatIsHeld: a field keeps its number, kind and name for good, an enum's
// value its number. New ones may come; none may change or go.
func TestFormatIsHeld(t *testing.T) {
	const file = "testdata/format.golden"
	lines := format()
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(held)), "\n")
	if len(want) < 100 {
		t.Fatalf("%s holds only %d lines", file, len(want))
	}
	for _, line := range want {
		if !slices.Contains(lines, line) {
			t.Errorf("changed or gone: %s", line)
		}
	}
	for _, line := range lines {
		if !slices.Contains(want, line) {
			t.Errorf("new and not held: %s (run `go test ./codec/huntpb -rewrite`)", line)
		}
	}
}

func format() (lines []string) {
	messages := File_hunt_proto.Messages()
	for i := range messages.Len() {
		fields := messages.Get(i).Fields()
		for j := range fields.Len() {
			f := fields.Get(j)
			kind := f.Kind().String()
			switch f.Kind() {
			case protoreflect.MessageKind:
				kind = string(f.Message().Name())
			case protoreflect.EnumKind:
				kind = string(f.Enum().Name())
			}
			of := ""
			if o := f.ContainingOneof(); o != nil {
				of = " of " + string(o.Name())
			}
			lines = append(lines, fmt.Sprintf("%s.%s = %d %s %s%s", messages.Get(i).Name(), f.Name(), f.Number(), f.Cardinality(), kind, of))
		}
	}
	enums := File_hunt_proto.Enums()
	for i := range enums.Len() {
		values := enums.Get(i).Values()
		for j := range values.Len() {
			lines = append(lines, fmt.Sprintf("%s.%s = %d", enums.Get(i).Name(), values.Get(j).Name(), values.Get(j).Number()))
		}
	}
	return lines
}

package star

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestModule holds the rules over the module as it is.
func TestModule(t *testing.T) {
	graph, err := list(t, "./...")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range Check(graph) {
		t.Error(line)
	}
}

// list asks the go command, offline, for packages with all that they depend on.
func list(t *testing.T, pattern string) (Graph, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Standard,Imports,TestImports,XTestImports", Module+strings.TrimPrefix(pattern, "."))
	cmd.Env = append(cmd.Environ(), "GOPROXY=off", "GOFLAGS=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		return nil, errors.New(stderr.String())
	}
	graph := Graph{}
	for decoder := json.NewDecoder(strings.NewReader(string(stdout))); ; {
		var entry struct {
			ImportPath                         string
			Standard                           bool
			Imports, TestImports, XTestImports []string
		}
		if err := decoder.Decode(&entry); errors.Is(err, io.EOF) {
			return graph, nil
		} else if err != nil {
			return nil, err
		}
		graph[entry.ImportPath] = Package{
			Std: entry.Standard, Imports: entry.Imports, TestImports: slices.Concat(entry.TestImports, entry.XTestImports),
		}
	}
}

// TestTheListSeesImpurity holds that a graph from the go command shows what the
// rules look for: this package itself imports fmt, which reaches os and time.
func TestTheListSeesImpurity(t *testing.T) {
	graph, err := list(t, "./cmd/internal/star")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(checkCore(graph, Module+"/cmd/internal/star"), "\n")
	for _, want := range []string{"reaches fmt: " + Module + "/cmd/internal/star -> fmt", "reaches os", "reaches time"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
}

// sound is a small module that breaks no rule.
func sound() Graph {
	std := func(imports ...string) Package { return Package{Std: true, Imports: imports} }
	ours := func(imports ...string) Package {
		for i, path := range imports {
			imports[i] = strings.Replace(path, "./", Module+"/", 1)
		}
		return Package{Imports: imports}
	}
	return Graph{
		"errors": std("internal/reflectlite"), "internal/reflectlite": std("sync"), "sync": std(), "slices": std(),
		"fmt": std("os", "errors"), "os": std("time"), "time": std("sync"), "context": std("time"),
		"google.golang.org/protobuf/proto":     {Imports: []string{"fmt"}},
		"github.com/quic-go/quic-go":           {Imports: []string{"fmt", "context"}},
		Module + "/codec":                      ours("errors"),
		Module + "/codec/huntpb":               ours("./codec", "google.golang.org/protobuf/proto"),
		Module + "/partition":                  ours("./codec", "slices"),
		Module + "/partition/actor":            ours("./partition", "./codec", "context", "sync"),
		Module + "/transport/engine":           ours("./codec", "github.com/quic-go/quic-go"),
		Module + "/transport/client":           ours("./codec/huntpb", "./transport/engine"),
		Module + "/control":                    ours("./codec", "context"),
		Module + "/bench":                      ours("./partition", "./transport/client"),
		Module + "/jepsen":                     ours("./codec", "./transport/client"),
		Module + "/cmd/hunt":                   ours("./control", "./partition/actor", "./transport/engine", "./bench", "./jepsen"),
		Module + "/cmd/internal/system":        ours("./control", "./partition/actor"),
		"github.com/huntgraph/elsewhere/codec": {Imports: []string{Module + "/codec"}},
	}
}

// TestPlanted breaks the sound module in one place at a time.
func TestPlanted(t *testing.T) {
	if broken := Check(sound()); len(broken) > 0 {
		t.Fatalf("the sound module is judged broken: %s", strings.Join(broken, "\n"))
	}
	cases := []struct {
		name     string
		from, to string // the import that is added
		want     string // the beginning of the one line
	}{
		{"the vocabulary uses a module", "/codec", "google.golang.org/protobuf/proto", "/codec imports google.golang.org/protobuf/proto: the vocabulary"},
		{"the vocabulary knows its own folder", "/codec", "./codec/huntpb", "/codec imports ./codec/huntpb: the vocabulary"},
		{"huntpb uses another module", "/codec/huntpb", "github.com/quic-go/quic-go", "/codec/huntpb imports github.com/quic-go/quic-go: it may import only"},
		{"the vocabulary knows a sibling", "/codec/huntpb", "./control", "/codec/huntpb imports ./control: codec may import only its own packages"},
		{"partition knows transport", "/partition/actor", "./transport/engine", "/partition/actor imports ./transport/engine: partition may import only codec"},
		{"transport knows control", "/transport/engine", "./control", "/transport/engine imports ./control: transport may import only codec"},
		{"control knows partition", "/control", "./partition/actor", "/control imports ./partition/actor: control may import only codec"},
		{"jepsen judges with the code it judges", "/jepsen", "./partition", "/jepsen imports ./partition: jepsen may import only codec, transport"},
		{"bench knows control", "/bench", "./control", "/bench imports ./control: bench may import only"},
		{"someone knows cmd", "/transport/client", "./cmd/internal/system", "/transport/client imports ./cmd/internal/system: transport may import only codec"},
		{"a clock in the core", "/partition", "time", "/partition reaches time: ./partition -> time"},
		{"a clock below what the core imports", "slices", "time", "/partition reaches time: ./partition -> slices -> time"},
		{"a lock in the core", "/partition", "sync", "/partition imports sync: a core has one owner"},
		{"a lock in the vocabulary", "/codec", "sync", "/codec imports sync: a core has one owner"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			graph := sound()
			from := c.from
			if strings.HasPrefix(from, "/") {
				from = Module + from
			}
			pkg := graph[from]
			pkg.Imports = append(slices.Clone(pkg.Imports), strings.Replace(c.to, "./", Module+"/", 1))
			graph[from] = pkg
			want := strings.ReplaceAll(c.want, "./", Module+"/")
			if !strings.HasPrefix(want, Module) {
				want = Module + want
			}
			if broken := Check(graph); !slices.ContainsFunc(broken, func(line string) bool { return strings.HasPrefix(line, want) }) {
				t.Errorf("not found: %s\nfound: %s", want, strings.Join(broken, "\n"))
			}
		})
	}
}

func TestMissingAndUnknown(t *testing.T) {
	graph := sound()
	delete(graph, Module+"/partition")
	graph[Module+"/jepsen"] = Package{TestImports: []string{Module + "/partition"}}
	graph[Module+"/util"] = Package{}
	broken := strings.Join(Check(graph), "\n")
	for _, want := range []string{"/partition: the core package is missing", `/util: the top-level folder "util" has no place`,
		"/jepsen imports " + Module + "/partition: jepsen may import only codec, transport"} {
		if !strings.Contains(broken, Module+want) {
			t.Errorf("%q is missing in:\n%s", want, broken)
		}
	}
}

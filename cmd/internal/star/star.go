package star

import (
	"fmt"
	"slices"
	"strings"
)

// Module is the path that all packages of this module begin with.
const Module = "github.com/huntgraph/huntgraph"

// Graph is a list of packages by import path, as `go list -deps` tells it.
type Graph map[string]Package

// Package is one package of a Graph.
type Package struct {
	Std         bool     // it belongs to the standard library
	Imports     []string // import paths of the packages that it imports itself
	TestImports []string // the same of its tests
}

// core are the packages whose every import, however deep, is held.
var core = []string{Module + "/codec", Module + "/partition"}

// impure are the packages that a core may not reach, and locks those that it
// may not import itself (the standard library uses them below errors and slices).
var (
	impure = []string{"context", "fmt", "log", "log/slog", "math/rand", "net", "os", "os/signal", "runtime/debug", "syscall", "time"}
	locks  = []string{"sync", "sync/atomic"}
)

// siblings lists what the packages of each top-level folder may import of the
// others; a folder's own packages are always free to it.
var siblings = map[string][]string{
	"codec":     {},
	"partition": {"codec"},
	"transport": {"codec"},
	"control":   {"codec"},
	"bench":     {"codec", "partition", "transport"},
	"jepsen":    {"codec", "transport"},
	"cmd":       {"codec", "partition", "transport", "control", "bench", "jepsen"},
}

// Check returns one line for each rule that the graph breaks, sorted; none
// means that the module has its shape.
func Check(graph Graph) []string {
	var broken []string
	for path, pkg := range graph {
		if folder, ours := topFolder(path); ours {
			broken = append(broken, checkSiblings(path, folder, pkg)...)
		}
	}
	broken = append(broken, checkVocabulary(graph)...)
	for _, path := range core {
		broken = append(broken, checkCore(graph, path)...)
	}
	slices.Sort(broken)
	return broken
}

// checkSiblings holds the star: who knows whom. Tests are held to it as well: one
// that needs two siblings belongs to cmd.
func checkSiblings(path, folder string, pkg Package) []string {
	allowed, known := siblings[folder]
	if !known {
		return []string{fmt.Sprintf("%s: the top-level folder %q has no place in the star", path, folder)}
	}
	var broken []string
	for _, imported := range slices.Concat(pkg.Imports, pkg.TestImports) {
		other, ours := topFolder(imported)
		if ours && other != folder && !slices.Contains(allowed, other) {
			broken = append(broken, fmt.Sprintf("%s imports %s: %s may import only %s", path, imported, folder, oneOf(allowed)))
		}
	}
	return broken
}

// checkVocabulary holds that codec itself uses nothing but the standard
// library, and huntpb below it nothing but protobuf and codec.
func checkVocabulary(graph Graph) []string {
	var broken []string
	for path, pkg := range graph {
		if folder, ours := topFolder(path); !ours || folder != "codec" {
			continue
		}
		for _, imported := range pkg.Imports {
			switch {
			case graph[imported].Std:
			case path == Module+"/codec":
				broken = append(broken, fmt.Sprintf("%s imports %s: the vocabulary uses the standard library only", path, imported))
			case strings.HasPrefix(imported, Module+"/codec"), strings.HasPrefix(imported, "google.golang.org/protobuf/"):
			default:
				broken = append(broken, fmt.Sprintf("%s imports %s: it may import only protobuf and codec", path, imported))
			}
		}
	}
	return broken
}

// checkCore holds that one core package is there, imports no lock itself, and
// reaches nothing impure over any path.
func checkCore(graph Graph, path string) []string {
	pkg, there := graph[path]
	if !there {
		return []string{path + ": the core package is missing, so nothing holds it pure"}
	}
	var broken []string
	for _, imported := range pkg.Imports {
		if slices.Contains(locks, imported) {
			broken = append(broken, fmt.Sprintf("%s imports %s: a core has one owner and no locks", path, imported))
		}
	}
	from := map[string]string{path: ""} // the package that led to it
	for queue := []string{path}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if slices.Contains(impure, at) {
			broken = append(broken, fmt.Sprintf("%s reaches %s: %s", path, at, trail(from, at)))
		}
		for _, next := range graph[at].Imports {
			if _, seen := from[next]; !seen {
				from[next] = at
				queue = append(queue, next)
			}
		}
	}
	return broken
}

// trail tells the way from the start to a package.
func trail(from map[string]string, at string) string {
	way := []string{at}
	for from[at] != "" {
		at = from[at]
		way = append(way, at)
	}
	slices.Reverse(way)
	return strings.Join(way, " -> ")
}

// topFolder returns the top-level folder of one of this module's packages.
func topFolder(path string) (folder string, ours bool) {
	rest, ours := strings.CutPrefix(path, Module+"/")
	if !ours {
		return "", false
	}
	folder, _, _ = strings.Cut(rest, "/")
	return folder, true
}

func oneOf(allowed []string) string {
	if len(allowed) == 0 {
		return "its own packages"
	}
	return strings.Join(allowed, ", ")
}

// Tally reads the events of `go test -json`, prints what failed and nothing
// else, and writes "passed failed skipped" to the file that its argument names.
// Tests are counted as go test reports them, subtests among them.
//
//	go test -json ./... | tally FILE
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// event is what go test says; a build's events have an ImportPath instead of a Package.
type event struct {
	Action, Package, ImportPath, Test, Output string
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "tally: name the file for the counts")
		os.Exit(2)
	}
	var passed, failed, skipped int
	broken := false                          // a package failed, perhaps before its tests
	printed := map[string]*strings.Builder{} // by package and test, until it ends
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text()) // the go command's own words
			continue
		}
		key := e.Package + e.ImportPath + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			if printed[key] == nil {
				printed[key] = &strings.Builder{}
			}
			printed[key].WriteString(e.Output)
			continue
		case "fail", "build-fail":
			broken = true
			fmt.Printf("--- %s\n", key)
			if text := printed[key]; text != nil {
				fmt.Print(text)
			}
		}
		if e.Test != "" {
			switch e.Action {
			case "pass":
				passed++
			case "fail":
				failed++
			case "skip":
				skipped++
			}
		}
		switch e.Action {
		case "pass", "fail", "skip", "build-fail":
			delete(printed, key)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintf(os.Stderr, "tally: reading the events: %v\n", err)
		os.Exit(1)
	}
	counts := fmt.Sprintf("%d %d %d\n", passed, failed, skipped)
	if err := os.WriteFile(os.Args[1], []byte(counts), 0o600); err != nil {
		fmt.Fprintf(os.Stderr, "tally: %v\n", err)
		os.Exit(1)
	}
	if passed+failed == 0 {
		fmt.Println("no test ran")
	}
	if broken || passed == 0 {
		os.Exit(1)
	}
}

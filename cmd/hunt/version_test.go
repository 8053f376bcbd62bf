package main

import (
	"encoding/json"
	"reflect"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestDescribeBuild(t *testing.T) {
	build := &debug.BuildInfo{
		Deps: []*debug.Module{
			{Path: "github.com/nats-io/nats.go", Version: "v1.55.0"},
			{Path: "github.com/quic-go/quic-go", Version: "v0.64.1"},
			{Path: "github.com/quic-go/webtransport-go", Version: "v0.1.0",
				Replace: &debug.Module{Path: "../webtransport-go", Version: "v0.13.0"}},
			{Path: "github.com/spf13/cobra", Version: "v1.10.2"},
		},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}},
	}
	dependencies := []dependencyEntry{
		{"github.com/quic-go/quic-go", "v0.64.1"},
		{"github.com/quic-go/webtransport-go", "../webtransport-go@v0.13.0"},
		{"github.com/nats-io/nats.go", "v1.55.0"},
	}
	cases := []struct {
		name, stamped, commit string
		build                 *debug.BuildInfo
		dependencies          []dependencyEntry
	}{
		{"stamped", "def", "def", build, dependencies},
		{"from version control", "", "abc+changes", build, dependencies},
		{"from nowhere", "", "unknown", &debug.BuildInfo{}, []dependencyEntry{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := versionResult{Version: "1.2.3", Commit: c.commit, Go: runtime.Version(),
				Platform: runtime.GOOS + "/" + runtime.GOARCH, Dependencies: c.dependencies}
			if got := describeBuild("1.2.3", c.stamped, c.build); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestVersionJSON(t *testing.T) {
	_, stdout, _ := run(t, verbs(), "version", "--json")
	var got versionResult
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%q: %v", stdout, err)
	}
	if got.Version != version || got.Go != runtime.Version() || got.Commit == "" {
		t.Errorf("printed %+v", got)
	}
}

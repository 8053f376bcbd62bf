package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Set by the linker in `make build`; without it the commit comes from the build
// information, which `go build` in a checkout has and `go run` has not.
var (
	version = "0.1.0-dev"
	commit  = ""
)

// versionResult is what `hunt version` prints.
type versionResult struct {
	Version      string            `json:"version"`
	Commit       string            `json:"commit"` // full hash, "+changes" after it if the checkout had any; "unknown" without version control
	Go           string            `json:"go"`
	Platform     string            `json:"platform"`
	Dependencies []dependencyEntry `json:"dependencies"`
}

type dependencyEntry struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// shownDependencies are the modules whose version a bug report needs.
var shownDependencies = []string{
	"github.com/quic-go/quic-go",
	"github.com/quic-go/webtransport-go",
	"go.etcd.io/etcd/server/v3",
	"go.etcd.io/etcd/client/v3",
	"github.com/nats-io/nats-server/v2",
	"github.com/nats-io/nats.go",
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, the commit and what the binary was built with",
		Example: "  hunt version --json | jq .commit",
		RunE: func(cmd *cobra.Command, _ []string) error {
			build, ok := debug.ReadBuildInfo()
			if !ok {
				build = &debug.BuildInfo{}
			}
			return printResult(cmd, describeBuild(version, commit, build))
		},
	}
}

// describeBuild tells what was built; a stamped commit wins over build's own.
func describeBuild(version, commit string, build *debug.BuildInfo) versionResult {
	if commit == "" {
		commit = recordedCommit(build)
	}
	linked := make(map[string]string, len(build.Deps))
	for _, module := range build.Deps {
		if module.Replace != nil {
			linked[module.Path] = module.Replace.Path + "@" + module.Replace.Version
			continue
		}
		linked[module.Path] = module.Version
	}
	result := versionResult{
		Version:      version,
		Commit:       commit,
		Go:           runtime.Version(),
		Platform:     runtime.GOOS + "/" + runtime.GOARCH,
		Dependencies: []dependencyEntry{},
	}
	for _, path := range shownDependencies {
		if v, ok := linked[path]; ok {
			result.Dependencies = append(result.Dependencies, dependencyEntry{Name: path, Version: v})
		}
	}
	return result
}

func recordedCommit(build *debug.BuildInfo) string {
	commit, changes := "unknown", ""
	for _, setting := range build.Settings {
		switch setting.Key {
		case "vcs.revision":
			commit = setting.Value
		case "vcs.modified":
			if setting.Value == "true" {
				changes = "+changes"
			}
		}
	}
	return commit + changes
}

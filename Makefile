# Huntgraph. A bare `make` lists the targets.

VERSION ?= 0.1.0-dev
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)$(shell git diff --quiet HEAD 2>/dev/null || echo +changes)
LDFLAGS := -X main.version=$(VERSION) -X main.commit=$(COMMIT)
TOOL    := go tool -modfile=.ci/tools.mod

# What runs goroutines of its own; the pure packages have none to race.
CONCURRENT := ./bench ./partition/actor/... ./partition/world/nest/... ./transport/... ./control/... ./cmd/...

.DEFAULT_GOAL := help
.PHONY: help build test race concurrent fuzz-seeds lint fmt gen browser ci clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## bin/hunt, stamped with version and commit
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/hunt ./cmd/hunt

test: ## every test; needs no network, no root and no maps
	go test ./...

race: ## the race detector on what is concurrent
	go test -race -skip '^TestBrowser' $(CONCURRENT)

concurrent:
	@echo $(CONCURRENT)

fuzz-seeds: ## every fuzz target on its seeds
	go test -run '^Fuzz' ./...

lint: ## the linters of .golangci.yml, go vet among them, and buf's
	$(TOOL) golangci-lint run
	$(TOOL) buf lint

fmt: ## format all Go code
	gofmt -w $$(git ls-files '*.go')

gen: ## code made from codec/huntpb/hunt.proto: Go, then the browser's
	$(TOOL) buf generate
	bash transport/web/gen.sh

browser: ## the tests in headless Chromium; screenshots go to artifacts/
	mkdir -p artifacts
	HUNT_REQUIRE_BROWSER=1 go test -count=1 -run '^TestBrowser' -artifacts -outputdir '$(CURDIR)/artifacts' ./cmd/... ./transport/web/...

ci: ## everything that a commit must pass
	bash .ci/run

clean: ## remove what was built
	rm -rf bin artifacts

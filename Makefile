# Every target works on the root module and on each nested one.
MODULES := $(patsubst %/,%,$(dir $(shell git ls-files -co --exclude-standard -- 'go.mod' '**/go.mod')))
FUZZTIME ?= 10s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

# A workspace would hide a require that a nested module lacks.
export GOWORK := off

.PHONY: help test test-short vet lint fmt tidy tidy-check fuzz bench bench-allocs house golden vuln examples npm
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

test: ## all tests of all modules, with the race detector, in random order
	@set -e; for m in $(MODULES); do echo "== test $$m"; (cd $$m && go test -race -shuffle=on -timeout 25m ./...); done

test-short: ## the same without the long chaos and property runs
	@set -e; for m in $(MODULES); do echo "== test $$m"; (cd $$m && go test -short -race -shuffle=on ./...); done

vet: ## go vet
	@set -e; for m in $(MODULES); do (cd $$m && go vet ./...); done

lint: vet ## vet, staticcheck and gofmt
	@set -e; for m in $(MODULES); do echo "== staticcheck $$m"; (cd $$m && go run $(STATICCHECK) ./...); done
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
		if [ -n "$$unformatted" ]; then echo "not gofmt'ed: $$unformatted"; exit 1; fi

fmt: ## gofmt all files in place
	gofmt -w $$(git ls-files -co --exclude-standard '*.go')

tidy: ## go mod tidy everywhere
	@set -e; for m in $(MODULES); do (cd $$m && go mod tidy); done

tidy-check: ## fail where go.mod or go.sum is not tidy
	@set -e; for m in $(MODULES); do (cd $$m && go mod tidy -diff); done

fuzz: ## run each fuzz target for FUZZTIME (10s)
	@set -e; for m in $(MODULES); do (cd $$m && \
		for p in $$(go list ./...); do \
			for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
				echo "== fuzz $$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzzminimizetime 10x -fuzztime $(FUZZTIME) $$p; \
			done; \
		done); done

bench: ## benchmarks with allocations, the peers' beside buoy's
	go test -run '^$$' -bench . -benchmem .
	cd bench && go test -run '^$$' -bench . -benchmem ./...

house: ## sizes, imports and long files, each beside its bar
	go run ./internal/house

bench-allocs: ## fail where a benchmark allocates more often than recorded
	go run ./internal/house allocations

golden: ## write the golden files and docs/errors.md anew
	go test ./... -run 'Golden|ErrorsPage' -update

vuln: ## govulncheck; skipped where its database cannot be reached
	@set -e; for m in $(MODULES); do echo "== govulncheck $$m"; (cd $$m && \
		out=$$(timeout 300 go run $(GOVULNCHECK) ./... 2>&1) && echo "$$out" || { \
			if echo "$$out" | grep -qE 'fetching vulnerabilities|dial tcp|no such host|Forbidden|timeout'; \
			then echo "skipped: the vulnerability database cannot be reached"; else echo "$$out"; exit 1; fi; }); done

examples: ## run every example
	@set -e; for d in examples/*/; do echo "== go run ./$$d"; timeout 300 go run ./$$d; done

npm: ## install the official OpenAI client, against which the gateway is tested
	cd examples/gateway/npmtest && npm ci --no-audit --no-fund

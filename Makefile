# Every target works on the root module first, then on each nested one, and last
# on bench, which has to compile the SDKs that buoy is compared with.
SHELL := /bin/bash
FOUND := $(patsubst %/,%,$(dir $(shell git ls-files -co --exclude-standard -- 'go.mod' '**/go.mod')))
MODULES := . $(filter-out . bench,$(FOUND)) $(filter bench,$(FOUND))
# The packages whose tests go test -short shortens, and those with fuzz targets.
# Those in WAITING mostly wait for a real server, and run beside the others.
LONG := $(sort $(dir $(shell git grep -l --untracked 'testing\.Short()' -- '*_test.go')))
WAITING := buoyqueue/ buoyredis/
FUZZED := $(sort $(dir $(shell git grep -lE --untracked '^func Fuzz' -- '*_test.go')))
GOLDEN := $(sort $(dir $(shell git grep -l --untracked 'flag.Bool."update"' -- '*_test.go')))
FUZZTIME ?= 10s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

# A workspace would hide a require that a nested module lacks.
export GOWORK := off

.PHONY: release-check help test test-long vet lint fmt tidy tidy-check fuzz bench bench-allocs house golden vuln examples npm otlp
.DEFAULT_GOAL := help

help: ## list the targets; times are about those of two quiet cores, once everything has been compiled
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

test: ## all tests of all modules, with the race detector, in random order, the long runs shortened (4 min)
	@set -e; for m in $(MODULES); do echo "== test $$m"; (cd $$m && go test -short -race -shuffle=on ./...); done

test-long: ## the long runs whole, such as 200 seeds of chaos, with the race detector (9 min)
	@set -o pipefail; run() { for d in "$$@"; do echo "== test $$d"; \
		(cd $$d && go test -v -race -shuffle=on -timeout 25m . | grep --line-buffered -vE '^(=== |    +--- PASS)') || return 1; done; }; \
	log=$$(mktemp) failed=0; run $(filter $(WAITING),$(LONG)) >$$log 2>&1 & beside=$$!; \
	run $(filter-out $(WAITING),$(LONG)) || failed=1; \
	wait $$beside || failed=1; cat $$log; rm $$log; exit $$failed

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

fuzz: ## run each fuzz target for FUZZTIME=10s (6 min)
	@set -e; for d in $(FUZZED); do \
		for f in $$(grep -hoE '^func Fuzz\w*' $$d*_test.go | cut -c6-); do \
			echo "== fuzz $$d $$f"; (cd $$d && go test -run '^$$' -fuzz "^$$f$$" -fuzzminimizetime 10x -fuzztime $(FUZZTIME) .); \
		done; done

bench: ## benchmarks with allocations, the peers' beside buoy's
	go test -run '^$$' -bench . -benchmem ./...
	cd bench && go test -run '^$$' -bench . -benchmem ./...

house: ## sizes, imports and long files, each beside its bar (at once)
	go run ./internal/house

bench-allocs: ## fail where a benchmark allocates more often than recorded (10 s)
	go run ./internal/house allocations

golden: ## write the golden files of all modules and docs/errors.md
	@set -e; for d in $(GOLDEN); do echo "== golden $$d"; (cd $$d && go test -run 'Golden|ErrorsPage' . -update); done

vuln: ## govulncheck; skipped where its database cannot be reached
	@for m in $(MODULES); do echo "== govulncheck $$m"; \
		out=$$(cd $$m && timeout 300 go run $(GOVULNCHECK) ./... 2>&1) && echo "$$out" && continue; \
		if echo "$$out" | grep -qE 'fetching vulnerabilities|dial tcp|no such host|Forbidden|timeout'; \
		then echo "skipped: the vulnerability database cannot be reached"; break; fi; \
		echo "$$out"; exit 1; done

examples: ## run every example, those of the nested modules, too
	@set -e; for d in examples/*/; do echo "== go run ./$$d"; (cd $$d && timeout 300 go run .); done
	@set -e; for f in $$(git ls-files -co --exclude-standard -- '*/examples/*/main.go'); do d=$$(dirname $$f); \
		echo "== go run ./$$d"; (cd $${f%%/examples/*} && timeout 300 go run ./examples/$${d##*/}); done

release-check: ## the release as others get it: a module proxy, other systems, the oldest Go (3 min)
	cd release && go run . check

# Where the collector of make otlp is built, once.
OTELCOL ?= $(HOME)/.cache/buoy/otelcol-0.165.0
otlp: ## telemetry through a real OpenTelemetry collector (10 min the first time, which builds it)
	@set -e; if [ ! -x $(OTELCOL)/otelcol ]; then mkdir -p $(OTELCOL); \
		sed 's|$${OUT}|$(OTELCOL)|' deploy/testdata/collector.yaml > $(OTELCOL)/builder.yaml; \
		nice go run go.opentelemetry.io/collector/cmd/builder@v0.165.0 --config $(OTELCOL)/builder.yaml \
		|| { echo "SKIPPED: the collector cannot be built here"; exit 0; }; fi; \
	cd deploy && BUOY_OTELCOL=$(OTELCOL)/otelcol go test -count=1 -v -run OTLPCollector .

npm: ## install the official OpenAI client and the AI SDK, against which the gateway is tested, what drives a browser, and Sentry's Spotlight
	cd examples/gateway/npmtest && npm ci --no-audit --no-fund
	cd buoyhttp/npmtest && npm ci --no-audit --no-fund
	cd buoysentry/npmtest && npm ci --no-audit --no-fund

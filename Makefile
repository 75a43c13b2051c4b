# Every target works on the root module first, then on each nested one, and last
# on bench, which has to compile the SDKs that buoy is compared with.
SHELL := /bin/bash
FOUND := $(patsubst %/,%,$(dir $(shell git ls-files -co --exclude-standard -- 'go.mod' '**/go.mod')))
MODULES := . $(filter-out . bench,$(FOUND)) $(filter bench,$(FOUND))
NESTED := $(filter-out .,$(MODULES))
# The packages whose tests go test -short shortens, in the root module and in others.
LONG := $(patsubst %/,%,$(sort $(dir $(shell git grep -l --untracked 'testing\.Short()' -- '*_test.go'))))
LONG_NESTED := $(filter $(addsuffix /%,$(NESTED)) $(NESTED),$(LONG))
LONG_ROOT := $(filter-out $(LONG_NESTED),$(LONG))
# The packages with fuzz targets.
FUZZED := $(patsubst %/,%,$(sort $(dir $(shell git grep -lE --untracked '^func Fuzz' -- '*_test.go'))))
# The folders of the programs that show how to use buoy.
EXAMPLES := $(sort $(patsubst %/main.go,%,$(shell git ls-files -co --exclude-standard -- 'examples/*/main.go' '*/examples/*/main.go')))
GOLDEN := $(sort $(dir $(shell git grep -l --untracked 'flag.Bool."update"' -- '*_test.go')))
FUZZTIME ?= 20s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

# Parts that can run beside each other are targets of their own, of the form part/folder.
# Each prints what it has to say when it ends, all of them run, and one that fails fails make.
BESIDE := @$(MAKE) --no-print-directory --keep-going --output-sync=target

# A workspace would hide a require that a nested module lacks.
export GOWORK := off

.PHONY: release-check help test test-long vet lint fmt tidy tidy-check fuzz bench bench-allocs house golden vuln examples npm otlp
.DEFAULT_GOAL := help

help: ## list the targets; times are about those of two quiet cores, once everything has been compiled
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The tests of the nested modules often wait for a server, and mind being kept waiting
# by others: the root module's, which run beside them, give way.
define beside
	@set -o pipefail; log=$$(mktemp) failed=0; \
	nested() { local failed=0 d; for d in $(2); do echo "== test $$d"; (cd $$d && $(3)) || failed=1; done; return $$failed; }; \
	nested >$$log 2>&1 & beside=$$!; \
	echo "== test ."; nice -n 5 $(1) || failed=1; \
	wait $$beside || failed=1; cat $$log; rm $$log; exit $$failed
endef

test: ## all tests of all modules, with the race detector, in random order, the long runs shortened (4 min)
	$(call beside,go test -short -race -shuffle=on ./...,$(NESTED),go test -short -race -shuffle=on ./...)

# Shown of the tests that pass are their logs, and their times from a second on.
WHOLE := go test -v -race -shuffle=on -timeout 25m
NEWS := grep --line-buffered -vE '^(=== [RPC]|PASS$$| +--- PASS|--- PASS.*\(0\.[0-9]+s\)$$)'
test-long: ## the packages that make test shortens, whole: such as 200 seeds of chaos (9 min)
	$(call beside,$(WHOLE) $(addprefix ./,$(LONG_ROOT)) | $(NEWS),$(LONG_NESTED),$(WHOLE) . | $(NEWS))

vet: vet/. ## go vet
	$(BESIDE) -j2 $(addprefix vet/,$(NESTED))

vet/%:
	@cd $* && go vet ./...

lint: vet staticcheck/. ## vet, staticcheck and gofmt
	$(BESIDE) -j2 $(addprefix staticcheck/,$(NESTED))
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
		if [ -n "$$unformatted" ]; then echo "not gofmt'ed: $$unformatted"; exit 1; fi

staticcheck/%:
	@echo "== staticcheck $*"; cd $* && go run $(STATICCHECK) ./...

fmt: ## gofmt all files in place
	gofmt -w $$(git ls-files -co --exclude-standard '*.go')

tidy: ## go mod tidy everywhere
	@set -e; for m in $(MODULES); do (cd $$m && go mod tidy); done

tidy-check: ## fail where go.mod or go.sum is not tidy
	@set -e; for m in $(MODULES); do (cd $$m && go mod tidy -diff); done

fuzz: ## run each fuzz target for FUZZTIME=20s, two packages at a time (9 min)
	$(BESIDE) -j2 $(addprefix fuzz/,$(FUZZED))

fuzz/%:
	@set -e; for f in $$(grep -hoE '^func Fuzz\w*' $*/*_test.go | cut -c6-); do \
		echo "== fuzz $* $$f"; (cd $* && go test -run '^$$' -fuzz "^$$f$$" -fuzzminimizetime 10x -fuzztime $(FUZZTIME) .); \
	done

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

examples: ## run every example, those of the nested modules, too, three at a time
	$(BESIDE) -j3 $(addprefix run/,$(EXAMPLES))

run/examples/%:
	@echo "== go run ./examples/$*"; cd examples/$* && timeout 300 go run .

run/%: # of a nested module
	@echo "== go run ./$*"; cd $(firstword $(subst /examples/, ,$*)) && timeout 300 go run ./examples/$(notdir $*)

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

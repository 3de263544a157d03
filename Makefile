# Minori: `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
GO ?= go
ADDR ?= 127.0.0.1:8080
DEMO ?= demo-data

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

deps: ## install what building and testing need (Debian)
	@scripts/deps.sh

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error

assets: node_modules/.package-lock.json ## build the browser's files
	npm run --silent build

build: assets ## build bin/minori
	$(GO) build -o bin/minori ./cmd/minori

demo: build ## start Minori with a sample company of 500 accounts
	bin/minori demo --addr $(ADDR) --data $(DEMO)

generate: ## write the generated Go again (templ)
	$(GO) tool templ generate -path web >/dev/null

test: deps assets ## run all tests (starts its own PostgreSQL and Chromium)
	$(GO) test -timeout 60m ./...

lint: ## vet, staticcheck, import order, generated code fresh
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt these:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@scripts/fresh.sh

screenshots: assets ## take pictures of every page in both languages and themes into screenshots/
	mkdir -p screenshots
	MINORI_SCREENSHOTS=$(CURDIR)/screenshots $(GO) test ./cmd/minori -run TestScreenshots -count=1 -timeout 30m

bench: ## run the benchmarks on the large sample (100,000 accounts; half an hour)
	MINORI_BENCH_ACCOUNTS=100000 $(GO) test -run '^$$' -bench . -benchtime 1x -timeout 3h ./...

soak: assets ## kill a server under tracking load 500 times and compare what it acknowledged with what it has (half an hour)
	MINORI_SOAK_KILLS=500 $(GO) test ./cmd/minori ./ingest -run 'TestKillTracking|TestAnyOrder' -count=1 -timeout 90m -v

bench-ingest: ## messages per second over HTTP, beside PostgreSQL, DuckDB and a server that drops (ten minutes)
	$(GO) test ./app -run '^$$' -bench Ingest -benchtime 1x -timeout 1h

clean: ## remove what was built
	rm -rf bin web/assets/dist/* demo-data

.PHONY: help deps assets build demo generate test lint screenshots bench bench-ingest soak clean

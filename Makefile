# Every target sets up what it needs; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Bun is pinned in package.json alone. The one on PATH is taken if it is that version, else one from the npm registry.
BUN_VERSION := $(shell node -p "require('./package.json').packageManager.split('@')[1]" 2>/dev/null)
BUN_ON_PATH := $(if $(filter $(BUN_VERSION),$(shell bun --version 2>/dev/null)),$(shell command -v bun))
BUN := $(or $(BUN_ON_PATH),$(CURDIR)/.tools/bun/node_modules/.bin/bun)
export BUN
PEERS := .tools/peers
PYTHON := .tools/python/bin/python
LINKSOCKS := .tools/linksocks-1.8.9/.installed .tools/linksocks-1.10.0/.installed
# Half of what the unit tests do is to wait.
WORKERS = $$((2 * $$(getconf _NPROCESSORS_ONLN)))
SOURCES := $(shell find src -name '*.ts' 2>/dev/null) package.json bun.lock tsconfig.json

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: $(BUN) node_modules/.installed ## install the pinned Bun (where it is missing) and the packages

build: dist/wpdaemon ## compile dist/wpdaemon for this machine

run: dist/wpdaemon ## serve in the foreground on 127.0.0.1:23888
	@dist/wpdaemon --daemon

demo: dist/wpdaemon ## show a tunnel end to end, on this machine alone: nothing else is needed
	@$(BUN) build/demo.ts

demo-wireguard: dist/wpdaemon $(PEERS)/peers ## the same over WireGuard; needs Go for the far end
	@$(BUN) build/demo-wireguard.ts

check: setup ## types, lint and unit tests, in under a minute; installs nothing outside this folder
	@$(BUN) check
	@node_modules/.bin/biome check --error-on-warnings .
	@node_modules/.bin/knip --no-progress
	@$(BUN) test --parallel=$(WORKERS) tests/platform tests/net tests/api tests/tunnels tests/daemon tests/cli tests/fuzz tests/linksocks tests/endpoints tests/events tests/viewer tests/structure tests/docs/*.test.ts

test: test-programs dist/wpdaemon $(PEERS)/peers $(PYTHON) $(LINKSOCKS) ## everything, the compiled program against real peers
	@$(BUN) build/test.ts

test-arm64: setup test-programs $(PEERS)/peers $(PYTHON) $(LINKSOCKS) ## the program for Linux on arm64, run on an emulated processor
	@$(BUN) tests/foreign/run.ts linux-arm64

test-arm64-short: setup test-programs $(PEERS)/peers $(PYTHON) ## as much of that as every change can wait for
	@$(BUN) tests/foreign/run.ts linux-arm64 --short

test-musl: setup test-programs $(PEERS)/peers $(PYTHON) $(LINKSOCKS) ## the program for Linux with musl
	@$(BUN) tests/foreign/run.ts linux-x64-musl

bench: dist/wpdaemon $(PEERS)/peers ## measure memory, start-up, latency, throughput and recovery
	@$(BUN) tests/bench/bench.ts

soak: dist/wpdaemon $(PEERS)/peers $(PYTHON) $(LINKSOCKS) ## what only shows after thousands of starts, and an hour of fuzzing; SOAK_MINUTES=60
	@$(BUN) tests/soak/soak.ts

release: setup ## pack executables for Linux and macOS into dist/release
	@$(BUN) build/release/release.ts

release-key: $(BUN) ## make the key pair that releases are signed with; once, by their owner
	@$(BUN) build/release/make-key.ts

sign: $(BUN) ## sign dist/release with that key
	@$(BUN) build/release/sign.ts

test-programs: ## install what the tests call, where it is missing and this machine can be changed
	@build/install-test-programs.sh

clean: ## remove what was built and installed here
	@rm -rf dist node_modules .tools

$(CURDIR)/.tools/bun/node_modules/.bin/bun:
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer, with npm" >&2; exit 1; }
	@test -n "$(BUN_VERSION)" || { echo "node is missing: install Node.js 20 or newer" >&2; exit 1; }
	@mkdir -p .tools/bun && npm install --silent --no-audit --no-fund --prefix .tools/bun bun@$(BUN_VERSION)
	@$@ --version >/dev/null 2>&1 || node .tools/bun/node_modules/bun/install.js
	@echo "Bun $$($@ --version) installed in .tools/bun"

node_modules/.installed: package.json bun.lock | $(BUN)
	@$(BUN) install --frozen-lockfile --silent
	@touch $@

dist/wpdaemon: $(SOURCES) build/compile.ts build/compile-options.ts node_modules/.installed
	@$(BUN) build/compile.ts

$(PEERS)/peers: $(wildcard tests/peers/*.go) tests/peers/go.mod tests/peers/go.sum
	@command -v go >/dev/null || { echo "Go is missing: the tests' WireGuard peer needs Go 1.24 or newer" >&2; exit 1; }
	@mkdir -p $(PEERS)
	@cd tests/peers && CGO_ENABLED=0 go build -trimpath -o ../../$(PEERS)/peers .
	@cp -f $(PEERS)/peers $(PEERS)/wireproxy

$(PYTHON): tests/interop/requirements.txt
	@command -v python3 >/dev/null || { echo "python3 is missing: the tests' Argus-style client needs it, with pip and venv" >&2; exit 1; }
	@python3 -m venv .tools/python
	@.tools/python/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# LinkSocks' Go core, once per version; its dependencies are those of $(PYTHON).
.tools/linksocks-%/.installed: tests/interop/linksocks-%.txt | $(PYTHON)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --only-binary=:all: --no-deps --require-hashes \
	  --upgrade --target $(@D) -r $<
	@touch $@

.PHONY: help setup build run demo demo-wireguard check test test-arm64 test-arm64-short test-musl test-programs bench soak release release-key sign clean

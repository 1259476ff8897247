# `make` alone prints what there is.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COMPILED := .compiled
COMPILED_STAMP := $(COMPILED)/.built
BENCH_VENV := .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.installed
EXIT ?=
SPEED ?=
OLIST ?=
ALERTMANAGER := v0.28.1
HELM := v3.18.6

.PHONY: tools help setup demo test check fmt lint types unit property kafka quality compile soak bench dashboards lock clean

help: ## print the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## create the virtual environment from the hashed lock file

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "touchpoint needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "this Python cannot make virtual environments: install its venv package (Debian: apt-get install python3-venv)" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages into $(VENV) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

demo: $(STAMP) ## a real Kafka, a worker and real touchpoints, with live alerts (EXIT=1 stops after the data; SPEED=X, LANG=es, JSON=1)
	@$(BIN)/touchpoint demo $(if $(EXIT),--exit) $(if $(SPEED),--speed $(SPEED)) $(if $(JSON),--json) $(if $(filter command,$(firstword $(origin LANG))),--lang $(LANG))

test: $(STAMP) tools ## everything that CI runs: style, types, every test, real Kafka, PostgreSQL and Chromium included
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m tests.lanes

# What tests use when it is there: Chromium for the console, PHP for a line that is shown, Alertmanager for
# notices. As root on Debian, and with Go, they are installed; elsewhere the tests say what they miss.
tools:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && { \
	  echo "installing Chromium for the tests of the console ..." >&2; \
	  apt-get install -y -qq chromium >/dev/null 2>&1 || { apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq chromium >/dev/null 2>&1; }; }; } \
	  || echo "there is no Chromium: the tests of the console are left out" >&2
	@command -v php >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && { \
	  echo "installing PHP for the test of the line that is shown for it ..." >&2; \
	  apt-get install -y -qq php-cli >/dev/null 2>&1 || { apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq php-cli >/dev/null 2>&1; }; }; } \
	  || echo "there is no PHP: the test of its line is left out" >&2
	@command -v alertmanager >/dev/null || command -v prometheus-alertmanager >/dev/null || test -x "$$HOME/go/bin/alertmanager" || { command -v go >/dev/null && { \
	  echo "building Alertmanager for the tests of notices ..." >&2; \
	  go install github.com/prometheus/alertmanager/cmd/alertmanager@$(ALERTMANAGER) >/dev/null 2>&1; }; } \
	  || echo "there is no Alertmanager: its tests are left out" >&2
	@command -v helm >/dev/null || test -x "$$HOME/go/bin/helm" || { command -v go >/dev/null && { \
	  echo "building Helm for the tests of the chart ..." >&2; \
	  go install helm.sh/helm/v3/cmd/helm@$(HELM) >/dev/null 2>&1; }; } \
	  || echo "there is no Helm: the tests of the chart are left out" >&2
	@command -v promtool >/dev/null && command -v amtool >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && { \
	  echo "installing Prometheus for the tests of our own alerts ..." >&2; \
	  apt-get install -y -qq prometheus prometheus-alertmanager >/dev/null 2>&1 || { apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq prometheus prometheus-alertmanager >/dev/null 2>&1; }; }; } \
	  || echo "there is no Prometheus: the tests of our own alerts are left out" >&2

check: $(STAMP) ## what each commit passes: style, types, tests that need no broker
	@$(MAKE) --no-print-directory lint types
	@$(BIN)/python -m pytest tests -m "not kafka and not fault and not network and not browser" -q

fmt: $(STAMP) ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix-only .

lint: $(STAMP) ## style
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(STAMP) ## types
	@$(BIN)/mypy

property: $(STAMP) ## the property tests alone, with many more examples
	@HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest tests/property -q

soak: $(STAMP) ## ten thousand simulated runs of the worker's core (SEEDS=N), a rolling restart that is timed, then half an hour of faults on a real broker (MINUTES=N)
	@$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),10000)
	@$(BIN)/python -m tests.soak.rolling
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30)

kafka: $(STAMP) ## the tests on a real broker alone
	@$(BIN)/python -m pytest tests -m "kafka or fault"

quality: $(STAMP) ## what the shipped rules are worth, on real orders (OLIST=folder of the tables) and on simulated journeys
	@$(BIN)/python -m tests.quality $(OLIST)

compile: $(COMPILED_STAMP) ## the same sources with the hot path as C extension modules, in .compiled (needs a C compiler)

$(COMPILED_STAMP): $(STAMP) pyproject.toml $(shell find streams schemas deploy/rules -type f -not -path '*/__pycache__/*')
	@command -v cc >/dev/null || { echo "there is no C compiler, and the hot path stays as it is: install one (Debian: apt-get install gcc)" >&2; exit 2; }
	@echo "compiling the hot path into $(COMPILED) (about a minute) ..." >&2
	@rm -rf $(COMPILED) && mkdir -p $(COMPILED)/source
	@cp -r pyproject.toml README.md LICENSE streams schemas deploy $(COMPILED)/source
	@HATCH_BUILD_HOOK_ENABLE_MYPYC=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --target $(COMPILED) $(COMPILED)/source
	@rm -rf $(COMPILED)/source && touch $@

bench: $(STAMP) $(BENCH_STAMP) $(COMPILED_STAMP) ## the full job against naive peers on the same records, in one run
	@command -v wrk >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && { \
	  echo "installing wrk, which loads the gateway ..." >&2; \
	  apt-get install -y -qq wrk >/dev/null 2>&1 || { apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq wrk >/dev/null 2>&1; }; }; } \
	  || echo "there is no wrk: the gateway is not loaded over HTTP" >&2
	@$(BIN)/python -m tests.bench

$(BENCH_STAMP): tests/bench/requirements.lock
	@test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	@echo "installing the peers of the benchmark into $(BENCH_VENV) ..." >&2
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

dashboards: $(STAMP) ## write deploy/grafana/dashboards anew from their code (PICTURES=1: and their pictures, from a live run)
	@$(BIN)/python -m deploy.grafana.code
	$(if $(PICTURES),@$(BIN)/python -m tests.deploy.pictures)

lock: $(STAMP) ## write requirements.lock anew (hashes, no download addresses)
	@$(BIN)/python -m pip install --quiet uv && $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --all-extras --group dev pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 tests/bench/requirements.txt -o tests/bench/requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 --constraint requirements.lock pyproject.toml -o deploy/docker/requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 --constraint requirements.lock --group build -o deploy/docker/build.lock

clean: ## remove the virtual environment and the demo's data
	@rm -rf $(VENV) $(BENCH_VENV) $(COMPILED) .touchpoint

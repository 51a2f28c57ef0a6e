# Everything that is done with this project. `make` lists it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
# Settings for a target go on its line: make run ARGS="--port-base 9000", make test ARGS="-k inbox".
ARGS ?=
LOGS := $(or $(BRANCHWISE_HOME),var)/logs
AT_HOME := $(if $(BRANCHWISE_HOME),--home $(BRANCHWISE_HOME))
PG15_BIN ?= /usr/lib/postgresql/15/bin
# Everything here starts Python again and again: where nothing compiled is kept, each start costs three times as much.
unexport PYTHONDONTWRITEBYTECODE
# Two of them wait for sockets and disks a quarter of the time: a third keeps both cores busy. Servers that are given
# from outside are shared, so there the tests run one after the other.
WORKERS ?= $(if $(POSTGRES_HOST)$(NATS_URL),0,3)
SERVICES := analytics data auth insights email realtime gateway

# uv: the machine's own where there is one, else a copy inside the project.
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
export UV_PYTHON_INSTALL_DIR := $(CURDIR)/.uv/python
# Where the machine has certificates of its own, they count: a company's network may sign with its own authority.
ifneq ($(wildcard /etc/ssl/certs/* /etc/pki/tls/certs/* /System/Library/Keychains),)
export UV_SYSTEM_CERTS ?= true
endif
BIN := .venv/bin
READY := .venv/.complete
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11

.PHONY: help
help: ## List the targets
	@echo "make TARGET, with:"
	@awk -F ':.*## ' '/^##@ / {print "\n" substr($$0, 5)} /^[a-z0-9_-]+:.*## / {printf "  \033[1m%-18s\033[0m %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo; echo "One service alone (beside a stack that runs, on a port of its own: DATA_SERVICE_PORT=9002 make service_data)"
	@for s in $(SERVICES); do printf "  \033[1m%-18s\033[0m %s\n" "service_$$s" "Run $$s, restarted when its code changes"; done

##@ Running

.PHONY: setup run dev services_start logs
setup: $(READY) ## Install the locked packages into .venv (and uv into .uv, where the machine has none)

run: $(READY) ## Run everything, with a demo tenant; Ctrl-C stops it
	@exec $(BIN)/branchwise up $(AT_HOME) --stop-with-parent $(ARGS)

dev: $(READY) ## The same, restarting a service when its code changes
	@exec $(BIN)/branchwise up $(AT_HOME) --stop-with-parent --reload $(ARGS)

services_start: $(READY) ## Run everything without a demo tenant
	@exec $(BIN)/branchwise up $(AT_HOME) --stop-with-parent --no-demo $(ARGS)

.PHONY: $(SERVICES:%=service_%)
$(SERVICES:%=service_%): service_%: $(READY)
	@exec $(BIN)/python scripts/run_service.py $*

logs: ## Follow the logs of everything that runs
	@ls $(LOGS)/*.log >/dev/null 2>&1 || { echo "No logs in $(LOGS) yet: nothing ran in this home."; exit 1; }
	@exec tail -n 20 -F $(LOGS)/*.log

##@ Database

.PHONY: db_setup db_clean
db_setup: $(READY) ## Create the database or bring it up to date
	$(BIN)/python scripts/init_db.py

db_clean: $(READY) ## Delete everything in the database of a stopped stack (asks first)
	$(BIN)/python scripts/clear_db.py

##@ Tests

.PHONY: test test-pg15 test-faults test-containers bench bench-insights
test: $(READY) ## Run all tests
	$(BIN)/python -m pytest -n $(WORKERS) -m "not faults and not bench" $(ARGS)

test-pg15: $(READY) ## Run all tests on a local PostgreSQL 15 (PG15_BIN)
	@test -x $(PG15_BIN)/postgres || { echo "No PostgreSQL 15 in $(PG15_BIN); say where with PG15_BIN=…"; exit 1; }
	BRANCHWISE_PG_BIN=$(PG15_BIN) $(BIN)/python -m pytest -n $(WORKERS) -m "not faults and not bench" $(ARGS)

test-faults: $(READY) ## Run the long tests: kill -9 at random points (FAULT_SEED=… repeats them), 10,000 random calls
	$(BIN)/python -m pytest -m faults --timeout 7200 $(ARGS)

test-containers: $(READY) ## Run all tests on containers of PostgreSQL and NATS (needs Docker)
	$(BIN)/python scripts/run_on_containers.py $(ARGS)

bench: $(READY) ## Measure, as ratios to the nearest physical thing in the same run
	$(BIN)/python tests/bench/run.py $(ARGS)

bench-insights: $(READY) ## Measure how right insights are and what they cost (ARGS="FOLDER": on real series as well; BENCH_SIZE=full)
	$(BIN)/python tests/bench/insights_advice.py
	$(BIN)/python tests/bench/insights_detect.py $(ARGS)
	$(BIN)/python tests/bench/insights_forecast.py $(ARGS)
	$(BIN)/python tests/bench/insights_hourly_run.py
	$(BIN)/python tests/bench/insights_reasons.py
	$(BIN)/python tests/bench/insights_half_year.py

##@ Code

.PHONY: lint format typecheck lock clean
lint: $(READY) ## Check style, boundaries between packages, and SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar database

format: $(READY) ## Put the code into its form and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

typecheck: $(READY) ## Check the types
	$(BIN)/pyright

lock: | $(filter .uv/%,$(UV)) ## Choose the versions anew that pyproject.toml allows, and write them down with hashes
	$(COMPILE) --upgrade --group dev pyproject.toml -o requirements.lock
	$(COMPILE) --upgrade pyproject.toml -o requirements-runtime.lock
	$(COMPILE) --upgrade --no-header requirements-uv.in -o requirements-uv.lock

clean: ## Remove caches and what was built; state and packages stay
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -not -path './.venv/*' -not -path './.uv/*' -prune -exec rm -rf {} +

# The stamp is younger than what it was made from only when the whole installation went well.
$(READY): requirements.lock pyproject.toml | $(filter .uv/%,$(UV))
	@[ -x $(BIN)/python ] || $(UV) venv --quiet .venv
	@echo "Installing the locked packages (the first time this takes a while)"
	@$(UV) pip sync --quiet --require-hashes requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.uv/bin/uv: requirements-uv.lock
	@echo "Installing uv into .uv"
	@python3 -m venv .uv || { echo "Python's venv is missing (Debian: python3-venv); or install uv yourself."; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

# Everything a developer needs, from a clean checkout: `make help` explains.
# Tools are installed into .venv from requirements.lock, which pins each with its hash.

PORT ?= 8000
DATA ?= data
PREFIX ?= /opt/phaseline
TESTS ?=
PROCESSES ?= 2
CHAOS ?=

PY ?= $(shell for p in python3.13 python3.14 python3 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 13))' >/dev/null 2>&1 && echo $$p && break; done)
BIN := .venv/bin
DEPS := .venv/.installed
ASSETS := api/static/manifest.json
PACKAGES := pipes engine workers api
CHECKS := check-format check-lint check-types check-contracts check-assets check-duplicates \
  check-dependencies check-containers

# Node comes with the locked tools; one on the PATH does as well.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export UV_PYTHON_DOWNLOADS := never
# Compiled modules make every start but the first faster.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install deploy run test check $(CHECKS) format bench chaos screenshots lock clean

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  PORT=8000 and DATA=data go with run, TESTS=tests/pipes and PROCESSES=2 with test,"
	@echo "  PREFIX=/opt/phaseline with deploy, CHAOS='--seed 7 --minutes 5 --kills 60' with chaos."

install: $(DEPS) $(ASSETS) ## Install the tools and build the page assets

deploy: $(DEPS) $(ASSETS) ## Install what production needs, and nothing else, into PREFIX
	@rm -rf dist
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python
	@$(BIN)/uv venv --quiet --clear --python "$$($(BIN)/python -c 'import sys; print(sys._base_executable)')" "$(PREFIX)"
	@$(BIN)/uv pip sync --quiet --require-hashes --python "$(PREFIX)/bin/python" production.lock
	@$(BIN)/uv pip install --quiet --python "$(PREFIX)/bin/python" --no-deps --compile-bytecode dist/*.whl

run: $(DEPS) $(ASSETS) ## Run everything on this machine
	@exec $(BIN)/phaseline up --port $(PORT) --data "$(DATA)"

test: $(DEPS) $(ASSETS) ## Run the tests
	@$(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal $(TESTS)

check: $(DEPS) ## Judge the code without running it: format, lint, types, contracts, copies, dependencies
	@$(MAKE) --no-print-directory --keep-going $(CHECKS)

check-format: $(DEPS)
	$(BIN)/ruff format --check .

check-lint: $(DEPS)
	$(BIN)/ruff check .

check-types: $(DEPS)
	$(BIN)/mypy

check-contracts: $(DEPS)
	$(BIN)/lint-imports --no-logo

check-assets: $(ASSETS)
	cd api/assets && node_modules/.bin/tsc --noEmit

check-duplicates: $(DEPS)
	$(BIN)/pylint --disable=all --enable=duplicate-code --score=n $(PACKAGES)

# Known weaknesses are asked for where the network allows it; the rest needs no network.
check-dependencies: $(DEPS)
	$(BIN)/uv pip check --python $(BIN)/python
	$(BIN)/python -m pytest -q tests/architecture/test_locks.py
	@said=$$($(BIN)/pip-audit -s osv --timeout 5 --progress-spinner off --disable-pip --require-hashes \
	  -r requirements.lock 2>&1) && echo "$$said" || case "$$said" in \
	  *"known vulnerabilit"*) echo "$$said"; exit 1 ;; \
	  *) echo "Known weaknesses were not asked for: the public list cannot be reached." ;; esac

check-containers: $(DEPS)
	$(if $(wildcard docker-compose*.yml),$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec \
	  $(wildcard docker-compose*.yml))
	$(if $(wildcard Dockerfile),$(BIN)/hadolint Dockerfile)

format: $(DEPS) ## Format the code and mend what the linter can
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: $(DEPS) $(ASSETS) ## Measure speed and scale beside the floor and peers; ONLY=pages runs one group
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(WRITE),--write)

chaos: $(DEPS) $(ASSETS) ## Kill everything again and again, then judge whether anything was lost
	@$(BIN)/python -m chaos $(CHAOS)

screenshots: $(DEPS) $(ASSETS) ## Take pictures of the pages for docs/
	@$(BIN)/python -m tests.screenshots

lock: $(BIN)/uv ## Pin again what pyproject.toml and package.json ask for; UPGRADE=1 takes newer versions
	@$(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.13 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --group dev pyproject.toml \
	  --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.13 --constraint requirements.lock \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml \
	  --output-file production.lock
	@$(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.13 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --group peers \
	  --output-file bench/peers/peers.lock
	@awk '/^[a-z]/ {mine = /^uv==/} mine' requirements.lock > bootstrap.lock
	@cd api/assets && npm install --silent --package-lock-only --ignore-scripts

clean: ## Remove what was made here, but no data
	@rm -rf .venv bench/peers/.venv api/static api/assets/node_modules *.egg-info dist test-results
	@rm -rf .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find $(PACKAGES) tests bench chaos -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/uv: bootstrap.lock
	@test -n "$(PY)" || { echo "Python 3.13 or newer is needed: install it, or name it with PY=/path/to/python." >&2; exit 1; }
	@$(BIN)/python -c "" 2>/dev/null || $(PY) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bootstrap.lock
	@touch $@

$(DEPS): $(BIN)/uv requirements.lock pyproject.toml
	@echo "Installing the tools into .venv …"
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

api/assets/node_modules/.installed: $(DEPS) api/assets/package.json api/assets/package-lock.json
	@node --version >/dev/null 2>&1 || { echo "Node 20 or newer is needed for the page assets: install it and run make again." >&2; exit 1; }
	@cd api/assets && npm ci --silent --ignore-scripts
	@touch $@

$(ASSETS): api/assets/node_modules/.installed api/assets/build.mjs $(shell find api/assets/src -type f)
	@echo "Building the page assets …"
	@cd api/assets && node build.mjs

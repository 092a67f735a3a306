# Two commands matter: `make demo` and `make test`. `make help` lists the others.
PYTHON ?= python3
PORT   ?= 8000
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check
TESTS  ?=
WORKERS ?= auto

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo install test check features prove bench bench-peers docs clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.runs ## Start Pegboard with demo data on 127.0.0.1 (PORT=8000) and print the login
	@$(BIN)/erp demo --port $(PORT)

test: check ## Run every check and every test (TESTS="tests/core -k name" for some of them)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

install: .venv/.tests ## Make .venv with everything that tests need

check: .venv/.tests ## Check style, types and who may import whom
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .venv/imports.log || { cat .venv/imports.log; exit 1; }
	@$(BIN)/python frontend/vendor.py --check-icons

features: .venv/.tests ## Print F001-F174, what is proved and by which test
	@$(BIN)/python -m pytest -q -m feature --features

prove: .venv/.tests ## Run the long tests: many steps, many clients, many kills (an hour)
	@ERP_TEST_STRICT=1 $(BIN)/python -m pytest -m prove --prove

bench: .venv/.tests ## Measure what benchmarks/ measures
	@$(BIN)/python -m benchmarks

bench-peers: .venv/.tests .venv/peers ## Do the same work in Tryton and compare
	@$(BIN)/python -m benchmarks.peers .venv/peers/bin/python

docs: .venv/.tests ## Write the generated pages of docs/reference
	@$(BIN)/python -m tests.features > docs/reference/features.md

clean: ## Remove the environment and everything generated (the database in instance/ stays)
	@rm -rf .venv build dist test-results .mypy_cache .pytest_cache .ruff_cache \
	  .hypothesis .import_linter_cache *.egg-info
	@find . -name __pycache__ -type d -not -path './frontend/*' -prune -exec rm -rf {} +

# The environment is made again only when pyproject.toml changed.
.venv/.runs: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Pegboard needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ...")'
	@echo "Installing into .venv ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) install --editable .
	@touch $@

.venv/peers: benchmarks/peers/requirements.txt
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers/requirements.txt
	@touch $@

.venv/.tests: .venv/.runs
	@$(PIP) install --editable '.[dev]'
	@touch $@

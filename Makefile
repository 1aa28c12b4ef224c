# Every target brings what it needs: see tools/setup.py, which does nothing when nothing changed.
PYTHON ?= python3
SETUP := $(PYTHON) tools/setup.py
BIN := .venv/bin
# Chosen tests or options for pytest: make test-fast PYTEST="-k journal -x"
PYTEST ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# -- setting up ------------------------------------------------------------

.PHONY: setup setup-python setup-ui setup-browser setup-servers setup-hub
setup: ## Install everything a developer needs into this checkout
	@$(SETUP) python ui browser servers hub
setup-python:
	@$(SETUP) python
setup-ui:
	@$(SETUP) python ui
setup-browser:
	@$(SETUP) python ui browser
setup-servers:
	@$(SETUP) python servers
setup-hub:
	@$(SETUP) python hub

# -- using it --------------------------------------------------------------

.PHONY: run
run: setup-ui ## Start JupyterLab with an example and print a link for each of two people
	@$(BIN)/python -m jupyter_tandem.hosts.demo

.PHONY: run-hub
run-hub: setup-ui setup-hub ## Start a JupyterHub with Tandem's service and two people, and print their links
	@$(BIN)/python examples/hub/run.py

.PHONY: run-lite
run-lite: setup-ui ## Build a JupyterLite site, start signaling and print a link for each of two people
	@$(BIN)/python -m examples.lite.run

# -- testing ---------------------------------------------------------------

.PHONY: test
test: setup-browser setup-servers setup-hub ## Run every test: Python, TypeScript, browsers
	npm test --silent
	$(BIN)/python -m pytest $(PYTEST)

.PHONY: test-fast
test-fast: setup-ui ## Run what takes seconds: no browser, no killed process, nothing slow
	npm test --silent
	$(BIN)/python -m pytest -m "not browser and not fault and not slow" $(PYTEST)

.PHONY: soak
soak: setup-servers ## Break Tandem for an hour: simulations, kills, broken frames
	$(BIN)/python -m pytest tests/sim tests/fault/server tests/fuzz \
		--sim-seeds 10000 --kill-loops 500 --fuzz-frames 300000

.PHONY: bench bench-ratio plots
# What to measure, for example: make bench BENCH="--quick"
BENCH ?=
# What to draw; by default what is drawn already: make plots FIGURES=build/benchmarks.json
FIGURES ?=
bench: setup-python ## Measure Tandem, in some ten minutes; the figures go to build/benchmarks.json
	$(BIN)/python -m benchmarks $(BENCH)
bench-ratio: setup-python ## Fail when a delivery costs too many times what a bare fan-out does
	$(BIN)/python -m benchmarks.ratio
plots: setup-python ## Draw the figures for the documentation
	$(BIN)/python -m benchmarks.plots $(FIGURES)

.PHONY: screenshots
screenshots: setup-browser ## Take the README's pictures from the running product
	$(BIN)/python -m tools.screenshots

# -- reading ---------------------------------------------------------------

.PHONY: docs
docs: setup-python ## Build the documentation; a warning is an error
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs: docs/_build/html/index.html"

# -- linting ---------------------------------------------------------------

LINTS := lint-ruff lint-mypy lint-layers lint-house lint-eslint lint-prettier lint-tsc

.PHONY: lint $(LINTS)
lint: setup-ui $(LINTS) ## Check style, types, layers, sizes and that every rule has a test
lint-ruff:
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
lint-mypy:
	$(BIN)/mypy
lint-layers:
	$(BIN)/lint-imports --no-cache --no-logo
lint-house:
	$(BIN)/python -m tools.check_sizes
	$(BIN)/python -m tools.check_words
	$(BIN)/python -m tools.check_spec
lint-eslint:
	npm run --silent lint:eslint
lint-prettier:
	npm run --silent lint:prettier
lint-tsc:
	npm run --silent lint:types

.PHONY: format
format: setup-ui ## Lay out all files the way the checks want them
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .
	npm run --silent format

# -- leaving ---------------------------------------------------------------

.PHONY: clean
clean: ## Remove what was built, keep what was installed
	rm -rf build dist docs/_build src/jupyter_tandem/labextension .stamps/labextension
	rm -rf ui/packages/*/lib ui/packages/*/*.tsbuildinfo

# From a bare machine with Python 3.11 or newer and make to a running demo: everything else goes into .venv.
# Stamp files make the second call instant; changed requirements make the environment anew.

VENV ?= .venv
PY := $(VENV)/bin/python
LOCKED := $(VENV)/.locked-requirements
COMPARED := $(VENV)/bench/.locked-requirements
READY := $(VENV)/.project-installed
# Agent programs that tests run against a scripted model: development only, never part of what is shipped.
AGENTS := $(VENV)/agents
CLAUDE := 2.1.330
CODEX := 0.169.0
NPM := npm install --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
	--loglevel error --fetch-retries 1 --fetch-timeout 60000

# The first of these that is new enough and can make environments; PYTHON=… is tried before all.
CANDIDATES := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PIP := $(PY) -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-ui check bench pictures storm schemas build lock clean agents claude

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1	/p' Makefile | expand -t 16

setup: $(READY) ## the environment alone

demo: $(READY) ## watch twelve tasks being run by stand-in agents, in seconds
	@$(VENV)/bin/mdorch demo

test: $(READY) ## all tests; ARGS="-k name" for some of them
	@$(PY) -m pytest -q -n 4 --dist worksteal $(ARGS)  # most of them wait: two cores are busy with four

test-ui: $(READY) ## the browser front in headless Chromium (Debian: apt install chromium)
	@$(PY) -m pytest -q -m ui tests/ui $(ARGS)

check: $(READY) ## formatting, lint, types
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy

bench: $(READY) $(COMPARED) ## measure, each as a ratio to a baseline of the same run; ARGS="status" for one
	@$(PY) -m bench $(ARGS)

storm: $(READY) ## the tests of real processes and real kills, at full length
	@MDORCH_STORM=full $(PY) -m pytest -q -n 2 --dist worksteal -m storm tests/storm tests/world tests/daemon tests/agents $(ARGS)

pictures: $(READY) ## the pictures of the README anew, from the real thing (needs chromium); ARGS="terminal"
	@$(PY) -m pictures $(ARGS)

schemas: $(READY) ## write schemas/*.json anew from the models
	@$(PY) -m mdorch.desk.schemas

agents: claude $(AGENTS)/.codex-$(CODEX) ## the real agent programs that tests are run against (0.8 GB, needs npm)

claude: $(AGENTS)/.claude-$(CLAUDE) # one of them, for continuous integration

$(AGENTS)/.claude-$(CLAUDE): | $(READY)
	@$(NPM) --prefix $(AGENTS)/claude @anthropic-ai/claude-code@$(CLAUDE) >/dev/null
	@touch $@

$(AGENTS)/.codex-$(CODEX): | $(READY)
	@$(NPM) --prefix $(AGENTS)/codex @openai/codex@$(CODEX) >/dev/null
	@touch $@

build: $(READY) ## source and wheel distributions, in dist/
	@rm -rf dist
	@$(PY) -m build --no-isolation --outdir dist .

lock: ## pin the requirements anew (needs uv)
	@command -v uv >/dev/null || { echo "make lock: needs uv on PATH" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade --no-emit-index-url \
		--all-extras --no-header --no-annotate --output-file requirements-dev.txt pyproject.toml requirements-dev.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade --no-emit-index-url \
		--no-header --no-annotate --output-file requirements-bench.txt requirements-bench.in

clean: ## everything that these targets made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(LOCKED): requirements-dev.txt
	@python=; for candidate in $(CANDIDATES); do \
		if "$$candidate" -c '$(FITS)' >/dev/null 2>&1; then python=$$candidate; break; fi; done; \
	test -n "$$python" || { echo "make: needs Python 3.11 or newer with its venv module as python3" \
		"(Debian: apt install python3-venv), or PYTHON=/path/to/it; python3 is $$(python3 --version 2>&1)" >&2; \
		exit 1; }; \
	echo "Setting up $(VENV) with $$($$python --version), once …" >&2; \
	"$$python" -m venv --clear $(VENV)
	@$(PIP) --require-hashes --requirement requirements-dev.txt
	@touch $@

# What benches compare with; without a network they leave it out.
$(COMPARED): requirements-bench.txt $(LOCKED)
	@$(PY) -m venv --clear $(VENV)/bench
	@$(VENV)/bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement requirements-bench.txt && touch $@ || echo "make bench: goes on without them" >&2

$(READY): $(LOCKED) pyproject.toml
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

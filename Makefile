# The commands of this project, one list. `make` alone shows them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := .setup/bin/uv
STAMP := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo run lint test test-system fuzz conformance bench lock clean

help:            ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: $(STAMP)  ## make .venv from requirements.lock; needs Python, pip and make only

# uv comes from the lock too, with its hashes, into a folder of its own; it makes the virtual environment even where
# Python ships without ensurepip.
$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make setup: no $(PYTHON) here; install Python 3.11 to 3.13 or say PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { echo "make setup: $$($(PYTHON) --version) is too old or too new; say PYTHON=/path/to/python3.11 (3.11 to 3.13)" >&2; exit 1; }
	@test -x $(UV) || { mkdir -p .setup && sed -n '/^uv==/,/^[^ ]*==/{/^uv==\|^ /p}' requirements.lock > .setup/uv.txt \
	  && $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target .setup -r .setup/uv.txt; }
	$(UV) venv --quiet --allow-existing --python $$($(PYTHON) -c 'import sys; print(sys.executable)') $(VENV)
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)   ## the main job on an embedded newsroom: what was told, and the digest
	$(BIN)/monitor demo

run: $(STAMP)    ## the daemon in the foreground with ./config.toml
	$(BIN)/monitor run

lint: $(STAMP)   ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint       ## every test that needs no Debian package
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-system: $(STAMP)  ## what needs systemd and a browser; installs them (Debian, root) and fails where it cannot
	sh tests/system/install.sh
	$(BIN)/python -m pytest tests/system

fuzz: $(STAMP)   ## ten minutes of documents that no one wrote, through the feed parser (FUZZ_SECONDS, FUZZ_SEED)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)} $(BIN)/python -m pytest -q tests/unit/feeds/test_parse_fuzz.py

conformance: $(STAMP)  ## the rules of a polite feed fetcher, each with its tests against real servers, as a table
	$(BIN)/python -m pytest tests/integration/conformance -q --conformance

bench: $(STAMP)  ## the measurements, one JSON line each
	$(BIN)/python -m bench.replay
	$(BIN)/python -m bench.pace
	$(BIN)/python -m bench.poll
	$(BIN)/python -m bench.parse

lock: ## resolve requirements.lock anew (no index address gets into it)
	$(UV) pip compile pyproject.toml --universal --all-extras --generate-hashes --python-version 3.11 --upgrade \
	  --custom-compile-command "make lock" --quiet -o requirements.lock

clean:           ## forget .venv and what tests left behind
	rm -rf $(VENV) .setup .pytest_cache .mypy_cache .ruff_cache .hypothesis demo-out

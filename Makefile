# The verbs: setup, demo, test, check, bench; `make help` lists them all.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt
DEMO   ?=

export PYTHONUTF8 = 1

.DEFAULT_GOAL := help

.PHONY: help setup demo test test-heavy check format bench bench-large proofs docs clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "holdtrue needs Python 3.11 or later; this is $$($(PYTHON) --version). Name another with: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Could not create $(VENV). On Debian or Ubuntu: sudo apt install python3-venv"; exit 2; }

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing holdtrue and what the demo uses into $(VENV) ..."
	@$(PIP) -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing holdtrue and its development tools into $(VENV) ..."
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.demo

setup: $(VENV)/.dev ## create .venv with everything the tests and checks need

demo: $(VENV)/.demo ## the whole loop on real house sales, in a new folder, in under two minutes (DEMO="--keep" to leave it running)
	@$(BIN)/holdtrue demo $(DEMO)

test: $(VENV)/.dev ## the whole test suite, in parallel, with coverage
	@$(BIN)/python -m coverage erase
	@COVERAGE_PROCESS_START= $(BIN)/python -m pytest -n auto -m "not heavy" --cov --cov-report=term:skip-covered
	@$(BIN)/python -m pytest --collect-only -m heavy -n 0 2>/dev/null | grep '::' | sed 's/^/left out of this run (make test-heavy): /' || true

test-heavy: $(VENV)/.dev ## the slow proofs that `make test` leaves out
	@$(BIN)/python -m pytest -n auto -m heavy --timeout 3600

check: $(VENV)/.dev ## lint, formatting, types, architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## format and mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Peers whose needs do not go together with ours, or with each other's, have an environment each.
PEERS := pandera pointblank dataframely great-expectations whylogs ydata-profiling tfdv evidently nannyml

.venv-bench-%/.done: benchmarks/requirements-%.txt | $(BIN)/python
	@echo "Installing $* into .venv-bench-$* ..."
	@$(BIN)/python -m venv .venv-bench-$*
	@.venv-bench-$*/bin/python -m pip install --disable-pip-version-check --quiet -r $< && touch $@ \
	  || echo "$* cannot be installed here, and is left out"

.venv-bench/.done: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing holdtrue and its peers into .venv-bench ..."
	@$(BIN)/python -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[bench]' && touch $@

bench: .venv-bench/.done $(PEERS:%=.venv-bench-%/.done) ## the benchmarks, each beside a peer, printing ratios
	@for bench in benchmarks/bench_*.py; do echo "== $$bench"; .venv-bench/bin/python $$bench || exit 1; done

bench-large: .venv-bench/.done ## tables of 10, 30 and 100 million rows: memory and time (4 GB of disk for some minutes)
	@.venv-bench/bin/python benchmarks/large_tables.py

# Promises of the monitors, measured: rates of false alarms, delays, known changes, what alarms say. Rates and delays that
# are done are kept in .proofs/. Each part is run, whatever became of those before it.
PROVEN := mapie driftfdr alibi-detect capymoa

proofs: .venv-bench/.done $(PROVEN:%=.venv-bench-%/.done) ## rates and delays of the monitors, beside peers (some hours; goes on where it was left)
	@mkdir -p .proofs; broken=; \
	prove() { echo "== $$*"; .venv-bench/bin/python benchmarks/"$$@" || broken="$$broken $$1"; }; \
	prove planted_faults.py; \
	prove named_causes.py; \
	prove coverage_of_beginnings.py; \
	prove life_of_alarms.py; \
	prove delays_of_levels.py; \
	prove rate_over_blocks.py; \
	prove rate_of_comparisons.py; \
	prove coverage_of_estimates.py; \
	prove drift_by_chance.py; \
	prove rate_of_false_alarms.py --stated 2000 --results .proofs/rates.json; \
	prove rate_of_false_alarms.py --stated 10000 --results .proofs/rates.json; \
	prove expected_run_times.py; \
	prove detector_delays.py --sizes 500 20000 --results .proofs/delays.json; \
	prove detector_streams.py --delays .proofs/delays.json; \
	[ -z "$$broken" ] || { echo "not as promised, or not done:$$broken"; exit 1; }

clean: ## remove what the verbs made
	@rm -rf $(VENV) .venv-bench .venv-bench-* .proofs .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache .coverage .coverage.* dist build

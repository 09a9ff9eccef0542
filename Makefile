# What people and CI type. Everything runs in .venv, which the first of these commands makes.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
SETUP := .venv/.setup
SETUP_DEV := .venv/.setup-dev
SETUP_SWEEP := .venv/.setup-sweep

.PHONY: help demo repro test test-processors test-faults verify gate gate-rates app committed search study sweep bench scale bench-web results tensorboard licences audit hooks lock clean setup setup-sweep

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' Makefile

demo: $(SETUP) ## run the whole pipeline on the bundled digits, in demo/; no download
	@$(BIN)/python -m apps.demo

repro: $(SETUP) ## run what changed of the pipeline on MNIST
	@$(BIN)/dvc repro

test: $(SETUP_DEV) $(SETUP_SWEEP) ## lint, check types, run all tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest

test-processors: $(SETUP_DEV) ## train under an emulated Haswell and compare every byte; needs qemu-x86_64
	$(BIN)/python -m pytest -m emulated --no-cov tests/test_processors.py

test-faults: $(SETUP_DEV) $(SETUP_SWEEP) ## kill, damage and disturb the pipeline and sweeps, and see them come back; up to an hour
	$(BIN)/python -m pytest -m faults --no-cov

verify: $(SETUP) ## train RECIPE=mlp (SEED=0) anew in a fresh clone and compare every byte with the commit
	@$(BIN)/python -m apps.verify $(or $(RECIPE),$(error name a recipe: make verify RECIPE=mlp)) $(or $(SEED),0)

gate: $(SETUP) ## compare with BASELINE=main: exit code 1 on a regression; FOLDER=gate keeps it as Markdown and JSON
	@$(BIN)/python -m apps.gate --baseline $(or $(BASELINE),main) $(if $(FOLDER),--markdown $(FOLDER) --json $(FOLDER)/gate.json)

gate-rates: $(SETUP) ## measure how often the gate is wrong, on 200 seeds of a small net, write docs/gate-rates.md
	@$(BIN)/python -m apps.gate_rates

app: $(SETUP) ## draw digits in a browser and see them read; CORRECTIONS=folder keeps what you correct there
	@$(BIN)/python -m apps.web $(if $(CORRECTIONS),--corrections $(CORRECTIONS))

committed: ## fail where results in the working tree differ from the last commit
	@git diff --exit-code --stat HEAD -- metrics models plots reports dvc.lock

search: $(SETUP) ## train what search.yaml names as DVC experiments, write docs/search.md
	@$(BIN)/python -m apps.search

study: $(SETUP) ## train what study.yaml names, ten seeds of fast and best among it; hours, can be stopped
	@$(BIN)/python -m apps.study

sweep: $(SETUP_SWEEP) ## train many variants on Ray: make sweep SWEEP="fast --seeds 0 1 2"; see docs/sweeps.md
	@$(BIN)/python -m apps.sweep $(SWEEP)

bench: $(SETUP) ## time all recipes and the tutorials' own code side by side, write docs/bench.md
	@$(BIN)/python -m apps.bench

scale: $(SETUP) ## measure what 1, 10 and 100 times MNIST cost, write docs/scale.md; 10 GB of disk, half an hour
	@$(BIN)/python -m apps.scale

bench-web: $(SETUP) ## put the page's server under load and under attack, write docs/web.md
	@$(BIN)/python -m apps.bench_web

results: $(SETUP) ## print the table of results
	@$(BIN)/python -m apps.results

tensorboard: $(SETUP) ## show the trainings of this machine in a browser
	@$(BIN)/tensorboard --logdir logs/tensorboard

licences: $(SETUP_DEV) $(SETUP_SWEEP) ## write docs/licences.md: every locked package with its licence
	@$(BIN)/python -m apps.licences

audit: $(SETUP_DEV) ## look the locked packages up in the list of known vulnerabilities; needs PyPI itself
	$(BIN)/pip-audit --disable-pip --no-deps $(foreach lock,$(wildcard requirements*.txt),--requirement $(lock))

hooks: $(SETUP_DEV) ## check each commit before it is made, and let DVC follow git's checkouts and pushes
	$(BIN)/pre-commit install

lock: $(SETUP_DEV) ## resolve requirements*.in into the hashed locks
	$(BIN)/uv pip compile $(LOCK_OPTIONS) requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) requirements-app.in -o requirements-app.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) requirements-sweep.in -o requirements-sweep.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) requirements-dev.in -o requirements-dev.txt
# One resolution for all supported Pythons and systems, so that the same versions give the same numbers.
LOCK_OPTIONS := --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

clean: ## remove what can be made again, but DVC's cache
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache demo dvc_plots gate logs

setup: $(SETUP)

setup-sweep: $(SETUP_SWEEP) ## install what a machine of a sweep needs

# Compiling all byte code here halves TensorFlow's import where PYTHONDONTWRITEBYTECODE forbids it later.
$(SETUP): requirements.txt requirements-app.txt apps/plots_page.py
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 …")'
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt --requirement requirements-app.txt
	$(BIN)/python -m compileall -qq -j 0 .venv/lib || true
	$(BIN)/python -m apps.plots_page
	touch $@

$(SETUP_SWEEP): $(SETUP) requirements-sweep.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-sweep.txt
	touch $@

$(SETUP_DEV): $(SETUP) requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	touch $@

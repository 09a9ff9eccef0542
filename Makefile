# What people and CI type. Everything runs in .venv, which the first of these commands makes.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
RESULTS := metrics models plots reports dvc.lock studies/*/dvc.lock
SETUP := .venv/.setup
SETUP_DEV := .venv/.setup-dev
SETUP_SWEEP := .venv/.setup-sweep
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help demo repro studies test test-all verify gate app learn committed leftovers results sweep bench scale bench-web bench-sweep gate-rates tensorboard licenses audit hooks lock clean setup setup-sweep

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: $(SETUP) ## run the core pipeline on the bundled digits, in demo/: no download, about a minute
	@$(BIN)/python -m apps.demo

repro: $(SETUP) ## run what changed of the core pipeline on MNIST
	@$(BIN)/python -m apps.check_params
	@$(BIN)/dvc repro

studies: $(SETUP) ## run what changed of the core pipeline and of all studies
	@$(BIN)/python -m apps.check_params
	@$(BIN)/dvc repro --all-pipelines

test: $(SETUP_DEV) ## lint, types, import contracts and the fast tests: under five minutes
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n 2 -m 'not slow'

test-all: test $(SETUP_SWEEP) ## also the slow tests: studies, sweeps, fresh clones, faults
	$(BIN)/python -m pytest -n 2 -m slow

verify: $(SETUP) ## train and evaluate RECIPE=mlp (SEED=0) again in a fresh clone and compare every byte with the commit
	@$(BIN)/python -m apps.verify $(or $(RECIPE),$(error name a recipe: make verify RECIPE=mlp)) $(or $(SEED),0)

gate: $(SETUP) ## compare with BASELINE=main: exit code 1 on a regression; FOLDER=gate, STUDIES=1
	@$(BIN)/python -m apps.gate --baseline $(or $(BASELINE),main) $(if $(STUDIES),--studies) $(if $(FOLDER),--markdown $(FOLDER) --json $(FOLDER)/gate.json)

app: $(SETUP) ## draw digits in a browser and have them read; CORRECTIONS=folder keeps what you correct there; PORT=8000
	@$(BIN)/python -m apps.web $(if $(PORT),--port $(PORT)) $(if $(CORRECTIONS),--corrections $(CORRECTIONS))

learn: $(SETUP) ## adapt the recognizer to the drawings that you corrected: make learn CORRECTIONS=folder
	@$(BIN)/python -m apps.learn $(or $(CORRECTIONS),$(error name the folder of your drawings: make learn CORRECTIONS=folder))

committed: ## fail if results in the working tree differ from the last commit
	@git status --porcelain --untracked-files=all -- $(RESULTS)
	@test -z "$$(git status --porcelain --untracked-files=all -- $(RESULTS))"

leftovers: $(SETUP) ## list results that no stage makes any more, or delete them with REMOVE=1
	@$(BIN)/python -m apps.leftovers $(if $(REMOVE),--remove)

results: $(SETUP) ## compare the working tree, experiments and COMMITS="main HEAD~1" in one table
	@$(BIN)/python -m apps.results $(COMMITS)

sweep: $(SETUP_SWEEP) ## train what a plan lists, on Ray: PLAN=plans/search.yaml, or PLAN="fast --seeds 0 1 2"
	@$(BIN)/python -m apps.sweep $(PLAN)

bench: $(SETUP) ## time all recipes and the tutorials' own code side by side, write docs/bench.md
	@$(BIN)/python -m benchmarks.training

scale: $(SETUP) ## measure what 1, 10 and 100 times MNIST cost, write docs/scale.md; 10 GB of disk, half an hour
	@$(BIN)/python -m benchmarks.scale

bench-web: $(SETUP) ## put the page's server under load and under attack, write docs/web.md
	@$(BIN)/python -m benchmarks.web

bench-sweep: $(SETUP_SWEEP) ## time a sweep of 1,000 runs that do nothing
	@$(BIN)/python -m benchmarks.sweep

gate-rates: $(SETUP) ## measure the gate's error rates on 200 seeds of a small net, write docs/gate-rates.md
	@$(BIN)/python -m benchmarks.gate_rates

tensorboard: $(SETUP) ## show the trainings of this machine in a browser
	@$(BIN)/tensorboard --logdir logs/tensorboard

licenses: $(SETUP_DEV) $(SETUP_SWEEP) ## write docs/licenses.md: every package that runs the project with its license
	@{ printf '# Licenses\n\nOf the packages that run the project, as each states it; `make licenses` lists them again. Packages for another\nsystem or another Python are left out.\n\n'; \
	$(BIN)/pip-licenses --format=markdown --no-version --packages \
	$(shell sed -n 's/^\([a-z0-9._-]*\)==.*/\1/p' requirements/base.txt requirements/app.txt requirements/sweep.txt) \
	| grep -v '^|  '; } > docs/licenses.md

audit: $(SETUP_DEV) ## look the locked packages up in the list of known vulnerabilities; needs PyPI itself
	$(BIN)/pip-audit --disable-pip --no-deps $(foreach lock,$(wildcard requirements/*.txt),--requirement $(lock))

hooks: $(SETUP_DEV) ## check each commit before it is made, and let DVC follow git's checkouts and pushes
	$(BIN)/pre-commit install

lock: $(SETUP_DEV) ## resolve requirements/*.in into the hashed locks
	$(foreach name,base app sweep dev,$(BIN)/uv pip compile $(LOCK_OPTIONS) requirements/$(name).in -o requirements/$(name).txt &&) true
# One resolution for all supported Pythons and systems, so that the same versions give the same numbers.
LOCK_OPTIONS := --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

clean: ## remove what can be made again, except DVC's cache
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache demo dvc_plots gate logs

setup: $(SETUP)

setup-sweep: $(SETUP_SWEEP) ## install what a machine of a sweep needs

# Compiling all byte code here halves TensorFlow's import where PYTHONDONTWRITEBYTECODE forbids it later.
$(SETUP): requirements/base.txt requirements/app.txt apps/plots_page.py
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 …")'
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(PIP) --requirement requirements/base.txt --requirement requirements/app.txt
	$(BIN)/python -m compileall -qq -j 0 .venv/lib || true
	$(BIN)/python -m apps.plots_page
	touch $@

$(SETUP_SWEEP): $(SETUP) requirements/sweep.txt
	$(PIP) --requirement requirements/sweep.txt
	touch $@

$(SETUP_DEV): $(SETUP) requirements/dev.txt
	$(PIP) --requirement requirements/dev.txt
	touch $@

# The commands that people and CI type. Everything runs in .venv, which the first command creates.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
RESULTS := metrics models plots dvc.lock studies/dvc.lock README.md
SETUP := .venv/.setup
SETUP_DEV := .venv/.setup-dev
SETUP_SWEEP := .venv/.setup-sweep
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help demo repro studies merge test test-all verify gate app learn committed results sweep bench licenses audit lock clean setup setup-sweep

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: $(SETUP) ## run the core pipeline on the bundled digits, in demo/: no download, about a minute
	@$(BIN)/python -m digits.demo

repro: $(SETUP) ## run what changed of the core pipeline on MNIST, as many trainings at a time as there are processors; JOBS=1
	@$(BIN)/python -m studies.check_params
	@$(BIN)/python -m digits.repro $(if $(JOBS),--jobs $(JOBS))
	@$(BIN)/python -m digits.readme

studies: $(SETUP) ## run what changed of the core pipeline and of all studies
	@$(BIN)/python -m studies.check_params
	@$(BIN)/dvc repro --all-pipelines
	@$(BIN)/python -m digits.readme
	@$(BIN)/python -m studies.docs

merge: $(SETUP) ## merge BRANCH=name with its results: what both sides have is kept, the rest runs again
	@$(BIN)/python -m digits.merge $(or $(BRANCH),$(error name a branch: make merge BRANCH=name))
	@$(MAKE) --no-print-directory repro
	@git add --all -- metrics models plots README.md '*dvc.lock' && git commit --quiet --no-edit

test: $(SETUP_DEV) ## lint, types, import contracts and the fast tests: some minutes
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n 2 -m 'not slow'

test-all: test $(SETUP_SWEEP) ## also the slow tests: studies, sweeps, fresh clones, faults
	$(BIN)/python -m pytest -n 2 -m slow

verify: $(SETUP) ## train and evaluate RECIPE=mlp (SEED=0) again in a fresh clone and compare every byte with the commit
	@$(BIN)/python -m digits.verify $(or $(RECIPE),$(error name a recipe: make verify RECIPE=mlp)) $(or $(SEED),0)

gate: $(SETUP) ## compare with BASELINE=main: exit code 1 on a regression; FOLDER=gate, STUDIES=1
	@$(BIN)/python -m digits.gate $(if $(BASELINE),--baseline $(BASELINE)) $(if $(STUDIES),--studies) $(if $(FOLDER),--markdown $(FOLDER) --json $(FOLDER)/gate.json)

app: $(SETUP) ## draw digits in a browser and have them read; CORRECTIONS=folder keeps what you correct there; PORT=8000
	@$(BIN)/python -m digits.web $(if $(PORT),--port $(PORT)) $(if $(CORRECTIONS),--corrections $(CORRECTIONS))

learn: $(SETUP) ## adapt the recognizer to the drawings that you corrected: make learn CORRECTIONS=folder
	@$(BIN)/python -m digits.recognizer.learning $(or $(CORRECTIONS),$(error name the folder of your drawings: make learn CORRECTIONS=folder))

committed: ## fail if results in the working tree differ from the last commit
	@git status --porcelain --untracked-files=all -- $(RESULTS)
	@test -z "$$(git status --porcelain --untracked-files=all -- $(RESULTS))"

results: $(SETUP) ## compare the working tree, experiments and COMMITS="main HEAD~1" in one table
	@$(BIN)/python -m digits.results $(COMMITS)

sweep: $(SETUP_SWEEP) ## train what a plan lists, on Ray: PLAN=plans/search.yaml, or PLAN="fast --seeds 0 1 2"
	@$(BIN)/python -m digits.sweep $(PLAN)

bench: $(SETUP) ## measure training, beside PyTorch where it is installed, and write docs/performance.md; BENCH=web, BENCH=gate
	@$(BIN)/python -m benchmarks.$(or $(BENCH),training)

licenses: $(SETUP_DEV) $(SETUP_SWEEP) ## write docs/licenses.md: every package that runs the project with its license
	@{ printf '# Licenses\n\nOf the packages that run the project, as each states it; `make licenses` lists them again. Packages for another\nsystem or another Python are left out.\n\n'; \
	$(BIN)/pip-licenses --format=markdown --no-version --packages \
	$(shell sed -n 's/^\([a-z0-9._-]*\)==.*/\1/p' requirements/base.txt requirements/app.txt requirements/sweep.txt) \
	| grep -v '^|  '; } > docs/licenses.md

audit: $(SETUP_DEV) ## look the locked packages up in the list of known vulnerabilities; needs PyPI itself
	$(BIN)/pip-audit --disable-pip --no-deps $(foreach lock,$(wildcard requirements/*.txt),--requirement $(lock))

lock: $(SETUP_DEV) ## resolve requirements/*.in into the hashed locks
	$(foreach name,base app sweep dev,$(BIN)/uv pip compile $(LOCK_OPTIONS) requirements/$(name).in -o requirements/$(name).txt &&) true
# One resolution for all supported Pythons and systems, so that the same versions give the same numbers.
LOCK_OPTIONS := --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

clean: ## remove what can be made again, except DVC's cache
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache demo dvc_plots gate logs

setup: $(SETUP)

setup-sweep: $(SETUP_SWEEP) # what a machine of a sweep needs

# Compiling all byte code here halves TensorFlow's import where PYTHONDONTWRITEBYTECODE forbids it later.
$(SETUP): requirements/base.txt requirements/app.txt
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 …")'
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(PIP) --requirement requirements/base.txt --requirement requirements/app.txt
	$(BIN)/python -m compileall -qq -j 0 .venv/lib || true
	touch $@

$(SETUP_SWEEP): $(SETUP) requirements/sweep.txt
	$(PIP) --requirement requirements/sweep.txt
	touch $@

$(SETUP_DEV): $(SETUP) requirements/dev.txt
	$(PIP) --requirement requirements/dev.txt
	touch $@

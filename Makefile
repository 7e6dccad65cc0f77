# `make help` lists the targets. PYTHON is what makes the environment, VENV
# where it is; both can be given: make book PYTHON=python3.12 VENV=/tmp/venv
PYTHON ?= python3
VENV ?= .venv
LESSONS ?=
COMPARISONS ?=
MINUTES ?= 25
VARIANTS ?=
STUDENTS ?=

BIN := $(VENV)/bin
RUN := $(BIN)/python
# The lessons, by _toc.yml; other notebooks there are the reader's own.
NOTEBOOKS := $(shell sed -nE 's|^ *- file: (notebooks/[^ ]+)$$|\1.ipynb|p' _toc.yml)
# What a target installs: an extra of pyproject.toml, once. The pins of d2l are
# of 2023, so it comes without them.
LAB := $(VENV)/.installed-lab
BOOK := $(VENV)/.installed-book
TEST := $(VENV)/.installed-test
ALL := $(VENV)/.installed-all

.DEFAULT_GOAL := help
.PHONY: help setup lab book test test-browser nightly lint execute runs gpu bench assignments report revise slides stamp clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
		| while IFS='|' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

setup: $(LAB) ## make the environment in VENV, with what the lessons need

$(VENV)/.installed-%: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The course needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.11")'
	@test -x $(RUN) || $(PYTHON) -m venv "$(VENV)"
	$(RUN) -m pip install --quiet --constraint requirements.txt --editable ".[$*]"
	$(if $(filter test all,$*),$(RUN) -m pip install --quiet --no-deps d2l==1.0.3)
	@touch $@

lab: $(LAB) ## open the lessons in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=notebooks

book: $(BOOK) ## build the site into _build/html; runs no notebook
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo 'The book is in _build/html/index.html'

test: $(TEST) ## run the tests that take seconds, and each lesson in fast mode
	OMP_NUM_THREADS=1 $(RUN) -m pytest -n 2 --dist loadfile tests
	COURSE_FAST=1 TQDM_DISABLE=1 OMP_NUM_THREADS=1 $(RUN) -m pytest --nbval \
		--nbval-current-env --nbval-cell-timeout 300 -n 2 --dist loadscope $(NOTEBOOKS)

test-browser: $(ALL) book ## test the built site in Chromium
	COURSE_BROWSER=1 $(RUN) -m pytest -n 2 --dist loadfile tests/browser

nightly: $(ALL) book assignments slides ## run the tests that take an hour
	OMP_NUM_THREADS=1 COURSE_BROWSER=1 $(RUN) -m pytest -m nightly -n 2 --dist loadscope tests

lint: $(ALL) ## check style, types and spelling; FIX=1 formats code and notebooks
	$(if $(FIX),$(BIN)/ruff format . $(NOTEBOOKS))
	$(if $(FIX),$(BIN)/ruff check --fix . $(NOTEBOOKS))
	$(BIN)/ruff format --check . $(NOTEBOOKS)
	$(BIN)/ruff check . $(NOTEBOOKS)
	$(BIN)/mypy
	$(RUN) -m pytest -q tests/book/test_spelling.py

execute: $(TEST) ## run the lessons in full (LESSONS="05" for some), store outputs; TIME=1: seconds alone; FIGURES=1: live figures alone
	$(RUN) tools/execute.py $(if $(TIME),--time) $(if $(FIGURES),--figures) $(LESSONS)
	$(if $(TIME)$(FIGURES),,$(BIN)/jupyter nbconvert --log-level WARN --to notebook --inplace --execute \
		--ExecutePreprocessor.record_timing=False book/results.ipynb)

runs: $(TEST) ## train the long runs that are pending, in the background; STATUS=1 shows them
	@mkdir -p .runs
	$(if $(STATUS),$(RUN) tools/runs.py --status,nohup nice -n 19 $(RUN) -u tools/runs.py >> .runs/log 2>&1 & echo 'It trains; make runs STATUS=1 shows how far.')

gpu: $(TEST) ## measure what needs a GPU within MINUTES (25); the next call goes on
	@$(RUN) -c 'import sys, torch; sys.exit(not torch.cuda.is_available() and "There is no GPU here that torch can use with CUDA.")'
	timeout $(MINUTES)m $(MAKE) --keep-going $(GPU) || test $$? -eq 124

# Its steps, the most wanted first. A step that is done leaves a file; delete
# .runs/gpu to begin anew.
NAMES := $(NOTEBOOKS:notebooks/%.ipynb=%)
GPU := $(addprefix .runs/gpu/,$(NAMES:%=fast-%) bench runs $(NAMES:%=time-%))
DONE = @mkdir -p $(@D) && touch $@

.runs/gpu/fast-%:
	COURSE_FAST=1 TQDM_DISABLE=1 $(BIN)/jupyter execute notebooks/$*.ipynb
	$(DONE)
.runs/gpu/bench:
	PYTHONPATH="$(CURDIR)/tools" $(RUN) -m bench d2l
	$(DONE)
.runs/gpu/runs:
	$(RUN) tools/runs.py
	$(DONE)
.runs/gpu/time-%:
	$(RUN) tools/execute.py --time $*
	$(DONE)

bench: $(TEST) ## measure speed (COMPARISONS="d2l" for some), store results
	PYTHONPATH="$(CURDIR)/tools" $(RUN) -m bench $(COMPARISONS)

assignments: $(ALL) ## make dist/: lessons to hand out and to mark, a course for nbgrader; VARIANTS=30: with numbers of each student's own, from this seed
	$(RUN) tools/assignments.py $(if $(VARIANTS),--variants "$(VARIANTS)")

report: $(ALL) ## show what the class believes, after nbgrader autograde, in dist/report
	PYTHONPATH="$(CURDIR)/tools" $(RUN) -m grading.report

revise: $(ALL) ## release corrected lessons anew; STUDENTS=FOLDER: merge them into notebooks there
	PYTHONPATH="$(CURDIR)/tools" $(RUN) -m grading.revise $(if $(STUDENTS),"$(STUDENTS)")

slides: $(ALL) ## make a deck of slides of each lesson in dist/slides
	$(RUN) tools/slides.py

stamp: ## write the fork's address into notebooks and book: make stamp REPO=owner/name; REPO= takes it out
	$(if $(filter undefined,$(origin REPO)),$(error say which: make stamp REPO=owner/name))
	@echo "$$REPO" | grep -Eqx '([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)?' || \
		{ echo "REPO: expected owner/name, as in the address on GitHub, got $$REPO"; exit 1; }
	sed -E -i.bak 's|(REPO = \\")[^"\]*|\1'"$$REPO|" $(NOTEBOOKS)
	sed -E -i.bak '/^repository:/,/branch:/s|(url: ")[^"]*|\1'"$${REPO:+https://github.com/$$REPO}|" _config.yml
	rm -f notebooks/*.bak _config.yml.bak

clean: ## remove the site and caches; dist, long runs and VENV stay
	rm -rf _build .hypothesis .ruff_cache .mypy_cache *.egg-info .coverage*
